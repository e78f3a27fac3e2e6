// Writes an XLSX workbook whose cells are all texts, so that nothing in it is ever a formula.

import { type StreamedPart, streamZip } from '../../operators/containers/zip/stream.ts'

/**
 * One sheet: its name, up to 31 characters without []:*?/\, and its rows. A page of them is made into XML at one go, while
 * nobody else has a turn: limits.listTurnRows at most.
 */
export type Sheet = { name: string; pages: AsyncIterable<Page> | Iterable<Page>; widths?: readonly number[] }

type Page = readonly (readonly string[])[]

/** The most a cell of a spreadsheet holds, ECMA-376. */
const cellCharacters = 32_767

/** Gives the workbook piece by piece; a page of rows in memory at a time, packed outside of the main thread. */
export function writeXlsx(sheets: readonly Sheet[]): AsyncGenerator<Uint8Array> {
  const part = (name: string, text: string): StreamedPart => ({ name, pieces: [Buffer.from(text)] })
  return streamZip([
    part('[Content_Types].xml', contentTypes(sheets.length)),
    part('_rels/.rels', rootRelations),
    part('xl/workbook.xml', workbook(sheets)),
    part('xl/_rels/workbook.xml.rels', workbookRelations(sheets.length)),
    ...sheets.map((sheet, index) => ({
      name: `xl/worksheets/sheet${index + 1}.xml`,
      pieces: sheetPieces(sheet),
    })),
  ])
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

async function* sheetPieces({ pages, widths = [] }: Sheet): AsyncGenerator<Uint8Array> {
  const columns = widths.map(
    (width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
  )
  const cols = columns.length === 0 ? '' : `<cols>${columns.join('')}</cols>`
  yield Buffer.from(`${declaration}<worksheet xmlns="${main}">${cols}<sheetData>`)
  for await (const page of pages) {
    yield Buffer.from(page.map((row) => `<row>${row.map(cell).join('')}</row>`).join(''))
  }
  yield Buffer.from('</sheetData></worksheet>')
}

/** A text in its place, ECMA-376 18.3.1.53: programs show it as it is, whatever it begins with. */
function cell(text: string): string {
  return text === '' ? '<c/>' : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`
}

const unusual = /[&<>"]|[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/

/** What XML 1.0 allows in a text, the rest taken out. */
function escaped(text: string): string {
  const cut = text.slice(0, cellCharacters)
  if (!unusual.test(cut)) return cut
  return cut
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
