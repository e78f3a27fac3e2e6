// Lists of organisations as long and workbooks as large as is read, and what is said of larger ones.

import t from 'tap'
import { readList } from '../../hub/lists/read.ts'
import { limits } from '../../schemas/limits.ts'
import { codeOf, innOf, workbookOf } from '../support/lists.ts'

t.test('takes as many rows as the limit says and tells of more how many there are', async (t) => {
  const lines = Array.from({ length: limits.listRowsMax }, (_, n) => innOf(n)).join('\n')
  t.equal(await codeOf(Buffer.from(lines)), `${limits.listRowsMax} rows`)
  const more = await readList(Buffer.from(`ИНН\n${lines}\n${innOf(limits.listRowsMax)}`))
  t.match(more, { code: 'list.rows', seen: `${limits.listRowsMax + 1}, не больше (at most) 100000` })
  const million = Buffer.from(`${innOf(1)}\n`.repeat(1_000_000))
  t.match(await readList(million), { code: 'list.rows', seen: /^1000000, / })
})

t.test('refuses workbooks that unpack to more than is read', async (t) => {
  const wide = workbookOf('<a/>'.repeat(limits.listXmlElementsMax))
  t.equal(await codeOf(wide), 'list.unpacked', 'elements')
  const count = limits.listStringsLengthMax / limits.listCellLengthMax
  const text = (_: unknown, n: number) => `<si><t>${String(n).padEnd(limits.listCellLengthMax, 'x')}</t></si>`
  const strings = (n: number) => workbookOf('', { strings: Array.from({ length: n }, text).join('') })
  t.equal(await codeOf(strings(count + 1)), 'list.unpacked', 'texts')
  t.equal(await codeOf(strings(count)), 'list.empty', 'texts at the edge')
})
