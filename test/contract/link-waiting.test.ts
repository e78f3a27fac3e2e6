// What waits for links against a real PostgreSQL: parked rows, wake-ups in the commit that changes something, what is known.

import t from 'tap'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import type { WorkRow } from '../../hub/store/hot/rows.ts'
import { linkWaitLane } from '../../hub/store/hot/rows.ts'
import { newRowId } from '../../hub/store/ids.ts'
import type { LinkRow } from '../../hub/store/links/rows.ts'
import { readLinkFacts, readLinkWait, readStandIn } from '../../hub/store/links/waits.ts'
import type { SqlStore } from '../../hub/store/sql.ts'
import { noLink } from '../../routing/link.ts'
import { limits } from '../../schemas/limits.ts'
import { messageRow } from '../support/admin-plane.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { inviteRow, unclaimedRow } from '../support/invite-rows.ts'

const far = new Date(Date.now() + 3_600_000)
const committerOf = (store: SqlStore) => makeCommitter({ store, node: '1', isOutage: () => false })

const workRow = (id: string, lane = linkWaitLane): WorkRow => ({
  id,
  hop: 'process',
  lane,
  batch_key: '',
  package: null,
  bytes: 0,
  due_at: far,
  attempt: 0,
  owner: '0',
  created_at: new Date(),
})
const waitRow = (message: string, over: { invite?: string; first?: string; second?: string } = {}) => ({
  message,
  first_key: over.first ?? '2ab-a',
  second_key: over.second ?? '2zb-b',
  invite: over.invite ?? null,
  is_wanted: true,
  deadline_at: far,
  places: null,
})
const linkRow = (over: Partial<LinkRow> = {}): LinkRow => ({
  id: newRowId(),
  first_key: '2ab-a',
  second_key: '2zb-b',
  first_id: '2AB-a',
  second_id: '2ZB-b',
  cell: 'linked',
  before: null,
  base: noLink,
  sayings: [],
  changed_at: new Date(),
  linked_at: null,
  deadline_at: null,
  version: 1,
  ...over,
})
/** Which of the rows are due now. */
async function woken(store: SqlStore): Promise<Set<string>> {
  const { rows } = await store.query('select id from work where due_at < $1', [
    new Date(far.getTime() - 60_000),
  ])
  return new Set(rows.map((row) => String(row['id'])))
}

t.test('a link wakes those who wait for its two, in its own commit, and nobody else', async (t) => {
  const store = await openFreshStore(t)
  const committer = committerOf(store)
  const announced: string[] = []
  committer.onWork((rows) => announced.push(...rows.map(({ lane }) => lane)))
  const [own, other, parent] = [newRowId(), newRowId(), newRowId()]
  await committer.submit({
    work: [workRow(own), workRow(other), workRow(parent, 'waiting')],
    linkWaits: [waitRow(own), waitRow(other, { second: '2zb-c' }), waitRow(parent)],
  })
  announced.length = 0
  await committer.submit({ links: [linkRow()] })
  t.same(await woken(store), new Set([own]))
  t.ok(announced.includes(linkWaitLane), 'the lane is told')
  await committer.submit({ linkWaitsDone: [own] })
  t.equal(await readLinkWait(store, own), undefined)
})

t.test('an invitation wakes those who wait for it, and those who wait for its stand-in', async (t) => {
  const store = await openFreshStore(t)
  const committer = committerOf(store)
  const invite = unclaimedRow('2AB-stand', { sender: '2AB-a' })
  const [byInvite, byStandIn, stranger] = [newRowId(), newRowId(), newRowId()]
  await committer.submit({
    work: [workRow(byInvite), workRow(byStandIn), workRow(stranger)],
    linkWaits: [
      waitRow(byInvite, { invite: invite.id, second: '2ab-other' }),
      waitRow(byStandIn, { second: '2ab-stand' }),
      waitRow(stranger, { first: '2ab-b', second: '2ab-stand' }),
    ],
  })
  await committer.submit({ invites: [invite] })
  t.same(await woken(store), new Set([byInvite, byStandIn]))
})

t.test('what is parked again keeps that its sender wants it to wait', async (t) => {
  const store = await openFreshStore(t)
  const committer = committerOf(store)
  const message = newRowId()
  await committer.submit({ linkWaits: [waitRow(message)] })
  const places = [{ document: 'd', place: 'file-name', old: 'a', new: 'b' }]
  await committer.submit({ linkWaits: [{ ...waitRow(message), is_wanted: false, places }] })
  t.match(await readLinkWait(store, message), { is_wanted: true, places })
})

