// Rows of verdicts against a real PostgreSQL: written twice, by two nodes at once, and read back whole.

import t from 'tap'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import type { VerdictChainRow } from '../../hub/store/hot/rows.ts'
import type { SqlStore } from '../../hub/store/sql.ts'
import { readVerdictChains } from '../../hub/store/views/verdicts.ts'
import { limits } from '../../schemas/limits.ts'
import { openFreshStore } from '../support/fresh-store.ts'

const at = new Date('2026-10-01T09:00:00Z')
const committerOf = (store: SqlStore) => makeCommitter({ store, node: '1', isOutage: () => false })
const chain = (sha256: string): VerdictChainRow => ({ sha256, facts: '{}', first_at: at })

t.test('a verdict has all of its chains, however many there are', async (t) => {
  const store = await openFreshStore(t)
  // One signature may have several signers, and each of them time-stamps with chains of their own.
  const names = Array.from({ length: limits.signaturesPerMessageMax + 1 }, (_, number) => `chain ${number}`)
  await committerOf(store).submit({ verdictChains: names.map(chain) })
  t.equal((await readVerdictChains(store, names)).size, names.length)
})

t.test('nodes that write the same chains at once do not wait for each other in a circle', async (t) => {
  const store = await openFreshStore(t)
  const insert = 'insert into verdict_chain (sha256, facts, first_at) values ($1, $2, now())'
  let submitted: Promise<true> | undefined
  await store.transaction(async (sql) => {
    await sql.query(insert, ['a', '{}'])
    submitted = committerOf(store).submit({ verdictChains: [chain('b'), chain('a')] })
    submitted.catch(() => undefined)
    await untilOneWaits(store)
    await sql.query(insert, ['b', '{}'])
  })
  t.equal(await submitted, true)
  t.equal((await readVerdictChains(store, ['a', 'b'])).size, 2)
})

/** Another session waits for a lock of the one that writes. */
async function untilOneWaits(store: SqlStore): Promise<void> {
  for (;;) {
    const { rows } = await store.query(
      'select count(*)::integer as waiting from pg_stat_activity ' +
        "where datname = current_database() and wait_event_type = 'Lock'",
    )
    if (rows[0]?.['waiting'] === 1) return
  }
}
