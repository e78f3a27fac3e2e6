// Writes the answers of the HTTP door, so that the sender sees them whatever became of its request.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Refusal, refusalRow, refusalText, refuse } from '../../schemas/refusals.ts'
import type { DoorAnswer } from '../../schemas/transport.ts'
import type { DoorLimits } from './door-limits.ts'

const bodyKeptBytesMax = 64 * 1024
const reasons: Record<number, string> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** The answer of last resort, when the door itself could not answer. */
export function failedAnswer(): DoorAnswer {
  return answerOf(refuse('door.failed', 'nothing is stored'))
}

/** The answer that a refusal has by its row. */
function answerOf(refusal: Refusal): DoorAnswer {
  return { status: refusalRow(refusal.code).status ?? 500, code: refusal.code, text: refusalText(refusal) }
}

/** What an answer needs besides its own words. */
export type AnswerOptions = { limits: DoorLimits; closes: boolean }

/**
 * Answers a request. When its body has not come in whole, the rest is read and thrown away for a bounded
 * time and number of bytes: closing at once would reset the connection and destroy the answer on its way
 * (RFC 9112, 9.6). Returns true when the connection ends with this answer.
 */
export function answerRequest(
  exchange: { request: IncomingMessage; response: ServerResponse },
  answer: DoorAnswer,
  { limits, closes }: AnswerOptions,
): boolean {
  const { request, response } = exchange
  const isComplete = request.complete
  const ends = closes || !(isComplete || isSmall(request))
  response.writeHead(answer.status, answerHeaders(answer, { limits, closes: ends }))
  if (isComplete) {
    response.end(answer.text)
    request.resume()
  } else {
    response.write(answer.text)
    drainRequest(request, limits, () => response.end())
  }
  return ends
}

/** Answers on a connection whose request could not be read. */
export function answerSocket(socket: Socket, answer: DoorAnswer, limits: DoorLimits): void {
  const headers = answerHeaders(answer, { limits, closes: true })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const reason = reasons[answer.status] ?? 'Refused'
  socket.end(`HTTP/1.1 ${answer.status} ${reason}\r\n${lines.join('')}\r\n${answer.text}`)
  const timer = setTimeout(() => socket.destroy(), limits.drainMs).unref()
  socket.once('close', () => clearTimeout(timer))
}

function answerHeaders(
  answer: DoorAnswer,
  { limits, closes }: AnswerOptions,
): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(answer.text),
    'Hub-Code': answer.code,
  }
  if (answer.packageId !== undefined) headers['Hub-Package-Id'] = answer.packageId
  if (answer.status === 405) headers['Allow'] = 'POST'
  if (answer.status === 503) headers['Retry-After'] = answer.retryAfterS ?? limits.busyRetryAfterS
  if (closes) headers['Connection'] = 'close'
  return headers
}

/**
 * A short body is read to its end, which costs less than a new connection; after Expect it may never come.
 */
function isSmall(request: IncomingMessage): boolean {
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  return length <= bodyKeptBytesMax && request.headers.expect === undefined
}

/**
 * Reads what is left of a request and throws it away, drainBytesMax bytes and drainMs at most; `done` is called once, then
 * the connection ends unless the request was whole.
 */
export function drainRequest(
  request: IncomingMessage,
  limits: Pick<DoorLimits, 'drainBytesMax' | 'drainMs'>,
  done: () => void,
): void {
  const { socket } = request
  let bytes = 0
  let isOpen = true
  function onData(chunk: Uint8Array): void {
    bytes += chunk.length
    // The sender's writes stall then, and it has the time that is left to read the answer.
    if (bytes > limits.drainBytesMax) request.pause()
  }
  function stop(): void {
    if (!isOpen) return
    isOpen = false
    clearTimeout(timer)
    request.off('data', onData).off('end', stop).off('close', stop)
    socket.off('end', stop).off('close', stop)
    done()
    if (!request.complete) socket.destroySoon()
  }
  const timer = setTimeout(stop, limits.drainMs).unref()
  request.on('data', onData).on('end', stop).on('close', stop)
  socket.on('end', stop).on('close', stop)
  request.resume()
}
