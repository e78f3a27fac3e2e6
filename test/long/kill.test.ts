// A hub that is killed at random under traffic, in small; the whole drill is test/services/kill-drill.test.ts.

import t from 'tap'
import { runDrill } from '../drill/drill.ts'
import { seededRandom } from '../support/random.ts'

t.setTimeout(240_000)

t.test(
  'what was answered 200 arrives once and is told once, though the hub is killed three times',
  async (t) => {
    const { seed } = seededRandom()
    t.comment(`seed ${seed}`)
    const report = await runDrill({ messages: 150, kills: 3, seed, say: (line) => t.comment(line) })
    t.strictSame(report.faults, [])
    t.equal(report.kills, 3)
  },
)
