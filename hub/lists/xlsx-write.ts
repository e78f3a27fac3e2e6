// Writes a small XLSX workbook whose cells are all texts, so that nothing in it is ever a formula.

import { promisify } from 'node:util'
import { crc32, deflateRaw } from 'node:zlib'
import { writeZip, type ZipPart } from '../../operators/containers/zip/write.ts'

const deflate = promisify(deflateRaw)

/** One sheet: its name, up to 31 characters without []:*?/\, and its rows. */
export type Sheet = { name: string; rows: Iterable<readonly string[]>; widths?: readonly number[] }

/** The most a cell of a spreadsheet holds, ECMA-376. */
const cellCharacters = 32_767
const rowsPerPiece = 2000

/** Makes the workbook; packed outside of the main thread. */
export async function writeXlsx(sheets: readonly Sheet[]): Promise<Uint8Array> {
  const parts: ZipPart[] = [
    await part('[Content_Types].xml', [contentTypes(sheets.length)]),
    await part('_rels/.rels', [rootRelations]),
    await part('xl/workbook.xml', [workbook(sheets)]),
    await part('xl/_rels/workbook.xml.rels', [workbookRelations(sheets.length)]),
  ]
  for (const [index, sheet] of sheets.entries()) {
    parts.push(await part(`xl/worksheets/sheet${index + 1}.xml`, sheetPieces(sheet)))
  }
  return writeZip(parts)
}

async function part(name: string, pieces: Iterable<string>): Promise<ZipPart> {
  const bytes = Buffer.concat([...pieces].map((piece) => Buffer.from(piece, 'utf8')))
  const packed = await deflate(bytes)
  return { name, packed, method: 8, crc32: crc32(bytes), size: bytes.length }
}

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const documents = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006'
const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

function contentTypes(count: number): string {
  const override = (name: string, type: string) =>
    `<Override PartName="/xl/${name}" ContentType="${sheetType}.${type}+xml"/>`
  const sheets = Array.from({ length: count }, (_, index) =>
    override(`worksheets/sheet${index + 1}.xml`, 'worksheet'),
  )
  return (
    `${declaration}<Types xmlns="${packages}/content-types"><Default Extension="rels" ` +
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/>${override('workbook.xml', 'sheet.main')}` +
    `${sheets.join('')}</Types>`
  )
}

const rootRelations =
  `${declaration}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" ` +
  `Type="${documents}/officeDocument" Target="xl/workbook.xml"/></Relationships>`

function workbook(sheets: readonly Sheet[]): string {
  const listed = sheets.map(
    ({ name }, index) => `<sheet name="${escaped(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  )
  return (
    `${declaration}<workbook xmlns="${main}" xmlns:r="${documents}"><sheets>${listed.join('')}</sheets>` +
    '</workbook>'
  )
}

function workbookRelations(count: number): string {
  const relation = (_: unknown, index: number) =>
    `<Relationship Id="rId${index + 1}" Type="${documents}/worksheet" ` +
    `Target="worksheets/sheet${index + 1}.xml"/>`
  const listed = Array.from({ length: count }, relation)
  return `${declaration}<Relationships xmlns="${packages}/relationships">${listed.join('')}</Relationships>`
}

function* sheetPieces({ rows, widths = [] }: Sheet): Generator<string> {
  const columns = widths.map(
    (width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
  )
  const cols = columns.length === 0 ? '' : `<cols>${columns.join('')}</cols>`
  yield `${declaration}<worksheet xmlns="${main}">${cols}<sheetData>`
  let piece: string[] = []
  for (const row of rows) {
    piece.push(`<row>${row.map(cell).join('')}</row>`)
    if (piece.length < rowsPerPiece) continue
    yield piece.join('')
    piece = []
  }
  yield `${piece.join('')}</sheetData></worksheet>`
}

/** A text in its place, ECMA-376 18.3.1.53: programs show it as it is, whatever it begins with. */
function cell(text: string): string {
  return text === '' ? '<c/>' : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`
}

/** What XML 1.0 allows in a text, the rest taken out. */
function escaped(text: string): string {
  return text
    .slice(0, cellCharacters)
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
