// Limits of uploaded lists at both sides of their edges, in texts and in workbooks.

import { randomBytes } from 'node:crypto'
import t from 'tap'
import { readList } from '../../hub/lists/read.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { innOf, workbookOf } from '../support/lists.ts'

const one = innOf(1)
const utf8 = (text: string) => Buffer.from(text, 'utf8')

/** How many rows are read; or the code of the refusal and what was seen. */
async function told(bytes: Uint8Array): Promise<string> {
  const read = await readList(bytes)
  return isRefusal(read) ? `${read.code} ${read.seen}` : `${read.length} rows`
}

async function rowsOf(bytes: Uint8Array) {
  const read = await readList(bytes)
  if (isRefusal(read)) throw new Error(read.code)
  return read
}

const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`
const row = (...cells: string[]) => `<row>${cells.join('')}</row>`

t.test('a list of as many bytes as are taken is read, one byte more is refused', async (t) => {
  const text = utf8(`${one}\n`.padEnd(limits.listBytesMax, ' '))
  t.equal(await told(text), '1 rows')
  const more = limits.listBytesMax + 1
  t.equal(await told(Buffer.concat([text, Buffer.of(0x20)])), `list.unpacked ${more} bytes`)
})

/** A comment that packs to about a hundredth of its length: what packs better is taken for a bomb. */
function padding(length: number): string {
  const [start, end] = ['<!--', '-->']
  const block = () => randomBytes(128).toString('hex').padEnd(16_384, ' ')
  const count = Math.ceil(length / 16_384)
  const text = Array.from({ length: count }, block).join('')
  return start + text.slice(0, length - start.length - end.length) + end
}

t.test('a part as large as is unpacked is read to its end, one byte more is refused', async (t) => {
  const around = '<worksheet><sheetData></sheetData></worksheet>'.length
  const last = row(`<c><v>${one}</v></c>`)
  const filler = padding(limits.listPartBytesMax - around - last.length)
  const atEdge = workbookOf(filler + last)
  t.ok(atEdge.length < limits.listBytesMax)
  t.equal(await told(atEdge), '1 rows')
  const more = limits.listPartBytesMax + 1
  t.equal(await told(workbookOf(`${filler} ${last}`)), `list.unpacked ${more} bytes`)
  const strings = padding(more - '<sst></sst>'.length)
  t.equal(await told(workbookOf(last, { strings })), `list.unpacked ${more} bytes`, 'of whatever part')
})

t.test('as many elements and as deep ones as are read, and one more', async (t) => {
  // <worksheet> and <sheetData> are two of them.
  const wide = (count: number) => workbookOf('<a/>'.repeat(count - 2))
  t.match(await told(wide(limits.listXmlElementsMax)), /^list\.empty /)
  t.equal(await told(wide(limits.listXmlElementsMax + 1)), 'list.unpacked элементов (elements)')
  const deep = (depth: number) => {
    const around = depth - 4
    const inner = row(`<c><v>${one}</v></c>`)
    return workbookOf('<a>'.repeat(around - 1) + inner + '</a>'.repeat(around - 1))
  }
  t.equal(await told(deep(limits.listXmlDepthMax)), '1 rows')
  t.equal(await told(deep(limits.listXmlDepthMax + 1)), 'list.unpacked глубина (depth)')
})

t.test('as many shared texts as are kept, and one more', async (t) => {
  const last = `<si><t>${one}</t></si>`
  const strings = (count: number) => '<si/>'.repeat(count - 1) + last
  const sheet = row(`<c t="s"><v>${limits.listStringsMax - 1}</v></c>`)
  t.equal(await told(workbookOf(sheet, { strings: strings(limits.listStringsMax) })), '1 rows')
  const more = workbookOf(sheet, { strings: strings(limits.listStringsMax + 1) })
  t.equal(await told(more), 'list.unpacked тексты (texts)')
})

t.test('rows of a workbook, and rows below as many titles as may stand above them', async (t) => {
  const { listRowsMax, listHeaderRowsMax } = limits
  const sheet = (count: number) => workbookOf(row(`<c><v>${one}</v></c>`).repeat(count))
  t.equal(await told(sheet(listRowsMax)), `${listRowsMax} rows`)
  t.match(await told(sheet(listRowsMax + 1)), `list.rows ${listRowsMax + 1}, `)

  const titles = 'x;\n'.repeat(listHeaderRowsMax - 1)
  const listed = Array.from({ length: listRowsMax }, (_, n) => `${innOf(n)};`).join('\n')
  const rows = await rowsOf(utf8(`${titles}ИНН;\n${listed}`))
  t.match(rows.at(-1), { number: listHeaderRowsMax + listRowsMax, inn: innOf(listRowsMax - 1) })
  const more = utf8(`${titles}ИНН;\n${listed}\n${one};`)
  t.match(await told(more), `list.rows ${listRowsMax + 1}, `)
})

t.test('columns and lengths of cells of a workbook', async (t) => {
  const [last, beyond] = ['IV', 'IW']
  const titled = (column: string) =>
    `<row><c r="A1"/><c r="${column}1" t="str"><v>ИНН</v></c></row>` +
    `<row><c r="A2" t="str"><v>x</v></c><c r="${column}2"><v>${one}</v></c></row>`
  t.equal(26 * 9 + 22, limits.listColumnsMax, 'IV is the last one')
  t.equal(await told(workbookOf(titled(last))), '1 rows')
  t.match(await told(workbookOf(titled(beyond))), /^list\.columns /)

  const long = 'я'.repeat(limits.listCellLengthMax)
  const head = row(cell('ИНН'), cell('Название'))
  const named = (n: number, name: string) => row(cell(innOf(n)), name)
  const strings = `<si><t>${long}</t></si><si><t>${long}я</t></si>`
  const shared = (index: number) => `<c t="s"><v>${index}</v></c>`
  const rows = [cell(long), cell(`${long}я`), shared(0), shared(1)].map((name, n) => named(n, name))
  t.strictSame(
    (await rowsOf(workbookOf(head + rows.join(''), { strings }))).map(({ name, fault }) => [
      name,
      fault?.code,
    ]),
    [
      [long, undefined],
      [long, 'list.row-cell'],
      [long, undefined],
      [long, 'list.row-cell'],
    ],
  )
})

t.test(
  'a cell that is cut in the middle of a character is faulty, and what is kept of it is text',
  async (t) => {
    const long = `${'я'.repeat(limits.listCellLengthMax - 1)}😀`
    const sheet = row(cell('ИНН'), cell('Название')) + row(cell(one), cell(long))
    for (const bytes of [workbookOf(sheet), utf8(`ИНН;Название\n${one};${long}\n`)]) {
      const [read] = await rowsOf(bytes)
      t.equal(read?.fault?.code, 'list.row-cell')
      t.equal(read?.name?.isWellFormed(), true)
    }
  },
)

t.test('a character that stands over the edge of a piece is read whole', async (t) => {
  const start = '<worksheet><sheetData>'.length
  const head = row(cell('ИНН'), cell('Название'))
  const before = start + head.length + 7 + `<row>${cell(one)}<c t="inlineStr"><is><t>`.length
  for (let shift = 0; shift < 6; shift += 1) {
    const blanks = ' '.repeat(limits.listPieceBytes - before - shift)
    const sheet = head + blanks + row(cell(one), cell('ООО «Ёлка 😀»'))
    t.match(await rowsOf(workbookOf(sheet)), [{ inn: one, name: 'ООО «Ёлка 😀»', fault: undefined }])
  }
})
