// Asks a registry of powers of attorney over HTTP: a gateway of the installation in front of the registry it may use.

import type { AttorneyKey } from '../../schemas/attorney/value.ts'
import { limits } from '../../schemas/limits.ts'
import {
  type GatewayOptions,
  type GatewayReply,
  type GatewaySilence,
  isJson,
  makeGateway,
} from '../outbound/gateway.ts'
import type { AttorneyRegistry, RegistryFile, RegistryStatus } from '../trust/attorney/registry.ts'

/** Settings of the adapter: where the gateway is; registryTimeoutMs and registryAnswerBytesMax unless given. */
export type AttorneyRegistryOptions = Omit<GatewayOptions, 'timeoutMs' | 'answerBytesMax' | 'token'> & {
  timeoutMs?: number
  answerBytesMax?: number
}

/**
 * Makes a registry that asks `GET <address>/attorneys/<number>?principal=<ИНН>` for a file and `.../<number>/status` for a
 * status. The answer is JSON: `number` and `principal` as asked; `status` valid, revoked (with `revokedAt`) or unknown; for
 * a file also `file` and `signature` in base64. It comes with 200, or with 404 when unknown. This form is ours: the tax
 * service gives its own out under an agreement (domain rules 6.4). Redirects are not followed. Whatever else comes, or does
 * not come in time, is silence, and so is an answer about something else. Never rejects.
 */
export function createHttpAttorneyRegistry(options: AttorneyRegistryOptions): AttorneyRegistry {
  const gateway = makeGateway({
    timeoutMs: limits.registryTimeoutMs,
    answerBytesMax: limits.registryAnswerBytesMax,
    ...options,
  })
  const ask = async (key: AttorneyKey, suffix: string, signal: AbortSignal) => {
    const path = `/attorneys/${encodeURIComponent(key.number)}${suffix}`
    return readReply(await gateway({ path, parameters: { principal: key.principalInn } }, signal), key)
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

type Answer = {
  status: 'valid' | 'revoked' | 'unknown'
  at: string | undefined
  file: Buffer | undefined
  signature: Buffer | undefined
}

/** A page of a proxy, whatever its status, is no answer of the registry. */
function readReply(reply: GatewayReply | GatewaySilence, key: AttorneyKey): Answer | GatewaySilence {
  if ('silence' in reply) return reply
  if (reply.status !== 200 && reply.status !== 404) return { silence: `answer.${reply.status}` }
  if (!isJson(reply)) return { silence: 'answer.content-type' }
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
function toFile(answer: Answer | GatewaySilence): RegistryFile {
  if ('silence' in answer) return { outcome: 'silent', reason: answer.silence }
  const { status, at, file, signature } = answer
  if (status === 'unknown') return { outcome: 'not-found' }
  if (file !== undefined) return { outcome: 'found', bytes: file, signature }
  return status === 'revoked' ? { outcome: 'revoked', at } : { outcome: 'silent', reason: 'answer.no-file' }
}

function toStatus(answer: Answer | GatewaySilence): RegistryStatus {
  if ('silence' in answer) return { outcome: 'silent', reason: answer.silence }
  if (answer.status === 'revoked') return { outcome: 'revoked', at: answer.at }
  return { outcome: answer.status }
}
