// Learning subscribers from traffic: every delivery counts exactly once, whoever runs twice or crashes where.

import t, { type Test } from 'tap'
import { learnOnce } from '../../hub/directory/learn.ts'
import { journalMaker, type PipelineContext } from '../../hub/pipeline/context.ts'
import { moveMessage } from '../../hub/pipeline/run/moves.ts'
import type { Change } from '../../hub/store/hot/change.ts'
import type { MessageRow } from '../../hub/store/hot/rows.ts'
import { acquireLease, type Lease } from '../../hub/store/lease.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type RefusalCode } from '../../schemas/refusals.ts'
import { messageRow, startTestPlane } from '../support/admin-plane.ts'
import { untilBehindAll } from '../support/horizon.ts'

async function open(t: Test) {
  const plane = await startTestPlane(t)
  const lease = await acquireLease(plane.store, { name: 'directory-learning', owner: '1' })
  if (lease === undefined) throw new Error('the lease is taken')
  plane.context.settings.homeCodes = ['2AB']
  const write = async (change: Change) => {
    await plane.write(change)
    await untilBehindAll(plane.store)
  }
  return { ...plane, write, writeAtOnce: plane.write, lease }
}

/** A message that ended, with the entry the runner writes. */
function ended(
  context: PipelineContext,
  to: 'delivered' | 'refused',
  over: Partial<MessageRow> & { reason?: RefusalCode } = {},
): Change {
  const message = messageRow({ ...over, state: to, state_at: new Date() })
  const facts = { event: 'x', from: 'sent', to, peer: 'pa', wireId: '\u0000', reason: over.reason }
  const entry = journalMaker(context, new Date())('message.moved', message.id, facts)
  return { messages: [message], journal: [entry] }
}

async function subscribers(store: { query(text: string): Promise<{ rows: object[] }> }) {
  const text =
    'select key, state, sources, inn, name, delivered::int, failed::int from subscriber order by key'
  return (await store.query(text)).rows
}

async function learn(context: PipelineContext, lease: Lease) {
  const learned = await learnOnce(context, lease)
  if (isRefusal(learned)) throw new Error(learned.code)
  return learned
}

t.test('a delivered message makes both sides known, and counts once however often it is read', async (t) => {
  const { context, store, write, lease } = await open(t)
  await write(ended(context, 'delivered', { sender: '2AB-Own', recipient: '2ZB-box' }))
  t.equal((await learn(context, lease)).messages, 1)
  const wanted = [
    { key: '2ab-own', state: 'active', sources: ['traffic'], delivered: 0, failed: 0 },
    { key: '2zb-box', state: 'known', sources: ['traffic'], delivered: 1, failed: 0 },
  ]
  t.match(await subscribers(store), wanted)
  t.equal((await learn(context, lease)).messages, 0)
  await write(ended(context, 'delivered', { sender: '2ZB-BOX', recipient: '2AB-own' }))
  await Promise.all([learn(context, lease), learn(context, lease), learn(context, lease)])
  t.match(await subscribers(store), [
    { key: '2ab-own', delivered: 1 },
    { key: '2zb-box', delivered: 1 },
  ])
})

t.test('a refusal counts against a known box that refused, and makes nobody known', async (t) => {
  const { context, store, write, lease } = await open(t)
  await write(ended(context, 'delivered', { recipient: '2ZB-box' }))
  await write(ended(context, 'refused', { recipient: '2ZB-box', reason: 'next.error' }))
  await write(ended(context, 'refused', { recipient: '2ZB-box', reason: 'route.no-peer' }))
  await write(ended(context, 'refused', { recipient: '2ZB-slip', reason: 'next.error' }))
  await write(ended(context, 'refused', { recipient: '2ZB-box', reason: 'toString' as RefusalCode }))
  await learn(context, lease)
  const found = await subscribers(store)
  t.match(found, [{ key: '2za-sender' }, { key: '2zb-box', delivered: 1, failed: 1 }])
  t.equal(found.length, 2)
})

