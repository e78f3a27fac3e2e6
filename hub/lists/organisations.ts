// From the rows of a table to organisations: which column is what, what is wrong with each row.

import { innKppRefusal, innRefusal } from '../../schemas/inn.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import type { Table, TableRow } from './table.ts'

/** An organisation of a list. A faulty row keeps what was written as far as it goes. */
export type ListedOrganisation = {
  number: number
  inn: string
  kpp: string | undefined
  name: string | undefined
  email: string | undefined
  fault: Refusal | undefined
}

type Column = 'inn' | 'kpp' | 'email' | 'name'
type Columns = Partial<Record<Column, number>>

const innLengthKept = 20
const isInnShaped = /^(?:\d{9,12})(?:\s*\/\s*[\dA-Z]{8,9})?$/
const emailShape = /^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190}\.[^\s@<>,;".]{2,63}$/

const headers: readonly { column: Column; shape: RegExp }[] = [
  { column: 'inn', shape: /^(?:инн|inn)|(?:инн|inn)$/ },
  { column: 'kpp', shape: /^(?:кпп|kpp)|(?:кпп|kpp)$/ },
  { column: 'email', shape: /mail|почт/ },
  {
    column: 'name',
    shape: /^(?:(?:полное|краткое)?(?:наименован|назван)|организац|контрагент|компани|фио|name)/,
  },
]

/**
 * Reads the organisations of a table. The header is the first row, of the first ones, that names a column ИНН; without one
 * each cell is what it looks like. Refusals: list.empty, list.rows, list.columns; faults of rows are with the rows.
 */
export function organisationsOf({ rows, seen }: Table): ListedOrganisation[] | Refusal {
  const head = rows.slice(0, limits.listHeaderRowsMax).findIndex(isHeader)
  const columns = head < 0 ? undefined : columnsOf(rows[head])
  const listed = rows.slice(head + 1)
  const count = seen - (head + 1)
  if (count === 0) return refuse('list.empty', `строк (rows): ${seen}`)
  if (count > limits.listRowsMax)
    return refuse('list.rows', `${count}, не больше (at most) ${limits.listRowsMax}`)
  if (columns === undefined && !listed.some(({ cells }) => cells.some((cell) => isInnShaped.test(cell)))) {
    return refuse(
      'list.columns',
      'нет заголовка ИНН и чисел, похожих на ИНН (neither a header nor such numbers)',
    )
  }
  const before = new Map<string, number>()
  return listed.map((row) => {
    const one = organisationOf(row, columns ?? guessedColumns(row))
    if (one.fault !== undefined) return one
    const key = `${one.inn}/${one.kpp ?? ''}`
    const first = before.get(key)
    if (first === undefined) before.set(key, one.number)
    return first === undefined ? one : { ...one, fault: refuse('list.row-doubled', String(first)) }
  })
}

function isHeader(row: TableRow): boolean {
  return columnsOf(row)?.inn !== undefined && !row.cells.some((cell) => isInnShaped.test(cell))
}

function columnsOf(row: TableRow | undefined): Columns | undefined {
  if (row === undefined) return undefined
  const columns: Columns = {}
  for (const [index, cell] of row.cells.entries()) {
    const word = cell.toLowerCase().replace(/[^\p{L}\d]/gu, '')
    const found = headers.find(({ column, shape }) => columns[column] === undefined && shape.test(word))
    if (found !== undefined) columns[found.column] = index
  }
  return columns
}

/** Without a header: the first cell that can be an ИНН, else the first of all; the others by their looks. */
function guessedColumns({ cells }: TableRow): Columns {
  const inn = Math.max(
    cells.findIndex((cell) => isInnShaped.test(cell)),
    0,
  )
  const other = (isIt: (cell: string) => boolean) =>
    cells.findIndex((cell, index) => index !== inn && cell !== '' && isIt(cell))
  const kpp = other((cell) => /^\d{4}[\dA-Z]{2}\d{3}$/.test(cell))
  const email = other((cell) => cell.includes('@'))
  const name = cells.findIndex((cell, index) => ![inn, kpp, email].includes(index) && /\p{L}/u.test(cell))
  return { inn, kpp, email, name }
}

function organisationOf(row: TableRow, columns: Columns): ListedOrganisation {
  const read = (column: Column) => row.cells[columns[column] ?? -1] ?? ''
  const [written = '', besides] = read('inn').split('/')
  const inn = withZero(written.replace(/[\s\u00a0']/g, ''))
  const kpp = absentOrKpp(read('kpp') === '' ? (besides ?? '') : read('kpp'))
  const email = read('email')
  const name = read('name').replace(/\s+/g, ' ')
  const places = Object.values(columns)
  const cells = { inn, kpp, email, name }
  const fault = faultOfCells(row, places) ?? faultOf(cells)
  return {
    number: row.number,
    inn: plain(inn, innLengthKept) ?? '',
    kpp: plain(kpp ?? '', innLengthKept),
    name: plain(name, limits.listCellLengthMax),
    email: plain(email, limits.listCellLengthMax),
    fault,
  }
}

function plain(text: string, lengthMax: number): string | undefined {
  const clean = text
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, lengthMax)
    .toWellFormed()
  return clean === '' ? undefined : clean
}

function faultOfCells({ cells, formulas }: TableRow, places: readonly number[]): Refusal | undefined {
  if (places.some((place) => formulas.has(place))) return refuse('list.row-formula', '=')
  const isBad = (cell: string) => cell.length > limits.listCellLengthMax || /(?![\t\n\r])\p{Cc}/u.test(cell)
  const bad = places.find((place) => isBad(cells[place] ?? ''))
  return bad === undefined ? undefined : refuse('list.row-cell', `столбец (column) ${bad + 1}`)
}

function faultOf(of: { inn: string; kpp: string | undefined; email: string }): Refusal | undefined {
  const { inn, kpp, email } = of
  if (inn === '') return refuse('list.row-inn', 'пусто (empty)')
  const refused = innKppRefusal({ inn, kpp })
  if (refused !== undefined && isRefusal(refused)) return refused
  return email === '' || emailShape.test(email)
    ? undefined
    : refuse('list.row-email', `знаков: ${email.length}`)
}

/** Spreadsheets drop the zero an ИНН of some regions begins with; the check digits say whether it was there. */
function withZero(inn: string): string {
  const isShort = /^(?:\d{9}|\d{11})$/.test(inn)
  return isShort && innRefusal(`0${inn}`) === undefined ? `0${inn}` : inn
}

/** Persons have none, which is written in many ways; a zero may have been dropped here too. */
function absentOrKpp(text: string): string | undefined {
  const kpp = text.replace(/[\s\u00a0']/g, '').toUpperCase()
  if (/^[-–—0]*$/.test(kpp)) return undefined
  return /^\d{8}$/.test(kpp) ? `0${kpp}` : kpp
}
