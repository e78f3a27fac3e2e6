// Speaks to the admin plane of a running hub: HTTP with the bearer token, with time-outs and bounded answers.

import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { limits } from '../../schemas/limits.ts'

/** Where the admin plane is, and the token for it. */
export type AdminPlace = {
  address: URL
  token: string | undefined
  timeoutMs: number
  /** The account decisions are recorded under; else that of the plane. */
  actor?: string | undefined
}

/** One question to the admin plane. Query values that are undefined are left out. */
export type AdminQuestion = {
  method: 'GET' | 'POST'
  path: string
  query?: Readonly<Record<string, string | undefined>>
  body?: unknown
}

/** What came back: an answer of any status, or nothing, with a reason like `ECONNREFUSED` or `timeout`. */
export type AdminAnswer =
  | { kind: 'answer'; status: number; text: string }
  | { kind: 'silence'; reason: string }

/** Asks once, within the time-out. Never rejects for reasons of the network; answers are bounded in size. */
export async function askAdmin(place: AdminPlace, question: AdminQuestion): Promise<AdminAnswer> {
  const signal = AbortSignal.timeout(place.timeoutMs)
  try {
    const response = await send(place, question, signal)
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length
      if (bytes > limits.adminAnswerBytesMax) return { kind: 'silence', reason: 'answer-too-large' }
      chunks.push(chunk as Buffer)
    }
    return { kind: 'answer', status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
  } catch (error) {
    return { kind: 'silence', reason: signal.aborted ? 'timeout' : reasonOf(error) }
  }
}

/**
 * Asks for an answer of any length and gives it piece by piece to `take`; the time-out is for each piece. An answer
 * other than 200 comes back whole, as from `askAdmin`; undefined means that all was taken.
 */
export async function streamAdmin(
  place: AdminPlace,
  question: AdminQuestion,
  take: (piece: Buffer) => Promise<void>,
): Promise<AdminAnswer | undefined> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), place.timeoutMs)
  let response: IncomingMessage
  try {
    response = await send(place, question, controller.signal)
    if (response.statusCode !== 200) {
      clearTimeout(timer)
      response.destroy()
      return await askAdmin(place, question)
    }
  } catch (error) {
    clearTimeout(timer)
    return { kind: 'silence', reason: controller.signal.aborted ? 'timeout' : reasonOf(error) }
  }
  const pieces: AsyncIterator<Buffer> = response[Symbol.asyncIterator]()
  try {
    for (;;) {
      timer.refresh()
      const piece = await nextPiece(pieces)
      if ('reason' in piece)
        return { kind: 'silence', reason: controller.signal.aborted ? 'timeout' : piece.reason }
      if (piece.done === true) return undefined
      await take(piece.value)
    }
  } finally {
    clearTimeout(timer)
    response.destroy()
  }
}

/** Errors of the network are answers, errors of `take` are not: only the former are caught here. */
async function nextPiece(
  pieces: AsyncIterator<Buffer>,
): Promise<IteratorResult<Buffer> | { reason: string }> {
  try {
    return await pieces.next()
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

function send(place: AdminPlace, question: AdminQuestion, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(question.path, place.address)
  for (const [name, value] of Object.entries(question.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  const body = question.body === undefined ? undefined : Buffer.from(JSON.stringify(question.body))
  const headers = {
    accept: 'application/json, application/x-ndjson',
    ...(place.token === undefined ? {} : { authorization: `Bearer ${place.token}` }),
    ...(place.actor === undefined ? {} : { 'x-hub-actor': place.actor }),
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
  }
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: question.method,
    headers,
    signal,
    agent: false,
  })
  return new Promise((settle, fail) => {
    request.on('response', settle)
    request.on('error', fail)
    request.end(body)
  })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
