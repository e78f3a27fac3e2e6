// The whole drill: 2 000 messages through a hub that is killed ten times at random, at times with its database.

import t from 'tap'
import { runDrill } from '../drill/drill.ts'
import { seededRandom } from '../support/random.ts'

t.setTimeout(290_000)

t.test('of 2 000 messages none is lost or doubled by ten kills', async (t) => {
  const { seed } = seededRandom()
  t.comment(`seed ${seed}`)
  const report = await runDrill({ messages: 2000, kills: 10, seed, say: (line) => t.comment(line) })
  t.strictSame(report.faults, [])
  t.equal(report.kills, 10)
  t.comment(`listening again after ${report.listeningMs.join(', ')} ms`)
  t.comment(`delivering again after ${report.firstDeliveryMs.join(', ')} ms`)
})
