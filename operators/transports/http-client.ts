// Sends packages to peers over HTTP and HTTPS and says what became of each attempt.

import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { limits } from '../../schemas/limits.ts'
import type { Courier, Departure, Outcome } from '../../schemas/transport.ts'
import { guardedLookup, hostOf, readAddress } from './address-guard.ts'
import { cleanText, judgeAnswer, judgeEnd, judgeFailure, readRetryAfter } from './outcome.ts'
import { type ClientCertificate, createPeerAgents } from './peer-agents.ts'

/** Settings of the courier. */
export type HttpCourierOptions = {
  /**
   * Peers inside private networks and on this machine: for the demo, tests, and installations that say so.
   */
  allowPrivateAddresses: boolean
  /** Connections to one origin at a time; as many as there are requests unless given. */
  connectionsMax?: number
  /** PEM. */
  ca?: string | Buffer
  clientCertificate?: ClientCertificate
  connectTimeoutMs?: number
  answerBytesMax?: number
  /** Resolves names instead of the system, in the form of node:dns lookup. */
  resolve?: Parameters<typeof guardedLookup>[1]
}

/**
 * Makes a courier. `send` never rejects; an attempt ends by departure.timeoutMs at the latest, counted from
 * the call, waiting for a free connection included. It may be repeated with the same departure: every
 * attempt carries the same bytes and name (RULES 20). `close` ends what still runs and waits for it.
 */
export function createHttpCourier(options: HttpCourierOptions): Courier {
  const { allowPrivateAddresses, connectionsMax, ca, clientCertificate, resolve } = options
  const { connectTimeoutMs = limits.connectTimeoutMs, answerBytesMax = limits.answerBytesMax } = options
  const lookup = guardedLookup(allowPrivateAddresses, resolve)
  const agents = createPeerAgents({ lookup, connectionsMax, ca, clientCertificate })
  const running = new Map<Promise<Outcome>, () => void>()
  let isClosed = false
  return {
    async send(departure) {
      const startedMs = performance.now()
      const address = readAddress(departure.address, allowPrivateAddresses)
      const settle = (found: Finding): Outcome => ({
        status: undefined,
        text: '',
        ...found,
        durationMs: performance.now() - startedMs,
      })
      if ('forbidden' in address) return settle({ class: 'forbidden', reason: address.forbidden })
      if (isClosed || departure.signal.aborted) return settle(judgeEnd('aborted', false))
      const { url } = address
      const attempt = startAttempt({
        departure,
        url,
        agent: agents.of(url),
        connectTimeoutMs,
        answerBytesMax,
      })
      const outcome = attempt.finding.then(settle)
      running.set(outcome, attempt.abort)
      return outcome.finally(() => running.delete(outcome))
    },
    async close() {
      isClosed = true
      for (const abort of running.values()) abort()
      await Promise.all(running.keys())
      agents.destroy()
    },
  }
}

type Finding = Pick<Outcome, 'class' | 'reason'> & Partial<Outcome>

type Attempt = {
  departure: Departure
  url: URL
  agent: http.Agent
  connectTimeoutMs: number
  answerBytesMax: number
}