t.test('what is known of two: their link, the newest invitation, what is under way', async (t) => {
  const store = await openFreshStore(t)
  const committer = committerOf(store)
  const asked = { message: newRowId(), sender: '2ab-a', recipient: '2zb-b', first: '2ab-a', second: '2zb-b' }
  const facts = async () => (await readLinkFacts(store, [asked])).get(asked.message)
  t.same(await readLinkFacts(store, []), new Map())
  t.match(await facts(), { cell: null, invite: null, recipient_state: null, is_under_way: false })
  const older = inviteRow({ sender: '2AB-a', counterparty: '2ZB-B', state: 'lapsed' })
  const newer = inviteRow({ sender: '2AB-a', counterparty: '2ZB-B', state: 'asked' })
  const foreign = inviteRow({ sender: '2AC-x', counterparty: '2ZB-B', state: 'unclaimed' })
  await committer.submit({ links: [linkRow({ cell: 'asked-by-us' })], invites: [older, newer, foreign] })
  t.match(await facts(), { cell: 'asked-by-us', invite: newer.id, invite_state: 'asked' })

  const carrier = messageRow({ kind: 'invitation', state: 'sent' })
  const nobody = { inn: null, kpp: null, name: null }
  const sides = (side: 'from' | 'to', id: string) => ({
    [`${side}_id`]: id,
    [`${side}_inn`]: nobody.inn,
    [`${side}_kpp`]: nobody.kpp,
    [`${side}_name`]: nobody.name,
  })
  const invitation = {
    message: carrier.id,
    type: 'ask',
    sent_at: '2026-10-01T00:00:00Z',
    ...sides('from', '2ZB-b'),
    ...sides('to', '2AB-a'),
  }
  await committer.submit({ messages: [carrier], invitations: [invitation as never] })
  t.match(await facts(), { is_under_way: true }, 'their Запрос is on its way')
  await store.query("update message set state = 'delivered' where id = $1", [carrier.id])
  t.match(await facts(), { is_under_way: false })
  await committer.submit({ linkNews: [{ message: carrier.id, outcome: 'delivered', at: new Date() }] })
  t.match(await facts(), { is_under_way: true }, 'it is not yet said to the link')
  await committer.submit({ linkNewsDone: [carrier.id] })
  t.match(await facts(), { is_under_way: false })
})

t.test('of many invitations between two the newest limits.linkUnderWaySeenMax are looked at', async (t) => {
  const store = await openFreshStore(t)
  const committer = committerOf(store)
  const asked = { message: newRowId(), sender: '2ab-a', recipient: '2zb-b', first: '2ab-a', second: '2zb-b' }
  const add = async (state: 'sent' | 'delivered') => {
    const carrier = messageRow({ kind: 'invitation', state })
    await committer.submit({ messages: [carrier] })
    await store.query(
      'insert into invitation (message, type, sent_at, from_id, to_id) values ($1, $2, $3, $4, $5)',
      [carrier.id, 'ask', '2026-10-01T00:00:00Z', '2AB-a', '2ZB-b'],
    )
  }
  const isUnderWay = async () => (await readLinkFacts(store, [asked])).get(asked.message)?.is_under_way
  await add('sent')
  for (let i = 1; i < limits.linkUnderWaySeenMax; i += 1) await add('delivered')
  t.equal(await isUnderWay(), true)
  await add('delivered')
  t.equal(await isUnderWay(), false)
})

t.test('a stand-in is known to whoever invited, in any spelling', async (t) => {
  const store = await openFreshStore(t)
  await committerOf(store).submit({ invites: [unclaimedRow('2AB-stand', { sender: '2AB-a' })] })
  t.equal(await readStandIn(store, { sender: '2ab-A', recipient: '2AB-STAND' }), true)
  t.equal(await readStandIn(store, { sender: '2AB-b', recipient: '2AB-stand' }), false)
})

t.test(
  'messages that wait for a link or a version are listed with those that wait for somebody',
  async (t) => {
    const store = await openFreshStore(t)
    const [waits, returned] = [messageRow({ state: 'awaiting-link' }), messageRow({ state: 'returned' })]
    await committerOf(store).submit({ messages: [waits, returned] })
    const { rows } = await store.query('select state from message_set_aside order by state')
    t.same(
      rows.map((row) => row['state']),
      ['awaiting-link', 'returned'],
    )
  },
)
