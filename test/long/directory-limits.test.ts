// Limits of the directory of subscribers at both sides of their edges, on a database.

import t from 'tap'
import { learnOnce } from '../../hub/directory/learn.ts'
import { subscribersOf } from '../../hub/links/subscribers-of.ts'
import { journalMaker } from '../../hub/pipeline/context.ts'
import { forgetLookUps, keepLookUp, readLookUp } from '../../hub/store/directory/look-ups.ts'
import { acquireLease } from '../../hub/store/lease.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { messageRow, startTestPlane } from '../support/admin-plane.ts'
import { untilBehindAll } from '../support/horizon.ts'

async function open(t: Parameters<typeof startTestPlane>[0]) {
  const plane = await startTestPlane(t)
  plane.context.settings.homeCodes = ['2AB']
  const lease = await acquireLease(plane.store, { name: 'directory-learning', owner: '1' })
  if (lease === undefined) throw new Error('the lease is taken')
  const learn = async () => {
    await untilBehindAll(plane.store)
    const learned = await learnOnce(plane.context, lease)
    if (isRefusal(learned)) throw new Error(learned.code)
    return learned
  }
  return { ...plane, learn }
}

type Open = Awaited<ReturnType<typeof open>>

/** A delivered message, with the entry that says so. */
function delivered({ context }: Open, over: Parameters<typeof messageRow>[0] = {}) {
  const message = messageRow({ ...over, state: 'delivered', state_at: new Date() })
  const facts = { event: 'x', from: 'sent', to: 'delivered', peer: 'pa' }
  const entry = journalMaker(context, new Date())('message.moved', message.id, facts)
  return { messages: [message], journal: [entry] }
}

t.test(
  'a run that took as many batches as it may tells that there is more, and the next goes on',
  async (t) => {
    const hub = await open(t)
    // Entries of one transaction are never divided: each of these fills a batch.
    const batch = async () => {
      const { messages, journal } = delivered(hub, { recipient: '2ZB-box' })
      const noise = Array.from({ length: limits.foldEntriesMax - 1 }, () =>
        journalMaker(hub.context, new Date())('message.noted', undefined, {}),
      )
      await hub.write({ messages, journal: [...noise, ...journal] })
    }
    for (let n = 0; n < limits.foldBatchesMax - 1; n += 1) await batch()
    // The horizon stands behind the last one: only a batch more says that nothing follows.
    t.same(await hub.learn(), { messages: limits.foldBatchesMax - 1, isCaughtUp: true })
    for (let n = 0; n < limits.foldBatchesMax + 1; n += 1) await batch()
    t.same(await hub.learn(), { messages: limits.foldBatchesMax, isCaughtUp: false })
    t.same(await hub.learn(), { messages: 1, isCaughtUp: true })
    const { rows } = await hub.store.query("select delivered::int from subscriber where key = '2zb-box'")
    t.same(rows, [{ delivered: 2 * limits.foldBatchesMax }], 'each counts once')
  },
)

t.test('so many old answers are forgotten at once, the oldest first, the rest by the next run', async (t) => {
  const { store } = await open(t)
  const max = limits.lookUpsForgottenAtOnceMax
  const before = new Date('2026-10-01T00:00:00Z')
  await keepLookUp(store, { key: 'fresh', status: 'ok', ids: [], asked_at: before })
  await store.query(
    "insert into participant_look_up (key, status, ids, asked_at) select 'old ' || n, 'not-found', '{}', " +
      "timestamptz '2026-09-01' - n * interval '1 second' from generate_series(0, $1::int) n",
    [max],
  )
  t.equal(await forgetLookUps(store, before), max)
  t.ok(await readLookUp(store, 'old 0'), 'the youngest of the old is left')
  t.equal(await forgetLookUps(store, before), 1)
  t.equal(await forgetLookUps(store, before), 0)
  t.ok(await readLookUp(store, 'fresh'))
})

t.test('names others say of themselves are kept up to their limit, cut between characters', async (t) => {
  const hub = await open(t)
  const max = limits.subscriberNameLengthMax
  const names: [string, string][] = [
    ['я'.repeat(max), 'я'.repeat(max)],
    ['я'.repeat(max + 1), 'я'.repeat(max)],
    [`${'я'.repeat(max - 1)}😀`, 'я'.repeat(max - 1)],
    [`${'я'.repeat(max - 2)}😀я`, `${'я'.repeat(max - 2)}😀`],
  ]
  const invitation = (n: number, name: string) => ({
    type: 'ask' as const,
    sent_at: '2026-11-27T10:00:00Z',
    from_id: `2ZA-${n}`,
    from_inn: '7707083893',
    from_kpp: null,
    from_name: name,
    to_id: `2ZB-${n}`,
    to_inn: null,
    to_kpp: null,
    to_name: null,
  })
  for (const [n, [name, kept]] of names.entries()) {
    const one = invitation(n, name)
    const change = delivered(hub, { kind: 'invitation', sender: one.from_id, recipient: one.to_id })
    await hub.write({ ...change, invitations: [{ ...one, message: change.messages[0]?.id ?? '' }] })
    const seen = subscribersOf(hub.context, one, new Date())
    t.equal(seen[0]?.name, kept, 'as links see it')
    await hub.write({ subscribers: seen })
  }
  t.equal((await hub.learn()).messages, names.length)
  const { rows } = await hub.store.query("select name from subscriber where code = '2ZA' order by key")
  t.same(
    rows.map(({ name }) => name),
    names.map(([, kept]) => kept),
  )
})
