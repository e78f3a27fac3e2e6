// Cursors of pages: the row to go on after, bound to the question they were made for.

import { hash } from 'node:crypto'
import { parseRowId } from '../../../schemas/ids.ts'
import { invalid } from './checks.ts'

const markLength = 12

/** Writes a cursor: the id, and a mark of the question. It is no secret and gives no right. */
export function writeCursor(
  id: string | undefined,
  question: Readonly<Record<string, unknown>>,
): string | null {
  return id === undefined ? null : `${id}.${markOf(question)}`
}

/** Reads a cursor. One that was changed, or made for other filters, is refused: its page would skip rows. */
export function readCursor(
  text: string | undefined,
  question: Readonly<Record<string, unknown>>,
): string | undefined {
  if (text === undefined) return undefined
  const [id = '', mark] = text.split('.')
  if (parseRowId(id) === undefined || mark !== markOf(question)) {
    const seen = 'не от этого вопроса (the cursor is not of this question)'
    throw invalid(seen, 'querystring/after')
  }
  return id
}

function markOf(question: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(question).filter(([, value]) => value !== undefined)
  const sorted = parts.sort(([a], [b]) => (a < b ? -1 : 1))
  return hash('sha256', JSON.stringify(sorted), 'hex').slice(0, markLength)
}
