// Reads the rows of one sheet of a workbook.

import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { noFormulas, type Table, type TableRow } from './table.ts'
import type { Turns } from './turns.ts'
import { scanXml } from './xlsx-xml.ts'

type CellUnderWay = { column: number; type: string; value: string; isFormula: boolean }
type Reading = {
  strings: readonly string[]
  rows: TableRow[]
  seen: number
  number: number
  cells: string[]
  formulas: Set<number> | undefined
  nextColumn: number
  cell: CellUnderWay | undefined
  isValue: boolean
  isSpoken: boolean
}

/** Reads them all. Refusals: those of the scan; list.rows when the bound of elements ends a sheet of too many rows. */
export async function readSheet(
  bytes: Uint8Array,
  strings: readonly string[],
  turns: Turns,
): Promise<Table | Refusal> {
  const reading: Reading = {
    strings,
    rows: [],
    seen: 0,
    number: 0,
    cells: [],
    formulas: undefined,
    nextColumn: 0,
    cell: undefined,
    isValue: false,
    isSpoken: false,
  }
  const fault = await scanXml(
    bytes,
    {
      open: (name, attributes) => openElement(reading, name, attributes),
      close: (name) => closeElement(reading, name),
      text: (text) => addText(reading, text),
    },
    turns,
  )
  const { rows, seen } = reading
  if (fault !== undefined && seen > limits.listRowsMax)
    return refuse('list.rows', `не меньше (at least) ${seen}`)
  return fault !== undefined && isRefusal(fault) ? fault : { rows, seen }
}

function openElement(reading: Reading, name: string, attributes: Readonly<Record<string, string>>): void {
  if (name === 'row') {
    const given = Number(attributes['r'])
    reading.number = Number.isSafeInteger(given) && given > reading.number ? given : reading.number + 1
    reading.cells = []
    reading.formulas = undefined
    reading.nextColumn = 0
  } else if (name === 'c') {
    const column = columnOf(attributes['r']) ?? reading.nextColumn
    reading.nextColumn = column + 1
    reading.cell = { column, type: attributes['t'] ?? 'n', value: '', isFormula: false }
  } else if (name === 'f' && reading.cell !== undefined) {
    reading.cell.isFormula = true
  } else if (name === 'rPh') {
    reading.isSpoken = true
  }
  reading.isValue = (name === 'v' || name === 't') && !reading.isSpoken
}

function addText(reading: Reading, text: string): void {
  const { cell } = reading
  if (!reading.isValue || cell === undefined) return
  cell.value = (cell.value + text).slice(0, limits.listCellLengthMax + 1)
}

function closeElement(reading: Reading, name: string): void {
  if (name === 'v' || name === 't') reading.isValue = false
  if (name === 'rPh') reading.isSpoken = false
  if (name === 'c' && reading.cell !== undefined) {
    keepCell(reading, reading.cell)
    reading.cell = undefined
  }
  if (name === 'row') keepRow(reading)
}

function keepCell(reading: Reading, { column, type, value, isFormula }: CellUnderWay): void {
  if (column >= limits.listColumnsMax) return
  while (reading.cells.length < column) reading.cells.push('')
  const text =
    type === 's' ? (reading.strings[Number(value)] ?? '') : type === 'n' ? plainNumber(value) : value
  reading.cells[column] = text.trim()
  if (!isFormula) return
  reading.formulas ??= new Set()
  reading.formulas.add(column)
}

function keepRow(reading: Reading): void {
  const { cells, formulas = noFormulas, number } = reading
  if (formulas.size === 0 && cells.every((cell) => cell === '')) return
  reading.seen += 1
  if (reading.seen > limits.listRowsMax + limits.listHeaderRowsMax) return
  reading.rows.push({ number, cells, formulas })
}

/** Spreadsheets store 7707083893 also as 7.707083893E9 or 7707083893.0. */
function plainNumber(text: string): string {
  if (!/^\d+(?:\.\d+)?(?:E\+?\d{1,2})?$/i.test(text) || /^\d+$/.test(text)) return text
  const value = Number(text)
  return Number.isSafeInteger(value) ? String(value) : text
}

/** The place of a cell from its reference: A1 is 0. */
function columnOf(reference: string | undefined): number | undefined {
  const [, letters] = /^([A-Z]{1,3})\d+$/.exec(reference ?? '') ?? []
  if (letters === undefined) return undefined
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}
