// Reads an uploaded list of organisations, whatever its form: text, CSV or XLSX.

import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { readCsv } from './csv-read.ts'
import { decodeList } from './encoding.ts'
import { type ListedOrganisation, organisationsOf } from './organisations.ts'
import type { Table } from './table.ts'
import { isPlainList, readPlainList } from './text-read.ts'
import { makeTurns, type Turns } from './turns.ts'
import { isWorkbook, readXlsx } from './xlsx-read.ts'

/**
 * Reads it within the bounds of limits.list…; the bytes say which form it is, not their sender. Workers do it
 * (hub/workers/lists.ts): unpacking and decoding stop whoever does them. Refusals: list.*, of the list as a whole.
 */
export async function readList(
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<ListedOrganisation[] | Refusal> {
  if (bytes.length > limits.listBytesMax) return refuse('list.unpacked', `${bytes.length} bytes`)
  const table = await readTable(bytes, makeTurns(signal))
  return isRefusal(table) ? table : organisationsOf(table)
}

async function readTable(bytes: Uint8Array, turns: Turns): Promise<Table | Refusal> {
  if (isWorkbook(bytes)) return readXlsx(bytes, turns)
  const decoded = decodeList(bytes)
  if (isRefusal(decoded)) return decoded
  const { text } = decoded
  return isPlainList(text) ? readPlainList(text, turns) : readCsv(text, turns)
}
