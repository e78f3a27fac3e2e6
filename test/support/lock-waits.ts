// Waits until a session of the database waits for another one.

import type { SqlStore } from '../../hub/store/sql.ts'

/** Resolves when one session waits for a lock of another. */
export async function untilOneWaits(store: SqlStore): Promise<void> {
  for (;;) {
    const { rows } = await store.query(
      'select count(*)::integer as waiting from pg_stat_activity ' +
        "where datname = current_database() and wait_event_type = 'Lock'",
    )
    if (rows[0]?.['waiting'] === 1) return
  }
}
