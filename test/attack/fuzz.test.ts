// A short run of every fuzz target; `npm run fuzz` does the long ones.

import t from 'tap'
import { fuzz } from '../fuzz/fuzz.ts'
import { sharesOf } from '../fuzz/shares.ts'
import { targets } from '../fuzz/targets.ts'
import { seededRandom } from '../support/random.ts'

const { seed } = seededRandom()
const inputsOfAll = 20_000

for (const [target, inputs] of sharesOf(targets, inputsOfAll)) {
  t.test(
    `${target.name}: nothing throws, takes too many steps or passes although it was changed`,
    async (t) => {
      t.comment(`seed ${seed}`)
      const report = fuzz(target, { inputs, seed })
      t.strictSame(report.failures, [])
      t.ok(report.outcomes.size > 1, 'the inputs reach different outcomes')
      t.ok(report.steepest > 0 && report.steepest <= 1)
      t.comment(`${Math.round(100 * report.steepest)} % of the steps allowed at most`)
      t.comment(JSON.stringify(Object.fromEntries(report.outcomes)))
    },
  )
}
