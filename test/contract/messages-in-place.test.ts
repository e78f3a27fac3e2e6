// Updates of messages against a real PostgreSQL: in place, and those that wait for somebody are known by their state.

import t from 'tap'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import { readMessages } from '../../hub/store/hot/reads.ts'
import type { MessageRow } from '../../hub/store/hot/rows.ts'
import type { SqlStore } from '../../hub/store/sql.ts'
import { countHeldMessages } from '../../hub/store/views/overview.ts'
import type { MessageState } from '../../routing/machines/message.ts'
import { messageRow } from '../support/admin-plane.ts'
import { openFreshStore } from '../support/fresh-store.ts'

const committerOf = (store: SqlStore) => makeCommitter({ store, node: '1', isOutage: () => false })

async function moveTo(store: SqlStore, id: string, state: MessageState): Promise<void> {
  const row = (await readMessages(store, [id])).get(id)
  if (row === undefined) throw new Error('no such message')
  const patch: Partial<MessageRow> = { reason: null }
  await committerOf(store).submit({ moves: [{ row, state, at: new Date(), patch }] })
}

t.test('a message moves along its way without a new entry in any index', async (t) => {
  const store = await openFreshStore(t)
  const row = messageRow({ state: 'ready' })
  await committerOf(store).submit({ messages: [row] })
  await store.transaction(async (sql) => {
    const one: SqlStore = {
      query: (statement, values) => sql.query(statement, values),
      transaction: (run) => run(sql),
    }
    for (const state of ['sending', 'sent', 'delivered'] as const) await moveTo(one, row.id, state)
    const { rows } = await sql.query(
      "select pg_stat_get_xact_tuples_updated('message_default'::regclass)::integer as updated, " +
        "pg_stat_get_xact_tuples_hot_updated('message_default'::regclass)::integer as in_place",
    )
    t.same(rows, [{ updated: 3, in_place: 3 }])
  })
})

t.test('whoever waits for somebody is known by the state, from the first row on', async (t) => {
  const store = await openFreshStore(t)
  const [row, other] = [messageRow({ state: 'held' }), messageRow({ state: 'accepted' })]
  await committerOf(store).submit({ messages: [row, other] })
  const known = async () => (await store.query('select state, id from message_set_aside order by state')).rows
  t.same(await known(), [{ state: 'held', id: row.id }])
  t.same(await countHeldMessages(store), { count: 1, more: false })
  await moveTo(store, row.id, 'accepted')
  t.same(await known(), [])
  await moveTo(store, row.id, 'waiting')
  await moveTo(store, other.id, 'ready')
  t.same(await known(), [{ state: 'waiting', id: row.id }])
  await moveTo(store, row.id, 'waiting')
  await moveTo(store, row.id, 'held')
  await moveTo(store, other.id, 'overdue')
  t.same(await known(), [
    { state: 'held', id: row.id },
    { state: 'overdue', id: other.id },
  ])
  await moveTo(store, row.id, 'refused')
  await moveTo(store, other.id, 'delivered')
  t.same(await known(), [])
  t.same(await countHeldMessages(store), { count: 0, more: false })
})

t.test('a move is sent as the columns it writes, and empties those it takes back', async (t) => {
  const store = await openFreshStore(t)
  const row = messageRow({
    state: 'held',
    reason: 'deliver.rejected',
    next_peer: 'pb',
    answer_text: 'x',
    answer_ids: ['y'],
  })
  await committerOf(store).submit({ messages: [row] })
  const sent: string[] = []
  const heard: SqlStore = {
    query: (statement, values) => {
      if (typeof statement !== 'string') sent.push(String(statement.values?.[0]))
      return store.query(statement, values)
    },
    transaction: (run) => store.transaction(run),
  }
  const at = new Date('2026-10-01T09:00:00Z')
  const patch = { reason: null, answer_ids: [], next_peer: 'pc', verdict: 'TOTAL-PASSED' }
  await committerOf(heard).submit({ moves: [{ row, state: 'ready', at, patch }] })
  const expected = { ...row, ...patch, state: 'ready', state_at: at, version: 2 }
  t.same((await readMessages(store, [row.id])).get(row.id), expected)
  t.same(sent.length, 1)
  t.notMatch(sent[0], /null|sender|content_sha256/)
})
