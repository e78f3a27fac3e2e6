// Lists of organisations for tests: numbers with right check digits, and workbooks of any content.

import { readList } from '../../hub/lists/read.ts'
import { writeZip } from '../../operators/containers/zip/write.ts'
import { isRefusal } from '../../schemas/refusals.ts'

/** The n-th of many right ИНН of organisations. */
export function innOf(n: number): string {
  const digits = `77${String(n).padStart(7, '0')}`
  const weights = [2, 4, 10, 3, 5, 9, 4, 6, 8]
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return `${digits}${(sum % 11) % 10}`
}

/** The code a list is refused with, or how many rows it has. */
export async function codeOf(bytes: Uint8Array): Promise<string> {
  const read = await readList(bytes)
  return isRefusal(read) ? read.code : `${read.length} rows`
}

const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** A workbook with this XML of its sheet, as spreadsheets lay it out; parts may be others. */
export function workbookOf(
  sheetData: string,
  over: { strings?: string; parts?: Readonly<Record<string, string | undefined>>; sheets?: string } = {},
): Uint8Array {
  const parts: Record<string, string | undefined> = {
    'xl/workbook.xml':
      `<workbook xmlns:r="${relations}"><sheets>` +
      `${over.sheets ?? '<sheet name="Лист1" sheetId="1" r:id="rId1"/>'}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>' +
      '<Relationship Id="rId2" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/>' +
      '<Relationship Id="rId3" Type="x/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    'xl/sharedStrings.xml': `<sst>${over.strings ?? ''}</sst>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${sheetData}</sheetData></worksheet>`,
    ...over.parts,
  }
  const entries = Object.entries(parts).flatMap(([name, text]) =>
    text === undefined ? [] : [{ name, bytes: Buffer.from(text), deflate: true }],
  )
  return writeZip(entries)
}

/** A text in windows-1251. */
export function in1251(text: string): Uint8Array {
  const table = new Map(
    Array.from({ length: 256 }, (_, byte) => [
      new TextDecoder('windows-1251').decode(Uint8Array.of(byte)),
      byte,
    ]),
  )
  return Uint8Array.from([...text].map((one) => table.get(one) ?? 0x3f))
}
