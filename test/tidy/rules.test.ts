// Every rule of the relay that applies has a test named after it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { project, sourceFiles } from './source-files.ts'

/** Numbers of the rules the code cites that are built by now. */
const rulesBuilt = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ...[16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32],
]

t.test('every rule has a test that begins with its number', async (t) => {
  const named = new Set<number>()
  for (const file of sourceFiles().filter((name) => name.endsWith('.test.ts'))) {
    for (const [, numbers = ''] of readFileSync(join(project, file), 'utf8').matchAll(
      /['"`]RULES ([\d, and]+):/g,
    )) {
      for (const number of numbers.match(/\d+/g) ?? []) named.add(Number(number))
    }
  }
  t.strictSame(
    rulesBuilt.filter((rule) => !named.has(rule)),
    [],
  )
})
