// RULES 29: the loops of the background against a real PostgreSQL whose leases go to another owner meanwhile.

import { join } from 'node:path'
import t from 'tap'
import { startBackground } from '../../hub/background.ts'
import { loadConfig } from '../../hub/config.ts'
import { writeJournal } from '../../hub/journal/write.ts'
import { loadIdentities } from '../../hub/own-identity.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { LeaseLost } from '../../hub/store/lease.ts'
import { startNode } from '../../hub/store/node.ts'
import type { SqlStore } from '../../hub/store/sql.ts'
import { configureLog } from '../../monitoring/log.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { openFreshStore } from '../support/fresh-store.ts'
import { makeReapedFolder } from '../support/reaper.ts'

const loops = ['journal-sealer', 'partition-keeper', 'work-reclaimer']

configureLog({ level: 'silent' })
const loaded = loadConfig({
  env: {},
  cwd: '/',
  overrides: [
    `data.folder=${join(makeReapedFolder(), 'data')}`,
    'journal.sealEveryMs=10',
    'log.level=silent',
  ],
})
if (!loaded.ok) throw new Error('the settings are wrong')
const { settings } = loaded
const identities = await loadIdentities(settings, new Date())
if (isRefusal(identities)) throw new Error(identities.seen)

/** What the three loops have written: blocks, partitions, rows of work that are free. */
async function writtenBy(store: SqlStore) {
  const { rows } = await store.query(
    'select (select count(*) from journal_block)::integer as blocks, ' +
      "(select count(*) from pg_inherits where inhparent = 'message'::regclass)::integer - 1 as partitions, " +
      '(select count(*) from work where owner = 0)::integer as free',
  )
  return rows[0]
}

t.test(
  'RULES 29: sealer, keeper and reclaimer commit nothing once their lease is another owner’s',
  async (t) => {
    const store = await openFreshStore(t)
    const onError = (_: string, error: unknown) => t.error(error)
    const node = await startNode({ store, name: 'test', onLost: () => t.fail('lost'), onError })
    t.teardown(() => node.stop())
    const work =
      "insert into work (id, hop, lane, due_at, owner, created_at) values ($1, 'process', '', now(), 99999, now())"
    await store.query(work, [newRowId()])
    await store.transaction((sql) =>
      writeJournal(sql, [{ id: newRowId(), at: new Date(), kind: 'hub.started', facts: {} }]),
    )
    const start = (over: SqlStore, onFault: (place: string, error: unknown) => void) => {
      const now = () => new Date()
      const clock = { now, newId: () => newRowId(), random: Math.random }
      const wiring = { onSealed: () => undefined }
      return startBackground({ store: over, settings, node: node.id, identities, clock, onFault, wiring })
    }

    const faults = new Map<string, unknown>()
    const { promise: allFailed, resolve } = Promise.withResolvers<void>()
    const robbed: SqlStore = {
      query: store.query,
      async transaction(work) {
        await store.query(
          "update lease set token = token + 1, owner = 7, expires_at = now() + interval '1 h'",
        )
        return store.transaction(work)
      },
    }
    const idle = start(robbed, (place, error) => {
      faults.set(place, error)
      if (loops.every((loop) => faults.has(loop))) resolve()
    })
    await allFailed
    await idle.stop()
    for (const loop of loops) t.type(faults.get(loop), LeaseLost, loop)
    t.same(await writtenBy(store), { blocks: 0, partitions: 0, free: 0 })

    await store.query("update lease set expires_at = now() - interval '1 s'")
    const busy = start(store, (place, error) => t.error(error, place))
    t.teardown(() => busy.stop())
    for (;;) {
      const { blocks, partitions, free } = (await writtenBy(store)) ?? {}
      if (blocks === 1 && partitions === 4 && free === 1) break
    }
    t.pass('with their own leases all three write')
  },
)
