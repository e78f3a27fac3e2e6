// Reads CSV (RFC 4180) with a semicolon, a comma or a tab between the cells, as spreadsheets write it.

import { limits } from '../../schemas/limits.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { noFormulas, type Table, type TableRow } from './table.ts'
import type { Turns } from './turns.ts'

const separators = [';', '\t', ','] as const
type Separator = string

/** Which of the characters separates the cells: the one the first lines have most of. */
function separatorOf(text: string): Separator {
  const head = text.slice(0, limits.listCellLengthMax * limits.listHeaderRowsMax)
  const lines = head.split(/\r\n|\n|\r/, limits.listHeaderRowsMax)
  const counts = separators.map((separator) => {
    return { separator, count: lines.reduce((sum, line) => sum + line.split(separator).length - 1, 0) }
  })
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).separator
}

/**
 * Reads all records; the number of a row is that of its record, empty ones counted. A quote that is no quotation is taken
 * as it is, for names of organisations have them. A cell that begins with = is a formula to whatever opens the file.
 * Refusal: list.broken for a quotation without an end.
 */
export async function readCsv(text: string, turns: Turns): Promise<Table | Refusal> {
  const told = /^sep=(.)(?:\r\n|\n|\r)/i.exec(text)
  const separator = told?.[1] ?? separatorOf(text)
  const rows: TableRow[] = []
  const rowsMax = limits.listRowsMax + limits.listHeaderRowsMax
  let seen = 0
  let at = told?.[0].length ?? 0
  for (let number = told === null ? 1 : 2; at < text.length; number += 1) {
    const record = readRecord(text, at, separator)
    if (record === undefined) return refuse('list.broken', `строка (row) ${number}: кавычка (a quote)`)
    at = record.end
    await turns.next()
    const { cells } = record
    if (cells.every((cell) => cell === '')) continue
    seen += 1
    if (seen <= rowsMax) rows.push({ number, cells, formulas: formulasOf(cells) })
  }
  return { rows, seen }
}

function formulasOf(cells: readonly string[]): ReadonlySet<number> {
  const places = cells.flatMap((cell, index) => (cell.startsWith('=') ? [index] : []))
  return places.length === 0 ? noFormulas : new Set(places)
}

/** The cells of the record that begins at a place, and where the next one does. */
function readRecord(
  text: string,
  start: number,
  separator: Separator,
): { cells: string[]; end: number } | undefined {
  const cells: string[] = []
  let at = start
  for (;;) {
    const field = readField(text, at, separator)
    if (field === undefined) return undefined
    if (cells.length < limits.listColumnsMax)
      cells.push(field.value.slice(0, limits.listCellLengthMax + 1).trim())
    at = field.end
    if (text[at] !== separator) break
    at += 1
  }
  if (text[at] === '\r' && text[at + 1] === '\n') at += 1
  return { cells, end: at + 1 }
}

function readField(
  text: string,
  start: number,
  separator: Separator,
): { value: string; end: number } | undefined {
  if (text[start] !== '"') {
    const end = endOfPlain(text, start, separator)
    return { value: text.slice(start, end), end }
  }
  const pieces: string[] = []
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return undefined
    if (text[quote + 1] !== '"') {
      const end = endOfPlain(text, quote + 1, separator)
      return { value: [...pieces, text.slice(from, quote), text.slice(quote + 1, end)].join(''), end }
    }
    pieces.push(text.slice(from, quote + 1))
    from = quote + 2
  }
}

function endOfPlain(text: string, start: number, separator: Separator): number {
  let at = start
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at += 1
  return at
}
