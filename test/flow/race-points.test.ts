// A hub that is killed once between any two things that are durable or seen outside.

import t from 'tap'
import { allRacePoints, runRace } from '../drill/race.ts'
import { seededRandom } from '../support/random.ts'

t.test('a kill at any named point of the pipeline loses nothing and doubles nothing', async (t) => {
  const { seed } = seededRandom()
  t.comment(`seed ${seed}`)
  const faults = await runRace({
    points: allRacePoints,
    messagesPerPoint: 6,
    seed,
    say: (line) => t.comment(line),
  })
  t.strictSame(faults, [])
})