t.test('an invitation says who its sender is, and nothing of whom it is for', async (t) => {
  const { context, store, write, lease } = await open(t)
  const change = ended(context, 'delivered', { kind: 'invitation', sender: '2ZA-1', recipient: '2ZB-1' })
  const invitation = {
    message: change.messages?.[0]?.id ?? '',
    type: 'ask' as const,
    sent_at: '2026-11-27T10:00:00Z',
    from_id: '2ZA-1',
    from_inn: '7707083893',
    from_kpp: '770701001',
    from_name: `Имя ${'х'.repeat(2 * limits.subscriberNameLengthMax)}`,
    to_id: '2ZB-1',
    to_inn: '7713076301',
    to_kpp: null,
    to_name: 'Чужое имя',
  }
  await write({ ...change, invitations: [invitation] })
  await learn(context, lease)
  const found = (await subscribers(store)) as { name: string | null }[]
  t.match(found, [
    { key: '2za-1', inn: '7707083893', sources: ['invitation', 'traffic'] },
    { key: '2zb-1', inn: null, name: null, sources: ['traffic'] },
  ])
  t.equal(found[0]?.name?.length, limits.subscriberNameLengthMax)
})

t.test('what a transaction that still runs has written is not passed over', async (t) => {
  const { context, store, writeAtOnce, lease } = await open(t)
  await store.transaction(async (sql) => {
    await sql.query('select pg_current_xact_id()')
    await writeAtOnce(ended(context, 'delivered', { recipient: '2ZB-later' }))
    t.equal((await learn(context, lease)).messages, 0, 'it is behind a transaction that runs')
  })
  await untilBehindAll(store)
  t.equal((await learn(context, lease)).messages, 1)
})

t.test('a batch that fails leaves counts and cursor as they were, and counts once after that', async (t) => {
  const { context, store, write, lease } = await open(t)
  await write(ended(context, 'delivered', { recipient: '2ZB-box' }))
  await store.query("alter table subscriber add constraint broken check (key <> '2zb-box')")
  await t.rejects(learnOnce(context, lease))
  t.same(await subscribers(store), [])
  await store.query('alter table subscriber drop constraint broken')
  await learn(context, lease)
  t.match(await subscribers(store), [{}, { key: '2zb-box', delivered: 1 }])
})

t.test('who lost the lease writes nothing', async (t) => {
  const { context, store, write, lease } = await open(t)
  await write(ended(context, 'delivered'))
  await t.rejects(learnOnce(context, { ...lease, token: lease.token + 1 }), { message: /was lost/ })
  t.same(await subscribers(store), [])
})

t.test('more entries than a batch takes are counted, a transaction whole', async (t) => {
  const { context, store, write, lease } = await open(t)
  const half = Math.ceil(limits.foldEntriesMax / 2) + 1
  const noise = (count: number): Change => ({
    journal: Array.from({ length: count }, () =>
      journalMaker(context, new Date())('message.noted', undefined, {}),
    ),
  })
  for (let n = 0; n < 3; n += 1) {
    const change = ended(context, 'delivered', { recipient: '2ZB-box' })
    await write({ ...change, journal: [...(noise(half).journal ?? []), ...(change.journal ?? [])] })
  }
  t.match(await learn(context, lease), { messages: 3, isCaughtUp: true })
  t.match(await subscribers(store), [{}, { key: '2zb-box', delivered: 3 }])
})

t.test('a server whose transactions are behind the cursor is refused, not counted again', async (t) => {
  const { context, store, lease } = await open(t)
  await store.query("update directory_cursor set to_xid = '999999999999'")
  t.match(await learnOnce(context, lease), { code: 'journal.moved' })
})

t.test('the runner writes the entries that learning reads', async (t) => {
  const { context } = await open(t)
  const moveContext = {
    now: new Date(),
    newId: () => context.clock.newId(),
    answerKey: () => 'k',
    gatherMs: () => 0,
    receiptWithinMs: () => 0,
    overdueHoldMs: () => 0,
    recheckMs: 0,
    parentWithinMs: 0,
    linkMessageWaitMs: 0,
    linkVersionWaitMs: 0,
  }
  const moved = moveMessage(messageRow(), { event: 'refused', reason: 'route.no-peer' }, moveContext)
  t.match(moved.change.journal, [
    { kind: 'message.moved', subject: String, facts: { to: 'refused', reason: 'route.no-peer' } },
  ])
})
