// Checks what a request of a home service brings: parameters and bodies against their schemas, each fault by its name.

import type { FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { faultOfPeriod } from '../../../routing/periods.ts'
import { type ParticipantId, parseParticipantId, parseRowId, type RowId } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, type RefusalCode, refuse } from '../../../schemas/refusals.ts'
import { RequestRefused } from '../admin/answers.ts'

/** Compiles a schema for fastify. Nothing is coerced, completed or removed: what is not in the schema is refused. */
export function compileCheck({ schema, httpPart }: { schema: TSchema; httpPart?: string }) {
  const check = Compile(schema)
  return (value: unknown) => {
    if (check.Check(value)) return { value }
    // What is not in the schema is told twice: once by name, and once by a schema that allows nothing.
    const errors = [...check.Errors(value)].filter(({ keyword }) => keyword !== 'boolean')
    const faults = errors.slice(0, limits.apiFaultsMax).map((fault) => faultOf(fault, httpPart ?? 'body'))
    return { error: new RequestRefused(faults) }
  }
}

type SchemaFault = { instancePath: string; message: string; params: object }

function faultOf({ instancePath, message, params }: SchemaFault, httpPart: string): Refusal {
  const place = `${httpPart}${instancePath}`
  if (!('additionalProperties' in params)) return refuse('api.invalid', message, place)
  const names = [params.additionalProperties].flat().map(String).join(', ')
  return refuse('api.invalid', `неизвестно (unknown): ${names}`, place)
}

/**
 * Reads the JSON of a body or of a part: UTF-8, no deeper than any form of ours, without U+0000 and halves of characters,
 * which no row could hold. Throws api.invalid.
 */
export function readJson(bytes: Uint8Array, at: string): unknown {
  const value = parseJson(bytes, at)
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > limits.apiBodyDepthMax) throw invalid('слишком глубоко (too deep)', at)
    if (typeof next.value === 'string') checkText(next.value, at)
    if (typeof next.value !== 'object' || next.value === null) continue
    for (const [name, member] of Object.entries(next.value)) {
      checkText(name, at)
      waiting.push({ value: member, depth: next.depth + 1 })
    }
  }
  return value
}

function parseJson(bytes: Uint8Array, at: string): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw invalid('не UTF-8 (not UTF-8)', at)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw invalid('не JSON (not JSON)', at)
  }
}

function checkText(text: string, at: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw invalid('недопустимый символ (a character is not allowed)', at)
  }
}

/** An error that becomes the answer of this code. */
export function refused(code: RefusalCode, seen: string, at?: string): RequestRefused {
  return new RequestRefused([refuse(code, seen, at)])
}

/** An error that becomes api.invalid. */
export function invalid(seen: string, at: string): RequestRefused {
  return refused('api.invalid', seen, at)
}

/** A participant id as given in a request. */
export function readParticipant(text: string, at: string): ParticipantId {
  const participant = text.isWellFormed() ? parseParticipantId(text) : undefined
  if (participant === undefined) throw invalid('участник: 3..46 знаков (3 to 46 characters)', at)
  return participant
}

/** Schema of a point in time: RFC 3339, or a day (UTC) alone. */
export const Moment = Type.String({
  pattern:
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$',
  description: 'RFC 3339, или день (UTC)',
})

/** Reads such a point in time. */
export function readMoment(text: string, at: string): Date {
  const moment = new Date(text)
  // NaN compares false as well.
  if (!isDay(text.slice(0, 10)) || !(moment.getTime() >= 0)) {
    throw invalid('нет такого времени (there is no such time)', at)
  }
  return moment
}

/** Whether a text of the form yyyy-mm-dd is a day of the calendar. */
export function isDay(text: string): boolean {
  return faultOfPeriod({ from: text }) === undefined
}

/** Schema of the id of a message in a path. What is no id of ours is unknown like every other: 404. */
export const MessageKey = Type.Object({
  id: Type.String({ maxLength: 100, description: 'Идентификатор сообщения в хабе' }),
})

/** The row id of a path; throws api.not-found. */
export function readMessageKey(text: string): RowId {
  const id = parseRowId(text)
  if (id === undefined) throw notFound(text)
  return id
}

/** What is not there, or is another's: one answer for both (RULES 4). */
export function notFound(key: string): RequestRefused {
  return refused('api.not-found', key)
}

/** Schema of the number of rows of a page. */
export const PageSize = Type.String({
  pattern: '^[1-9][0-9]{0,2}$',
  description: `Сколько строк, до ${limits.pageRowsMax}`,
})

const pageRowsDefault = 50

/** Reads the size of a page: at most pageRowsMax. */
export function readPageSize(limit: string | undefined): number {
  const rows = limit === undefined ? pageRowsDefault : Number(limit)
  if (rows > limits.pageRowsMax) {
    throw invalid(`не больше ${limits.pageRowsMax} (at most)`, 'querystring/limit')
  }
  return rows
}

/** The key of idempotency of a request; throws api.idempotency-key. */
export function readIdempotencyKey(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  if (typeof key === 'string' && /^[\x21-\x7e]{1,100}$/.test(key)) return key
  throw refused('api.idempotency-key', key === undefined ? 'нет (missing)' : 'недопустим (not allowed)')
}
