// Checks what a request brings: parameters and bodies against their schemas, each fault by its name.

import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { faultOfPeriod } from '../../../routing/periods.ts'
import { type ParticipantId, parseParticipantId } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import { RequestRefused } from './answers.ts'

/** Compiles a schema for fastify. Nothing is coerced, completed or removed: what is not in the schema is refused. */
export function compileCheck({ schema, httpPart }: { schema: TSchema; httpPart?: string }) {
  const check = Compile(schema)
  return (value: unknown) => {
    if (check.Check(value)) return { value }
    // What is not in the schema is told twice: once by name, and once by a schema that allows nothing.
    const errors = [...check.Errors(value)].filter(({ keyword }) => keyword !== 'boolean')
    const faults = errors.slice(0, limits.adminFaultsMax).map((fault) => faultOf(fault, httpPart ?? ''))
    return { error: new RequestRefused(faults) }
  }
}

type SchemaFault = { instancePath: string; message: string; params: object }

function faultOf({ instancePath, message, params }: SchemaFault, httpPart: string): Refusal {
  const place = `${httpPart}${instancePath}`
  if ('additionalProperties' in params) {
    const names = [params.additionalProperties].flat().map(String).join(', ')
    return refuse('admin.invalid', `неизвестно (unknown): ${names}`, place)
  }
  return refuse('admin.invalid', message, place)
}

/**
 * Refuses a body that no row could hold: U+0000, halves of characters, or deeper than any form of ours. Text of
 * PostgreSQL knows neither of the first two.
 */
export function checkBody(body: unknown): void {
  const waiting: { value: unknown; depth: number }[] = [{ value: body, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next
    if (depth > limits.adminBodyDepthMax) throw invalid('слишком глубоко (too deep)', 'body')
    if (typeof value === 'string') checkText(value, 'body')
    if (typeof value !== 'object' || value === null) continue
    for (const [name, member] of Object.entries(value)) {
      checkText(name, 'body')
      waiting.push({ value: member, depth: depth + 1 })
    }
  }
}

function checkText(text: string, place: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw invalid('недопустимый символ (a character is not allowed)', place)
  }
}

/** An error that becomes admin.invalid. */
export function invalid(seen: string, at: string): RequestRefused {
  return new RequestRefused([refuse('admin.invalid', seen, at)])
}

/** A participant id as given in a request. */
export function readParticipant(text: string, at: string): ParticipantId {
  const participant = text.isWellFormed() ? parseParticipantId(text) : undefined
  if (participant === undefined) throw invalid('участник: 3..46 знаков (3 to 46 characters)', at)
  return participant
}

/** Why a person decides: some words, bounded, without control characters. */
export function readReason(text: string): string {
  const reason = text.replace(/\p{Cc}+/gu, ' ').trim()
  if (reason === '') throw invalid('нужно пояснение (a reason is expected)', 'body/reason')
  return reason
}

/** Schema of such a reason. */
export const Reason = Type.String({ minLength: 1, maxLength: limits.decisionReasonLengthMax })

/** Schema of a point in time: RFC 3339, or a day (UTC) alone. */
export const Moment = Type.String({
  pattern:
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$',
})

/** Reads such a point in time. */
export function readMoment(text: string, at: string): Date {
  const moment = new Date(text)
  const isDay = faultOfPeriod({ from: text.slice(0, 10) }) === undefined
  // NaN compares false as well.
  if (!isDay || !(moment.getTime() >= 0)) throw invalid('нет такого времени (there is no such time)', at)
  return moment
}

/** Schemas of a page: how many rows, and after which. */
export const pageParameters = {
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$' })),
  after: Type.Optional(Type.String({ pattern: '^[0-9a-f-]{36}[.][0-9a-f]{12}$' })),
}

const pageRowsDefault = 50

/** Reads the size of a page: at most pageRowsMax. */
export function readPageSize(limit: string | undefined): number {
  const rows = limit === undefined ? pageRowsDefault : Number(limit)
  if (rows > limits.pageRowsMax)
    throw invalid(`не больше ${limits.pageRowsMax} (at most)`, 'querystring/limit')
  return rows
}
