// Reads a file of subscribers line by line: NDJSON, or CSV with a head; bad rows are told by their numbers.

import { createReadStream } from 'node:fs'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'

/** A row that was read; `row` is the number of its line. */
export type FileRow = { row: number; id: string; inn?: string; kpp?: string; name?: string }

/** A line that is no row. */
export type BadRow = { row: number; refusal: Refusal }

const names = ['id', 'inn', 'kpp', 'name'] as const

/**
 * Gives the rows of a file in its order; nothing of it is held but a line. The first line decides: `{` begins NDJSON, else it
 * is the head of a CSV with commas, semicolons or tabs, whose columns id, inn, kpp and name are taken, others passed over.
 * UTF-8, with or without a mark; lines of importLineBytesMax at most. A cell in quotes may hold separators, not line ends.
 */
export async function* readSubscriberFile(path: string): AsyncGenerator<FileRow | BadRow> {
  let read: ((line: string) => Omit<FileRow, 'row'> | Refusal | undefined) | undefined
  for await (const { row, text } of linesOf(path)) {
    if (typeof text !== 'string') {
      yield { row, refusal: text }
      if (read === undefined) return
      continue
    }
    if (text.trim() === '') continue
    if (read === undefined) {
      const head = text.trimStart().startsWith('{') ? undefined : readHead(text)
      if (head !== undefined && 'code' in head) {
        yield { row, refusal: head }
        return
      }
      read = head === undefined ? readObject : (line) => readCells(line, head)
      if (head !== undefined) continue
    }
    const found = read(text)
    if (found === undefined) continue
    yield 'code' in found ? { row, refusal: found } : { row, ...found }
  }
}

async function* linesOf(path: string): AsyncGenerator<{ row: number; text: string | Refusal }> {
  let row = 0
  let rest = Buffer.alloc(0)
  let isTooLong = false
  const line = (bytes: Buffer): { row: number; text: string | Refusal } => {
    row += 1
    const wasTooLong = isTooLong || bytes.length > limits.importLineBytesMax
    isTooLong = false
    const tooLong = () => refuse('directory.row', `длиннее (longer than) ${limits.importLineBytesMax} B`)
    return { row, text: wasTooLong ? tooLong() : decode(bytes) }
  }
  for await (const chunk of createReadStream(path)) {
    let bytes = Buffer.concat([rest, chunk as Buffer])
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10)) {
      yield line(bytes.subarray(0, end))
      bytes = bytes.subarray(end + 1)
    }
    if (bytes.length > limits.importLineBytesMax) {
      isTooLong = true
      bytes = Buffer.alloc(0)
    }
    rest = bytes
  }
  if (rest.length > 0 || isTooLong) yield line(rest)
}

function decode(bytes: Buffer): string | Refusal {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r$/, '')
  } catch {
    return refuse('directory.row', 'не UTF-8 (not UTF-8)')
  }
}

function readObject(line: string): Omit<FileRow, 'row'> | Refusal {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return refuse('directory.row', 'не JSON (not JSON)')
  }
  if (typeof value !== 'object' || value === null) return refuse('directory.row', 'не объект (no object)')
  const given = names.map((name): [string, unknown] => [name, Reflect.get(value, name) ?? ''])
  const odd = given.find(([, one]) => typeof one !== 'string')
  if (odd !== undefined) return refuse('directory.row', `${odd[0]}: не строка (no string)`)
  return rowOf(Object.fromEntries(given) as Record<string, string>)
}

type Head = { separator: string; columns: string[] }

function readHead(line: string): Head | Refusal {
  const separator = [';', '\t', ','].find((one) => line.includes(one)) ?? ','
  const cells = splitCells(line, separator) ?? []
  const columns = cells.map((cell) => cell.trim().toLowerCase())
  if (columns.includes('id')) return { separator, columns }
  return refuse('directory.row', 'нет столбца id (no column id)')
}

function readCells(line: string, { separator, columns }: Head): Omit<FileRow, 'row'> | Refusal {
  const cells = splitCells(line, separator)
  if (cells === undefined) return refuse('directory.row', 'кавычки не закрыты (quotes are not closed)')
  if (cells.length !== columns.length) {
    return refuse('directory.row', `столбцов (columns) ${cells.length}, нужно ${columns.length}`)
  }
  return rowOf(Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ''])))
}

function rowOf(fields: Readonly<Record<string, string>>): Omit<FileRow, 'row'> {
  const given = names.flatMap((name) => {
    const text = (fields[name] ?? '').trim()
    return text === '' && name !== 'id' ? [] : [[name, text] as const]
  })
  return { id: '', ...Object.fromEntries(given) }
}

/** Cells of a line; undefined when a quote has no end. Inside quotes a doubled one stands for itself. */
function splitCells(line: string, separator: string): string[] | undefined {
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at += 1) {
    const sign = line[at] ?? ''
    if (isQuoted && sign === '"' && line[at + 1] === '"') {
      cell += '"'
      at += 1
    } else if (sign === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted
    else if (!isQuoted && sign === separator) {
      cells.push(cell)
      cell = ''
    } else cell += sign
  }
  return isQuoted ? undefined : [...cells, cell]
}
