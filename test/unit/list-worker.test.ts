// Lists read by a worker thread: the same comes of it as of reading them here.

import t from 'tap'
import { readList } from '../../hub/lists/read.ts'
import { startWorkers } from '../../hub/workers/pool.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { innOf, workbookOf } from '../support/lists.ts'

const workers = startWorkers({ identities: [], threads: 1 })
t.teardown(() => workers.close())

const rows = (count: number) => Array.from({ length: count }, (_, n) => innOf(n))
const cells = (count: number) => rows(count).map((inn) => `<row><c><v>${inn}</v></c></row>`)
const utf8 = (text: string) => Buffer.from(text)

const lists: Readonly<Record<string, Uint8Array>> = {
  'a list with faults and without': utf8(
    `ИНН;Почта;Название\n${innOf(1)};a@b.example;Ёлка\n12;;\n${innOf(1)};;`,
  ),
  'one piece': utf8(rows(limits.listTurnRows).join('\n')),
  'one row more than a piece': utf8(rows(limits.listTurnRows + 1).join('\n')),
  'a workbook': workbookOf(cells(2 * limits.listTurnRows + 5).join('')),
  'no list': utf8('привет'),
  'a broken workbook': Buffer.from('PK\u0003\u0004 and nothing else'),
  'an empty one': utf8(''),
}

for (const [name, bytes] of Object.entries(lists)) {
  t.test(`a worker reads the same of ${name}`, async (t) => {
    const [there, here] = [await workers.readList(bytes), await readList(bytes)]
    t.strictSame(there, here)
    t.equal(isRefusal(there), /no list|broken|empty/.test(name))
  })
}
