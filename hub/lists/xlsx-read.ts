// Reads the first visible sheet of an XLSX workbook (ECMA-376) as texts, within bounds.

import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { limits } from '../../schemas/limits.ts'
import type { EntryPlace } from '../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import type { Table } from './table.ts'
import type { Turns } from './turns.ts'
import { readSheet } from './xlsx-sheet.ts'
import { scanXml } from './xlsx-xml.ts'

type Workbook = { bytes: Uint8Array; parts: ReadonlyMap<string, EntryPlace> }

/** Whether bytes begin as a ZIP does. */
export function isWorkbook(bytes: Uint8Array): boolean {
  return [0x50, 0x4b, 0x03, 0x04].every((byte, index) => bytes[index] === byte)
}

/**
 * Numbers, dates and truth values are the texts they are stored as; a cell with a formula is marked. Nothing outside of
 * the file is ever looked at. Refusals: list.broken, list.unpacked.
 */
export async function readXlsx(bytes: Uint8Array, turns: Turns): Promise<Table | Refusal> {
  const zip = readZip(bytes)
  if (isRefusal(zip)) {
    const isTooLarge = zip.code === 'zip.bomb' || zip.code === 'zip.too-many'
    return refuse(isTooLarge ? 'list.unpacked' : 'list.broken', zip.code)
  }
  const workbook = { bytes, parts: new Map(zip.entries.map((one) => [one.name.toLowerCase(), one])) }
  const places = await findParts(workbook, turns)
  if (isRefusal(places)) return places
  const strings = places.strings === undefined ? [] : await readStrings(workbook, places.strings, turns)
  if (isRefusal(strings)) return strings
  const sheet = partOf(workbook, places.sheet)
  return isRefusal(sheet) ? sheet : readSheet(sheet, strings, turns)
}

function partOf({ bytes, parts }: Workbook, name: string): Uint8Array | Refusal {
  const place = parts.get(name.toLowerCase())
  if (place === undefined) return refuse('list.broken', 'нет части книги (a part is missing)')
  if (place.size > limits.listPartBytesMax) return refuse('list.unpacked', `${place.size} bytes`)
  const content = inflateEntry(bytes, place)
  return isRefusal(content) ? refuse('list.broken', content.code) : content
}

/** Names of the parts of the first visible sheet and of the shared strings. */
async function findParts(
  workbook: Workbook,
  turns: Turns,
): Promise<{ sheet: string; strings: string | undefined } | Refusal> {
  const book = partOf(workbook, 'xl/workbook.xml')
  const links = partOf(workbook, 'xl/_rels/workbook.xml.rels')
  if (isRefusal(book)) return book
  if (isRefusal(links)) return links
  const sheets: { id: string | undefined; isHidden: boolean }[] = []
  const openSheet = (name: string, attributes: Readonly<Record<string, string>>) => {
    if (name !== 'sheet') return
    const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1]
    sheets.push({ id, isHidden: (attributes['state'] ?? 'visible') !== 'visible' })
  }
  const relations = new Map<string, { target: string; type: string }>()
  const openRelation = (name: string, { Id, Type, Target, TargetMode }: Readonly<Record<string, string>>) => {
    if (name !== 'Relationship' || TargetMode === 'External') return
    if (Id !== undefined && Target !== undefined) relations.set(Id, { target: Target, type: Type ?? '' })
  }
  const fault =
    (await scanXml(book, { open: openSheet }, turns)) ?? (await scanXml(links, { open: openRelation }, turns))
  if (fault !== undefined) return fault
  const chosen = sheets.find(({ isHidden }) => !isHidden) ?? sheets[0]
  const sheet = relations.get(chosen?.id ?? '')?.target
  if (sheet === undefined) return refuse('list.broken', 'нет листа (there is no sheet)')
  const strings = [...relations.values()].find(({ type }) => type.endsWith('/sharedStrings'))?.target
  return { sheet: pathOf(sheet), strings: strings === undefined ? undefined : pathOf(strings) }
}

/** Targets are relative to the folder of the workbook, or begin at the root of the ZIP. */
function pathOf(target: string): string {
  return target.startsWith('/') ? target.slice(1) : `xl/${target}`
}

/** The shared strings; formats and what says how to pronounce them are left out. */
async function readStrings(workbook: Workbook, name: string, turns: Turns): Promise<string[] | Refusal> {
  const bytes = partOf(workbook, name)
  if (isRefusal(bytes)) return bytes
  const strings: string[] = []
  let current = ''
  let total = 0
  let isText = false
  let isSpoken = false
  const fault = await scanXml(
    bytes,
    {
      open(element) {
        if (element === 'si') current = ''
        if (element === 'rPh') isSpoken = true
        isText = element === 't' && !isSpoken
      },
      text(text) {
        if (isText) current = (current + text).slice(0, limits.listCellLengthMax + 1)
      },
      close(element) {
        if (element === 't') isText = false
        if (element === 'rPh') isSpoken = false
        if (element !== 'si') return
        total += current.length
        // Beyond the bounds nothing is kept; the check after the scan refuses.
        if (total <= limits.listStringsLengthMax) strings.push(current)
        else total = Number.POSITIVE_INFINITY
      },
    },
    turns,
  )
  if (fault !== undefined) return fault
  const isTooMuch = total > limits.listStringsLengthMax || strings.length > limits.listStringsMax
  return isTooMuch ? refuse('list.unpacked', 'тексты (texts)') : strings
}
