// Asks a gateway of the directory of participants over HTTP, as docs/participants-directory.md says.

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
import {
  type GatewayOptions,
  type GatewayReply,
  type GatewaySilence,
  isJson,
  makeGateway,
} from '../outbound/gateway.ts'

/** Settings of the adapter: where the gateway is; lookUpAnswerBytesMax unless given. */
export type ParticipantsDirectoryOptions = Omit<GatewayOptions, 'answerBytesMax'> & {
  answerBytesMax?: number
}

/**
 * Makes a directory that asks `GET <address>/participants?inn=&kpp=` or `?id=`. The answer is JSON with 200: `status` Ok,
 * NotFound or NotAllowed, and with Ok `participants`. Redirects are not followed. Whatever else comes, does not come in time,
 * or is about something else is `try-later`, with the Retry-After of the answer where it has one. Never rejects.
 */
export function createHttpParticipantsDirectory(
  options: ParticipantsDirectoryOptions,
): ParticipantsDirectory {
  const ask = makeGateway({ answerBytesMax: limits.lookUpAnswerBytesMax, ...options })
  return {
    async find(query, signal) {
      return readReply(await ask({ path: '/participants', parameters: parametersOf(query) }, signal), query)
    },
  }
}

type Silence = Extract<ParticipantAnswer, { outcome: 'try-later' }>

function silent(reason: string, retryAfterMs?: number): Silence {
  return retryAfterMs === undefined
    ? { outcome: 'try-later', reason }
    : { outcome: 'try-later', reason, retryAfterMs }
}

function parametersOf(query: ParticipantQuery): Record<string, string> {
  if ('id' in query) return { id: query.id }
  return query.kpp === undefined ? { inn: query.inn } : { inn: query.inn, kpp: query.kpp }
}

/** A page of a proxy, whatever its status, is no answer; neither is one about something else. */
function readReply(reply: GatewayReply | GatewaySilence, query: ParticipantQuery): ParticipantAnswer {
  if ('silence' in reply) return silent(reply.silence)
  if (reply.status !== 200) {
    const retryAfterS = readRetryAfter(reply.retryAfter, Date.now())
    return silent(`answer.${reply.status}`, retryAfterS === undefined ? undefined : retryAfterS * 1000)
  }
  if (!isJson(reply)) return silent('answer.content-type')
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
