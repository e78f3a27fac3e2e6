// Cursors of the internal API: opaque, bound to the home code and the question they were made for.

import { hash } from 'node:crypto'
import { Type } from 'typebox'
import type { OperatorCode } from '../../../schemas/ids.ts'
import { refused } from './checks.ts'

const markLength = 16

/** What a cursor belongs to: one of another home code or of other filters is none here. */
export type CursorOf = { home: OperatorCode; question: Readonly<Record<string, unknown>> }

/** Schema of a cursor in a query. */
export const Cursor = Type.String({ maxLength: 200, description: 'Курсор из прошлого ответа (next)' })

/** Writes a cursor. It is no secret and gives no right. */
export function writeCursor(place: string, of: CursorOf): string {
  return Buffer.from(`${markOf(place, of)}${place}`).toString('base64url')
}

/** Reads a cursor. One that was changed, or made for another home code or question, is refused: its page would skip. */
export function readCursor(text: string, of: CursorOf): string {
  const plain = Buffer.from(text, 'base64url').toString('latin1')
  const place = plain.slice(markLength)
  const isWhole = writeCursor(place, of) === text && /^[0-9a-f-]{1,36}$/.test(place)
  if (!isWhole) throw foreignCursor()
  return place
}

/** The answer to every cursor that is none. */
export function foreignCursor(): Error {
  return refused('api.cursor', 'не от этого вопроса (not of this question)', 'querystring/after')
}

function markOf(place: string, { home, question }: CursorOf): string {
  const parts = Object.entries(question).filter(([, value]) => value !== undefined)
  const sorted = parts.sort(([a], [b]) => (a < b ? -1 : 1))
  return hash('sha256', JSON.stringify([home, sorted, place]), 'hex').slice(0, markLength)
}