/** One request. Exactly one of: answer read, error, connect time-out, total time-out, abort decides. */
function startAttempt(attempt: Attempt): { finding: Promise<Finding>; abort: () => void } {
  const { departure, url, connectTimeoutMs, answerBytesMax } = attempt
  const { signal } = departure
  const { promise, resolve } = Promise.withResolvers<Finding>()
  const request = startRequest(attempt)
  let mayBeSent = false
  let answer: Answer | undefined
  let connectTimer: NodeJS.Timeout | undefined
  let isOpen = true

  function finish(finding: Finding): void {
    if (!isOpen) return
    isOpen = false
    clearTimeout(connectTimer)
    clearTimeout(totalTimer)
    signal.removeEventListener('abort', abort)
    resolve(finding)
  }
  /** Whatever ends the attempt once there are headers of an answer, the status decides. */
  function end(otherwise: () => Finding): void {
    if (!isOpen) return
    const requestWasSent = request.writableFinished
    finish(answer === undefined ? otherwise() : findingOf(answer, requestWasSent))
    request.destroy()
  }
  const abort = () => end(() => judgeEnd('aborted', mayBeSent))
  const totalTimer = setTimeout(() => end(() => judgeEnd('answer', mayBeSent)), departure.timeoutMs)
  signal.addEventListener('abort', abort)

  request.on('socket', (socket) => {
    const ready = readyEvent(socket, url)
    if (ready === undefined) {
      // Written to a connection that was open before: whether it still was cannot be told from here.
      mayBeSent = true
      return
    }
    connectTimer = setTimeout(() => end(() => judgeEnd('connect', false)), connectTimeoutMs)
    socket.once(ready, () => {
      mayBeSent = true
      clearTimeout(connectTimer)
    })
  })
  request.on('response', (response) => {
    mayBeSent = true
    answer = startAnswer(response)
    readAnswer(response, answer, answerBytesMax, (isWhole) => {
      if (answer === undefined) return
      answer.isWhole = isWhole
      finish(findingOf(answer, request.writableFinished))
      if (!isWhole) request.destroy()
    })
  })
  request.on('error', (error) => end(() => judgeFailure({ code: codeOf(error), mayBeSent })))
  request.on('close', () => end(() => judgeFailure({ code: 'ECONNRESET', mayBeSent })))
  request.end(departure.bytes)
  return { finding: promise, abort }
}

function startRequest({ departure, url, agent }: Attempt): http.ClientRequest {
  const { name, bytes, receiptAddress } = departure
  const headers: http.OutgoingHttpHeaders = {
    'Content-Type': 'application/pkcs7-mime',
    'Content-Length': bytes.length,
    'Content-Disposition': `attachment; filename="${name}"`,
  }
  if (receiptAddress !== undefined) headers['Send-Receipt-To'] = receiptAddress
  const { request } = url.protocol === 'https:' ? https : http
  return request({
    protocol: url.protocol,
    host: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    method: 'POST',
    headers,
    agent,
    maxHeaderSize: limits.headerBytesMax,
  })
}

/**
 * The event after which bytes leave on a connection that is being made; undefined when it is open already.
 */
function readyEvent(socket: Socket & { secureConnecting?: boolean }, url: URL): string | undefined {
  if (url.protocol === 'http:') return socket.connecting ? 'connect' : undefined
  return socket.connecting || socket.secureConnecting === true ? 'secureConnect' : undefined
}

type Answer = {
  status: number
  contentType: string
  retryAfter: string | undefined
  chunks: Buffer[]
  isWhole: boolean
}

function startAnswer({ statusCode = 0, headers }: http.IncomingMessage): Answer {
  const contentType = headers['content-type'] ?? ''
  return { status: statusCode, contentType, retryAfter: headers['retry-after'], chunks: [], isWhole: false }
}

/** Reads the text of an answer as far as is allowed; `done` is told whether that was all of it. */
function readAnswer(
  response: http.IncomingMessage,
  answer: Answer,
  bytesMax: number,
  done: (isWhole: boolean) => void,
): void {
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    answer.chunks.push(chunk.subarray(0, bytesMax - bytes))
    bytes += chunk.length
    if (bytes > bytesMax) done(false)
  })
  response.on('end', () => done(response.complete))
  response.on('error', () => done(false))
  response.on('close', () => done(response.complete))
}

function findingOf(answer: Answer, requestWasSent: boolean): Finding {
  const { status, isWhole } = answer
  const finding = {
    ...judgeAnswer({ status, isWhole, requestWasSent }),
    status,
    text: cleanText(textOf(answer)),
  }
  const retryAfterS = readRetryAfter(answer.retryAfter, Date.now())
  return retryAfterS === undefined ? finding : { ...finding, retryAfterS }
}

/**
 * Peers answer in UTF-8 or say what else; an unknown charset is read as UTF-8, for the text is for people
 * only.
 */
function textOf({ chunks, contentType }: Answer): string {
  const bytes = Buffer.concat(chunks)
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

function codeOf(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : ''
}
