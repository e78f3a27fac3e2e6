// Asks a gateway of the directory of participants over HTTP, as docs/participants-directory.md says.

import http from 'node:http'
import https from 'node:https'
import { guardedLookup, hostOf, readAddress } from '../../operators/transports/address-guard.ts'
import { readRetryAfter } from '../../operators/transports/outcome.ts'
import { subscriberName } from '../../schemas/directory/subscriber-name.ts'
import { type ParticipantId, parseParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type {
  Participant,
  ParticipantAnswer,
  ParticipantQuery,
  ParticipantsDirectory,
} from '../directory/participants.ts'

/** Settings of the adapter. */
export type ParticipantsDirectoryOptions = {
  /** Absolute http or https, with or without a path; `/participants` is put below it. */
  address: string
  /** Gateways inside private networks and on this machine. */
  allowPrivateAddresses: boolean
  /** Bearer token. */
  token?: string | undefined
  timeoutMs: number
  /** lookUpAnswerBytesMax unless given. */
  answerBytesMax?: number
  /** PEM. */
  ca?: string | Buffer
  /** Resolves names instead of the system, in the form of node:dns lookup. */
  resolve?: Parameters<typeof guardedLookup>[1]
}

/**
 * Makes a directory that asks `GET <address>/participants?inn=&kpp=` or `?id=`. The answer is JSON with 200: `status` Ok,
 * NotFound or NotAllowed, and with Ok `participants`. Redirects are not followed. Whatever else comes, does not come in time,
 * or is about something else is `try-later`, with the Retry-After of the answer where it has one. Never rejects.
 */
export function createHttpParticipantsDirectory(
  options: ParticipantsDirectoryOptions,
): ParticipantsDirectory {
  const lookup = guardedLookup(options.allowPrivateAddresses, options.resolve)
  return {
    async find(query, signal) {
      const address = readAddress(options.address, options.allowPrivateAddresses)
      if ('forbidden' in address) return silent(address.forbidden)
      const url = new URL(address.url)
      url.pathname = `${url.pathname.replace(/\/$/, '')}/participants`
      url.search = new URLSearchParams(parametersOf(query)).toString()
      return readReply(await request(url, { ...options, lookup, signal }), query)
    },
  }
}

type Silence = Extract<ParticipantAnswer, { outcome: 'try-later' }>
type Reply = { status: number; contentType: string; retryAfter: string | undefined; body: Buffer }

function silent(reason: string, retryAfterMs?: number): Silence {
  return retryAfterMs === undefined
    ? { outcome: 'try-later', reason }
    : { outcome: 'try-later', reason, retryAfterMs }
}

function parametersOf(query: ParticipantQuery): Record<string, string> {
  if ('id' in query) return { id: query.id }
  return query.kpp === undefined ? { inn: query.inn } : { inn: query.inn, kpp: query.kpp }
}

type RequestOptions = Pick<ParticipantsDirectoryOptions, 'timeoutMs' | 'answerBytesMax' | 'ca' | 'token'> & {
  lookup: ReturnType<typeof guardedLookup>
  signal: AbortSignal
}

/** One request on a connection of its own; one timer bounds all of it. */
function request(url: URL, options: RequestOptions): Promise<Reply | Silence> {
  const { signal, lookup, ca, token, timeoutMs, answerBytesMax = limits.lookUpAnswerBytesMax } = options
  const { promise, resolve } = Promise.withResolvers<Reply | Silence>()
  if (signal.aborted) return Promise.resolve(silent('aborted'))
  const asked = (url.protocol === 'https:' ? https : http).get({
    protocol: url.protocol,
    host: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    agent: false,
    lookup,
    maxHeaderSize: limits.headerBytesMax,
    ...(ca === undefined ? {} : { ca }),
  })
  const end = (result: Reply | Silence): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    resolve(result)
    asked.destroy()
  }
  const onAbort = (): void => end(silent('aborted'))
  const timer = setTimeout(() => end(silent('timeout')), timeoutMs)
  signal.addEventListener('abort', onAbort)
  asked.on('error', (error: NodeJS.ErrnoException) => end(silent(error.code ?? 'connection')))
  asked.on('response', (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > answerBytesMax) end(silent('answer.too-large'))
      else chunks.push(chunk)
    })
    response.on('error', () => end(silent('answer.cut')))
    response.on('close', () => end(silent('answer.cut')))
    response.on('end', () => {
      const { statusCode: status = 0, headers } = response
      const [contentType, retryAfter] = [headers['content-type'] ?? '', headers['retry-after']]
      const body = Buffer.concat(chunks)
      end(response.complete ? { status, contentType, retryAfter, body } : silent('answer.cut'))
    })
  })
  return promise
}

/** A page of a proxy, whatever its status, is no answer; neither is one about something else. */
function readReply(reply: Reply | Silence, query: ParticipantQuery): ParticipantAnswer {
  if ('outcome' in reply) return reply
  if (reply.status !== 200) {
    const retryAfterS = readRetryAfter(reply.retryAfter, Date.now())
    return silent(`answer.${reply.status}`, retryAfterS === undefined ? undefined : retryAfterS * 1000)
  }
  if (!/^application\/json\b/i.test(reply.contentType)) return silent('answer.content-type')
  const fields = readObject(reply.body)
  if (fields?.['status'] === 'NotFound') return { outcome: 'not-found' }
  if (fields?.['status'] === 'NotAllowed') return { outcome: 'not-allowed' }
  const list = fields?.['participants']
  if (fields?.['status'] !== 'Ok' || !Array.isArray(list) || list.length === 0)
    return silent('answer.garbage')
  if (list.length > limits.lookUpParticipantsMax) return silent('answer.too-many')
  const participants = list.map(readParticipant).filter((one) => one !== undefined)
  if (participants.length < list.length) return silent('answer.garbage')
  return participants.every((one) => isAsked(one, query))
    ? { outcome: 'ok', participants }
    : silent('answer.other')
}

function readObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined // no JSON or no UTF-8: the caller calls it answer.garbage
  }
}

/** Check digits are not looked at: what the directory says of its participants is taken. */
function readParticipant(value: unknown): Participant | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { FnsParticipantId, Inn, Kpp, FullName } = { ...value } as Record<string, unknown>
  const id = typeof FnsParticipantId === 'string' ? readId(FnsParticipantId) : undefined
  const isKpp =
    Kpp === undefined || Kpp === null || Kpp === '' || (typeof Kpp === 'string' && kppForm.test(Kpp))
  const isName = FullName === undefined || FullName === null || typeof FullName === 'string'
  if (id === undefined || typeof Inn !== 'string' || !innForm.test(Inn) || !isKpp || !isName) return undefined
  const name = typeof FullName === 'string' ? readName(FullName) : ''
  return {
    id,
    inn: Inn,
    kpp: typeof Kpp === 'string' && Kpp !== '' ? Kpp : undefined,
    name: name === '' ? undefined : name,
  }
}

const innForm = /^(?:\d{10}|\d{12})$/
const kppForm = /^[0-9A-Z]{9}$/

function readId(text: string): ParticipantId | undefined {
  return text.isWellFormed() ? parseParticipantId(text) : undefined
}

function readName(text: string): string {
  return subscriberName(text.replace(/\p{Cc}+/gu, ' ').trim())
}

function isAsked(one: Participant, query: ParticipantQuery): boolean {
  return 'id' in query ? participantKey(one.id) === participantKey(query.id) : one.inn === query.inn
}
