// Lists of organisations that people upload: every form and encoding, what is wrong in each row, hostile files.

import { Readable } from 'node:stream'
import t from 'tap'
import { csvLine } from '../../hub/lists/csv-write.ts'
import type { ListedOrganisation } from '../../hub/lists/organisations.ts'
import { readList } from '../../hub/lists/read.ts'
import { writeXlsx } from '../../hub/lists/xlsx-write.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { codeOf, in1251, innOf, workbookOf } from '../support/lists.ts'

const utf8 = (text: string) => Buffer.from(text, 'utf8')
const [one, two, three] = [innOf(1), innOf(2), innOf(3)]

async function rowsOf(bytes: Uint8Array): Promise<ListedOrganisation[]> {
  const rows = await readList(bytes)
  if (isRefusal(rows)) throw new Error(JSON.stringify(rows))
  return rows
}

const short = (rows: readonly ListedOrganisation[]) =>
  rows.map(({ number, inn, kpp, email, name, fault }) => [number, inn, kpp, email, name, fault?.code])

t.test('reads numbers one in a line, numbered as the lines are', async (t) => {
  t.strictSame(short(await rowsOf(utf8(`${one}\r\n\r\n${two}\n`))), [
    [1, one, undefined, undefined, undefined, undefined],
    [3, two, undefined, undefined, undefined, undefined],
  ])
})

t.test('reads several numbers of a line, numbered by their places', async (t) => {
  const rows = await rowsOf(utf8(`${one}, ${two};770708389\n${three}`))
  t.strictSame(
    rows.map(({ number, inn, fault }) => [number, inn, fault?.code]),
    [
      [1, one, undefined],
      [2, two, undefined],
      [3, '770708389', 'inn.form'],
      [4, three, undefined],
    ],
  )
})

t.test('takes ИНН and КПП side by side without a header for a table', async (t) => {
  t.strictSame(short(await rowsOf(utf8(`${one};770701001\n${two};770701001`))), [
    [1, one, '770701001', undefined, undefined, undefined],
    [2, two, '770701001', undefined, undefined, undefined],
  ])
})

t.test(
  'reads CSV by its header, whatever separates the cells and in whatever order they stand',
  async (t) => {
    for (const separator of [';', ',', '\t']) {
      const lines = [
        ['Наименование организации', 'E-mail', 'КПП', 'ИНН'],
        ['"ООО ""Ромашка"", и сын\nфилиал"', 'a@b.example', '770701001', one],
        ['ООО "Лютик"', '', '', two],
      ]
      const text = lines.map((cells) => cells.join(separator)).join('\r\n')
      t.strictSame(short(await rowsOf(utf8(text))), [
        [2, one, '770701001', 'a@b.example', 'ООО "Ромашка", и сын филиал', undefined],
        [3, two, undefined, undefined, 'ООО "Лютик"', undefined],
      ])
    }
  },
)

t.test('passes titles above the header, empty rows and the line that names the separator', async (t) => {
  const text = `sep=,\nКонтрагенты на 01.10\n,,\nИНН контрагента,КПП\n${one},770701001\n,\n${two},-\n`
  t.strictSame(short(await rowsOf(utf8(text))), [
    [5, one, '770701001', undefined, undefined, undefined],
    [7, two, undefined, undefined, undefined, undefined],
  ])
})

t.test('reads a table without a header by what its cells look like', async (t) => {
  const text = `1;ООО Ромашка;${one};770701001;a@b.example\n2;ИП Иванов;500100732259;;\n`
  t.strictSame(short(await rowsOf(utf8(text))), [
    [1, one, '770701001', 'a@b.example', 'ООО Ромашка', undefined],
    [2, '500100732259', undefined, undefined, 'ИП Иванов', undefined],
  ])
})

t.test('reads UTF-8 with and without a mark, UTF-16 with one, and windows-1251', async (t) => {
  const text = `ИНН;Название\r\n${one};Ёлки «Палки» № 1\r\n`
  const little = Buffer.from(text, 'utf16le')
  const files = {
    plain: utf8(text),
    marked: utf8(`\ufeff${text}`),
    little: Buffer.concat([Buffer.of(0xff, 0xfe), little]),
    big: Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(little).swap16()]),
    cyrillic: in1251(text),
  }
  for (const [name, bytes] of Object.entries(files)) {
    t.strictSame((await rowsOf(bytes))[0]?.name, 'Ёлки «Палки» № 1', name)
  }
})

