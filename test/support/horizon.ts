// Waits for the horizon behind which the journal is read, on a server that tests share.

import type { SqlStore } from '../../hub/store/sql.ts'

const withinMs = 60_000

/** What other tests have begun on the server must end before the horizon passes what was written here. */
export async function untilBehindAll(store: SqlStore): Promise<void> {
  const text = 'select pg_snapshot_xmin(pg_current_snapshot()) > (select max(xid) from journal) as is_behind'
  const end = performance.now() + withinMs
  while ((await store.query(text)).rows[0]?.['is_behind'] !== true) {
    if (performance.now() > end) throw new Error('a transaction of another test does not end')
  }
}
