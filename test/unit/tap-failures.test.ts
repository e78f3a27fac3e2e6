// What a run tells of its failures: enough to know what happened without its files.

import t from 'tap'
import { failuresOf } from '../support/tap-failures.ts'

const failed = `TAP version 14
# Subtest: a drill
    # seed 5
    # kill 1
    ok 1 - before
    not ok 2 - should be equivalent strictly
      ---
      diff: |
        +  "a message was lost",
      at:
        lineNumber: 2
      stack: |
        somewhere
      ...
    1..2
not ok 1 - a drill # time=12ms
# Subtest: another
    # seed 6
    ok 1 - fine
ok 2 - another
`

t.test('tells the seed, the assertion and its difference, and no stack', async (t) => {
  t.strictSame(failuresOf(failed), [
    '    # seed 5',
    '    # kill 1',
    '    not ok 2 - should be equivalent strictly',
    '      diff: |',
    '        +  "a message was lost",',
    '      at:',
    '        lineNumber: 2',
    'not ok 1 - a drill # time=12ms',
  ])
})

t.test('a run without failures tells nothing, and a long story is cut', async (t) => {
  t.strictSame(failuresOf('TAP version 14\nok 1 - fine\n'), [])
  const story = Array.from({ length: 500 }, (_, index) => `      line ${index}`).join('\n')
  const told = failuresOf(`    not ok 1 - long\n      ---\n${story}\n      ...\n`)
  t.equal(told.length, 61)
  t.equal(told.at(-1), '      line 59')
})