t.test(
  'refuses encodings it cannot know: UTF-16 without a mark, other alphabets, broken bytes',
  async (t) => {
    const text = `ИНН\n${one}\n`
    t.equal(await codeOf(Buffer.from(text, 'utf16le')), 'list.encoding')
    t.equal(await codeOf(Buffer.from(`INN;name\n${one};\xe0 b\x98\n`, 'latin1')), 'list.encoding')
    t.equal(await codeOf(Buffer.from(`INN;name\n${one};\xa8\x83\xa1\x90\n`, 'latin1')), 'list.encoding')
    t.equal(await codeOf(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), in1251(text)])), 'list.encoding')
    t.equal(await codeOf(Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.of(0x00, 0xd8)])), 'list.encoding')
  },
)

t.test('says of every row what is wrong with it', async (t) => {
  const wrong = `${one.slice(0, 9)}${(Number(one[9]) + 1) % 10}`
  const long = 'я'.repeat(limits.listCellLengthMax)
  const lines = [
    'ИНН;КПП;Почта;Название',
    `${one};770701001;a@b.example;`,
    `${wrong};;;`,
    '12;;;',
    ';;;безымянный',
    `${two};77;;`,
    `500100732259;770701001;;`,
    `${two};;не почта;`,
    `="${two}";;;`,
    `${one};770701001;;`,
    `${one};770702001;;`,
    `${two};;;${long}`,
    `${three};;;${long}я`,
    `${innOf(4)};;;a\u0007`,
    `${innOf(5)};;;=1+1`,
  ]
  const rows = await rowsOf(utf8(lines.join('\n')))
  t.strictSame(
    rows.map(({ number, fault }) => [number, fault?.code]),
    [
      [2, undefined],
      [3, 'inn.check-digit'],
      [4, 'inn.form'],
      [5, 'list.row-inn'],
      [6, 'kpp.form'],
      [7, 'kpp.of-a-person'],
      [8, 'list.row-email'],
      [9, 'list.row-formula'],
      [10, 'list.row-doubled'],
      [11, undefined],
      [12, undefined],
      [13, 'list.row-cell'],
      [14, 'list.row-cell'],
      [15, 'list.row-formula'],
    ],
  )
  t.equal(rows[8]?.fault?.seen, '2', 'the row that counts is named')
})

t.test('gives the zero back that a spreadsheet dropped, where the check digits say so', async (t) => {
  const rows = await rowsOf(utf8('ИНН;КПП\n105003841;10501001\n'))
  t.strictSame(short(rows), [[2, '0105003841', '010501001', undefined, undefined, undefined]])
})

t.test('refuses a list without rows, without ИНН, and a quotation without an end', async (t) => {
  t.equal(await codeOf(utf8('')), 'list.empty')
  t.equal(await codeOf(utf8(' \n;;\n')), 'list.empty')
  t.equal(await codeOf(utf8('ИНН;КПП\n')), 'list.empty')
  t.equal(await codeOf(utf8('имя;адрес\nа;б\n')), 'list.columns')
  t.equal(await codeOf(utf8(`ИНН;имя\n${one};"а\n`)), 'list.broken')
})

t.test('refuses a list of more bytes or rows than the limit says', async (t) => {
  t.equal(await codeOf(Buffer.alloc(limits.listBytesMax + 1, '1')), 'list.unpacked')
  t.equal(await codeOf(Buffer.from(`${one}\n`.repeat(limits.listRowsMax + 1))), 'list.rows')
})

t.test('keeps no more columns than the limit says', async (t) => {
  const atEdge = `${'a;'.repeat(limits.listColumnsMax - 1)}ИНН\n${';'.repeat(limits.listColumnsMax - 1)}${one}\n`
  t.equal(await codeOf(utf8(atEdge)), '1 rows')
  t.equal(await codeOf(utf8(`;${atEdge.replace('\n', '\n;')}`)), 'list.columns')
})

t.test('looks for the header in the first rows only', async (t) => {
  const titles = (count: number) => 'x;\n'.repeat(count)
  t.equal(await codeOf(utf8(`${titles(limits.listHeaderRowsMax - 1)}ИНН;\n12;\n`)), '1 rows')
  t.equal(await codeOf(utf8(`${titles(limits.listHeaderRowsMax)}ИНН;\n12;\n`)), 'list.columns')
})

