// A hub that is killed once between any two things that are durable or seen outside.

import t from 'tap'
import { allRacePoints, runRace } from '../drill/race.ts'
import { seededRandom } from '../support/random.ts'
import { startRelay } from '../support/relay.ts'

t.setTimeout(290_000)

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

t.test(
  'what receipts say and that they were read is one commit, so that no second reading is late',
  async (t) => {
    const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
    const [a, b] = relay.partners
    const { message } = await relay.send(a, b)
    await a.record.waitForReceipt(message.id)
    await relay.waitForEntry('receipts.read')
    const { rows } = await relay.hub.store.query<{ commits: number; entries: number }>(
      'select count(distinct xid)::int as commits, count(*)::int as entries from journal ' +
        "where kind = 'receipts.read' or entry::jsonb -> 'facts' ->> 'event' = 'receipt-success'",
    )
    t.strictSame(rows, [{ commits: 1, entries: 2 }])
  },
)
