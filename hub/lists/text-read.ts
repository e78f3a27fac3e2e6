// Reads a plain list of numbers: one in a line, or with spaces, commas or semicolons between them.

import { limits } from '../../schemas/limits.ts'
import type { Table, TableRow } from './table.ts'
import { noFormulas } from './table.ts'
import type { Turns } from './turns.ts'

const isPlain = /^[\d\s,;/]*$/
const between = /[\s,;]+/

/**
 * Whether a text is such a list: nothing but numbers, and not ИНН and КПП side by side, which is a table without a header.
 */
export function isPlainList(text: string): boolean {
  if (!isPlain.test(text)) return false
  const several = text
    .split(/[\r\n]+/)
    .map((line) => line.split(between).filter((one) => one !== ''))
    .filter((tokens) => tokens.length > 1)
  const arePairs = several.every(
    ([inn, kpp, ...more]) => more.length === 0 && inn?.length !== 9 && kpp?.length === 9,
  )
  return several.length === 0 || !arePairs
}

/** Reads it. The number of a row is that of its line, or its place in the list where a line holds several. */
export async function readPlainList(text: string, turns: Turns): Promise<Table> {
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.split(between).filter((one) => one !== ''))
  const isOneEach = lines.every((tokens) => tokens.length <= 1)
  const rowsMax = limits.listRowsMax + limits.listHeaderRowsMax
  const rows: TableRow[] = []
  let seen = 0
  for (const [index, tokens] of lines.entries()) {
    for (const token of tokens) {
      await turns.next()
      seen += 1
      const cells = [token.slice(0, limits.listCellLengthMax + 1)]
      if (seen <= rowsMax) rows.push({ number: isOneEach ? index + 1 : seen, cells, formulas: noFormulas })
    }
  }
  return { rows, seen }
}