t.test(
  'reads the first visible sheet of a workbook: texts, numbers, dates, what is pronounced',
  async (t) => {
    const sheet =
      '<row r="3"><c r="B3" t="s"><v>0</v></c><c r="D3" t="s"><v>1</v></c><c r="E3" t="inlineStr"><is><t>КПП</t></is></c></row>' +
      `<row r="5"><c r="B5"><v>${one}</v></c><c r="D5" t="s"><v>2</v></c><c r="E5" t="str"><v>770701001</v></c></row>` +
      `<row r="6"><c r="B6"><v>7.707083893E9</v></c><c r="D6"><v>45123</v></c><c r="G6"><f>NOW()</f><v>1</v></c></row>` +
      '<row r="7"><c r="B7"><v>7707083893.0</v></c></row><row><c/></row>'
    const strings =
      '<si><t>ИНН</t></si><si><t>Наименование</t></si>' +
      '<si><r><rPr/><t>ООО </t></r><r><t>Ромашка</t></r><rPh sb="0" eb="1"><t>чуждое</t></rPh></si>'
    const hidden = '<sheet name="a" state="hidden" r:id="rId3"/><sheet name="b" r:id="rId1"/>'
    for (const sheets of ['<sheet name="b" r:id="rId1"/>', hidden]) {
      t.strictSame(short(await rowsOf(workbookOf(sheet, { strings, sheets }))), [
        [5, one, '770701001', undefined, 'ООО Ромашка', undefined],
        [6, '7707083893', undefined, undefined, '45123', undefined],
        [7, '7707083893', undefined, undefined, undefined, 'list.row-doubled'],
      ])
    }
  },
)

t.test('takes no formula of a workbook for a value, with or without a cached one', async (t) => {
  const sheet =
    '<row><c t="inlineStr"><is><t>ИНН</t></is></c></row>' +
    `<row><c><f>A1</f><v>${one}</v></c></row><row><c><f>WEBSERVICE("http://x")</f></c></row>` +
    `<row><c><v>${two}</v></c><c><f>1+1</f><v>2</v></c></row>`
  t.strictSame(
    (await rowsOf(workbookOf(sheet))).map(({ number, fault }) => [number, fault?.code]),
    [
      [2, 'list.row-formula'],
      [3, 'list.row-formula'],
      [4, undefined],
    ],
  )
})

t.test('refuses workbooks with a DOCTYPE, foreign parts, missing parts, or what is no XML', async (t) => {
  const sheet = `<row><c><v>${one}</v></c></row>`
  t.equal(await codeOf(workbookOf(sheet)), '1 rows')
  const broken = {
    'an entity': {
      'xl/worksheets/sheet1.xml': `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`,
    },
    'an unknown entity': { 'xl/worksheets/sheet1.xml': '<worksheet>&x;</worksheet>' },
    'no sheet': { 'xl/worksheets/sheet1.xml': undefined },
    'no workbook': { 'xl/workbook.xml': undefined },
    'no links': { 'xl/_rels/workbook.xml.rels': undefined },
    'a foreign sheet': {
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="rId1" TargetMode="External" Target="http://x.example/"/></Relationships>',
    },
    'no XML': { 'xl/sharedStrings.xml': '<sst><si></sst>' },
    'no UTF-8': { 'xl/workbook.xml': '\ufffd'.repeat(2) },
  }
  for (const [name, parts] of Object.entries(broken)) {
    t.equal(await codeOf(workbookOf(sheet, { parts })), 'list.broken', name)
  }
  const whole = workbookOf(sheet)
  t.equal(await codeOf(whole.subarray(0, whole.length - 30)), 'list.broken', 'cut short')
})

t.test('refuses a workbook that is deeper than is read', async (t) => {
  const deep = '<a>'.repeat(limits.listXmlDepthMax + 1)
  t.equal(await codeOf(workbookOf(deep)), 'list.unpacked', 'depth')
})

t.test('tells of a workbook with too many rows how many there are', async (t) => {
  const sheet = (count: number) => workbookOf(`<row><c><v>${one}</v></c></row>`.repeat(count))
  t.match(await readList(sheet(limits.listRowsMax + 50)), { code: 'list.rows', seen: /^100050, / })
})

t.test('writes cells that no program takes for formulas', async (t) => {
  for (const cell of ['=1', '+1', '-1', '@a', '\t=1', ' =1', '\r=1']) {
    const line = csvLine([cell, 'x'])
    t.match(line, /^"?'/, JSON.stringify(cell))
  }
  t.equal(csvLine(['ООО "А"', '', 'a;b']), '"ООО ""А""";;"a;b"\r\n')
  const name = '=HYPERLINK("http://x")<&>'
  const rows = [
    ['Название', 'ИНН'],
    [name, '0105003841'],
    ['a\u0000b', one],
  ]
  const sheet = { name: 'Лист "1"', pages: [rows.slice(0, 2), rows.slice(2)], widths: [20] }
  const book = Buffer.concat(await Readable.from(writeXlsx([sheet])).toArray())
  t.notMatch(book.toString('latin1'), '<f>')
  t.strictSame(short(await rowsOf(book)), [
    [2, '0105003841', undefined, undefined, name, undefined],
    [3, one, undefined, undefined, 'ab', undefined],
  ])
})
