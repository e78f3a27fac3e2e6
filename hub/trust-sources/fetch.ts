// Fetches one source over HTTP within bounds: time, size, redirects and the networks it may stand in.

import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { guardedLookup, hostOf, readAddress } from '../../operators/transports/address-guard.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'

/** What to fetch. */
export type FetchRequest = {
  address: string
  /** Posted as application/ocsp-request; without it the address is read. */
  body?: Uint8Array
  /** Marks of the edition at hand: the server may answer that it has no other. */
  etag?: string | undefined
  lastModified?: string | undefined
  bytesMax: number
  signal: AbortSignal
}

/** How to fetch. */
export type FetchOptions = {
  /** Sources inside private networks and on this machine. */
  allowPrivateAddresses: boolean
  /** Resolves names instead of the guarded lookup of the system. */
  lookup?: LookupFunction
  timeoutMs?: number
  idleMs?: number
}

/** What came: the bytes with their marks, or nothing new. */
export type Fetched =
  | { isNew: true; bytes: Uint8Array; etag: string | undefined; lastModified: string | undefined }
  | { isNew: false }

/**
 * Fetches a source. Never rejects; refusals: source.address, source.redirects, source.unreachable, source.slow,
 * source.too-large, source.answer. Each redirect is judged like the first address and counted (sourceRedirectsMax).
 */
export async function fetchSource(request: FetchRequest, options: FetchOptions): Promise<Fetched | Refusal> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? limits.sourceTimeoutMs)
  const signal = AbortSignal.any([request.signal, timeout])
  let { address } = request
  for (let redirects = 0; redirects <= limits.sourceRedirectsMax; redirects += 1) {
    const read = readAddress(address, options.allowPrivateAddresses)
    if ('forbidden' in read) return refuse('source.address', read.forbidden)
    const answer = await ask(read.url, { ...request, signal }, options, timeout)
    if (isRefusal(answer)) return answer
    if ('isNew' in answer) return answer
    address = answer.next
  }
  return refuse('source.redirects', `more than ${limits.sourceRedirectsMax}`)
}

type Redirect = { next: string }

/** One request. Exactly one of answer, error, time-out and abort decides. */
function ask(
  url: URL,
  request: FetchRequest,
  options: FetchOptions,
  timeout: AbortSignal,
): Promise<Fetched | Redirect | Refusal> {
  const { promise, resolve } = Promise.withResolvers<Fetched | Redirect | Refusal>()
  const sent = startRequest(url, request, options)
  const end = (outcome: Fetched | Redirect | Refusal) => {
    resolve(outcome)
    sent.destroy()
  }
  const idleMs = options.idleMs ?? limits.sourceIdleMs
  sent.setTimeout(idleMs, () => end(refuse('source.slow', `nothing came for ${idleMs} ms`)))
  sent.on('response', (response) => readResponse(response, url, request.bytesMax, end))
  sent.on('error', (error: NodeJS.ErrnoException) => {
    if (timeout.aborted) end(refuse('source.slow', 'the time for it was over'))
    else if (error.code === 'ERR_ADDRESS_FORBIDDEN') end(refuse('source.address', 'address.network'))
    else end(refuse('source.unreachable', error.code ?? 'failed'))
  })
  sent.end(request.body)
  return promise
}

function startRequest(url: URL, request: FetchRequest, options: FetchOptions): http.ClientRequest {
  const { body, etag, lastModified, signal } = request
  const headers: http.OutgoingHttpHeaders = { 'Accept-Encoding': 'identity' }
  if (etag !== undefined) headers['If-None-Match'] = etag
  if (lastModified !== undefined) headers['If-Modified-Since'] = lastModified
  if (body !== undefined) {
    headers['Content-Type'] = 'application/ocsp-request'
    headers['Content-Length'] = body.length
  }
  const { request: start } = url.protocol === 'https:' ? https : http
  return start({
    protocol: url.protocol,
    host: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: false,
    lookup: options.lookup ?? guardedLookup(options.allowPrivateAddresses),
    maxHeaderSize: limits.headerBytesMax,
    signal,
  })
}

function readResponse(
  response: http.IncomingMessage,
  url: URL,
  bytesMax: number,
  end: (outcome: Fetched | Redirect | Refusal) => void,
): void {
  const atOnce = judgeHead(response, url, bytesMax)
  if (atOnce !== undefined) {
    end(atOnce)
    return
  }
  const chunks: Buffer[] = []
  let length = 0
  response.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > bytesMax) end(refuse('source.too-large', `more than ${bytesMax} bytes`))
    else chunks.push(chunk)
  })
  response.on('error', () => end(refuse('source.unreachable', 'cut short')))
  response.on('end', () => {
    const { etag, 'last-modified': lastModified } = response.headers
    const marks = { etag: markOf(etag), lastModified: markOf(lastModified) }
    end({ isNew: true, bytes: joined(chunks, length), ...marks })
  })
}

/** What status and headers decide alone; undefined when the body is to be read. */
function judgeHead(
  { statusCode: status = 0, headers }: http.IncomingMessage,
  url: URL,
  bytesMax: number,
): Fetched | Redirect | Refusal | undefined {
  if (status === 304) return { isNew: false }
  if ([301, 302, 303, 307, 308].includes(status) && headers.location !== undefined) {
    const next = URL.parse(headers.location, url.href)
    return next === null ? refuse('source.address', 'address.unreadable') : { next: next.href }
  }
  if (status !== 200) return refuse('source.answer', `status ${status}`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return refuse('source.answer', `content-encoding ${encoding.slice(0, 20)}`)
  if (Number(headers['content-length'] ?? 0) <= bytesMax) return undefined
  return refuse('source.too-large', 'content-length')
}

/** One array of its own: a list keeps it, and it may be handed to another thread. */
function joined(chunks: readonly Buffer[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

function markOf(mark: string | undefined): string | undefined {
  return mark !== undefined && mark.length <= limits.sourceTagLengthMax ? mark : undefined
}
