// Asks a registry of powers of attorney over HTTP: a gateway of the installation in front of the registry it may use.

import http from 'node:http'
import https from 'node:https'
import { guardedLookup, hostOf, readAddress } from '../../operators/transports/address-guard.ts'
import type { AttorneyKey } from '../../schemas/attorney/value.ts'
import { limits } from '../../schemas/limits.ts'
import type { AttorneyRegistry, RegistryFile, RegistryStatus } from '../trust/attorney/registry.ts'

/** Settings of the adapter. */
export type AttorneyRegistryOptions = {
  /** Absolute http or https, with or without a path; the questions are put below it. */
  address: string
  /** Gateways inside private networks and on this machine. */
  allowPrivateAddresses: boolean
  /** For one question; registryTimeoutMs unless given. */
  timeoutMs?: number
  /** registryAnswerBytesMax unless given. */
  answerBytesMax?: number
  /** PEM. */
  ca?: string | Buffer
  /** Resolves names instead of the system, in the form of node:dns lookup. */
  resolve?: Parameters<typeof guardedLookup>[1]
}

/**
 * Makes a registry that asks `GET <address>/attorneys/<number>?principal=<ИНН>` for a file and `.../<number>/status` for a
 * status. The answer is JSON: `number` and `principal` as asked; `status` valid, revoked (with `revokedAt`) or unknown; for
 * a file also `file` and `signature` in base64. It comes with 200, or with 404 when unknown. This form is ours: the tax
 * service gives its own out under an agreement (domain rules 6.4). Redirects are not followed. Whatever else comes, or does
 * not come in time, is silence, and so is an answer about something else. Never rejects.
 */
export function createHttpAttorneyRegistry(options: AttorneyRegistryOptions): AttorneyRegistry {
  const lookup = guardedLookup(options.allowPrivateAddresses, options.resolve)
  const ask = (key: AttorneyKey, suffix: string, signal: AbortSignal): Promise<Answer | Silence> => {
    const address = readAddress(options.address, options.allowPrivateAddresses)
    if ('forbidden' in address) return Promise.resolve({ silence: address.forbidden })
    const url = new URL(address.url)
    url.pathname = `${url.pathname.replace(/\/$/, '')}/attorneys/${encodeURIComponent(key.number)}${suffix}`
    url.search = new URLSearchParams({ principal: key.principalInn }).toString()
    return request(url, { ...options, lookup, signal }).then((reply) => readReply(reply, key))
  }
  return {
    async fetch(key, signal) {
      return toFile(await ask(key, '', signal))
    },
    async status(key, signal) {
      return toStatus(await ask(key, '/status', signal))
    },
  }
}

type Reply = { status: number; contentType: string; body: Buffer }
type Silence = { silence: string }
type Answer = {
  status: 'valid' | 'revoked' | 'unknown'
  at: string | undefined
  file: Buffer | undefined
  signature: Buffer | undefined
}

type RequestOptions = Pick<AttorneyRegistryOptions, 'timeoutMs' | 'answerBytesMax' | 'ca'> & {
  lookup: ReturnType<typeof guardedLookup>
  signal: AbortSignal
}

/** One request on a connection of its own; one timer bounds all of it. */
function request(url: URL, options: RequestOptions): Promise<Reply | Silence> {
  const { signal, lookup, ca } = options
  const { timeoutMs = limits.registryTimeoutMs, answerBytesMax = limits.registryAnswerBytesMax } = options
  const { promise, resolve } = Promise.withResolvers<Reply | Silence>()
  if (signal.aborted) return Promise.resolve({ silence: 'aborted' })
  const { get } = url.protocol === 'https:' ? https : http
  const asked = get({
    protocol: url.protocol,
    host: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    headers: { accept: 'application/json' },
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
  const onAbort = (): void => end({ silence: 'aborted' })
  const timer = setTimeout(() => end({ silence: 'timeout' }), timeoutMs)
  signal.addEventListener('abort', onAbort)
  asked.on('error', (error: NodeJS.ErrnoException) => end({ silence: error.code ?? 'connection' }))
  asked.on('response', (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > answerBytesMax) end({ silence: 'answer.too-large' })
      else chunks.push(chunk)
    })
    response.on('error', () => end({ silence: 'answer.cut' }))
    response.on('close', () => end({ silence: 'answer.cut' }))
    response.on('end', () => {
      const { statusCode: status = 0, headers } = response
      const contentType = headers['content-type'] ?? ''
      end(
        response.complete ? { status, contentType, body: Buffer.concat(chunks) } : { silence: 'answer.cut' },
      )
    })
  })
  return promise
}

/** A page of a proxy, whatever its status, is no answer of the registry. */
function readReply(reply: Reply | Silence, key: AttorneyKey): Answer | Silence {
  if ('silence' in reply) return reply
  if (reply.status !== 200 && reply.status !== 404) return { silence: `answer.${reply.status}` }
  if (!/^application\/json\b/i.test(reply.contentType)) return { silence: 'answer.content-type' }
  const fields = readObject(reply.body)
  if (fields === undefined) return { silence: 'answer.garbage' }
  const { number, principal, status, revokedAt, file, signature } = fields
  const isAsked =
    typeof number === 'string' &&
    number.toLowerCase() === key.number.toLowerCase() &&
    principal === key.principalInn
  if (!isAsked) return { silence: 'answer.other' }
  const isKnown = status === 'valid' || status === 'revoked'
  if (!isKnown && status !== 'unknown') return { silence: 'answer.garbage' }
  if (isKnown && reply.status === 404) return { silence: 'answer.garbage' }
  return { status, at: readTime(revokedAt), file: readBase64(file), signature: readBase64(signature) }
}

function readObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined // no JSON: the caller calls it answer.garbage
  }
}

/** An instant with its zone, or a day. What cannot be read is left out, and counts as revoked always. */
function readTime(value: unknown): string | undefined {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) return undefined
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value)
  return isTime ? value : undefined
}

function readBase64(value: unknown): Buffer | undefined {
  if (typeof value !== 'string' || value === '' || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value))
    return undefined
  return Buffer.from(value, 'base64')
}

/** A file may be given of a revoked one too; that it is revoked is then told by its status. */
function toFile(answer: Answer | Silence): RegistryFile {
  if ('silence' in answer) return { outcome: 'silent', reason: answer.silence }
  const { status, at, file, signature } = answer
  if (status === 'unknown') return { outcome: 'not-found' }
  if (file !== undefined) return { outcome: 'found', bytes: file, signature }
  return status === 'revoked' ? { outcome: 'revoked', at } : { outcome: 'silent', reason: 'answer.no-file' }
}

function toStatus(answer: Answer | Silence): RegistryStatus {
  if ('silence' in answer) return { outcome: 'silent', reason: answer.silence }
  if (answer.status === 'revoked') return { outcome: 'revoked', at: answer.at }
  return { outcome: answer.status }
}
