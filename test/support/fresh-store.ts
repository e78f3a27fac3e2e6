// A store of a test's own, on a copy of a migrated database.

import { migrate } from '../../hub/store/migrate.ts'
import { openStore, type Store } from '../../hub/store/orm.ts'
import { freshDatabase } from './database.ts'

const migrated = {
  name: 'migrated',
  prepare: async (url: string) => {
    await migrate(url)
  },
}

/**
 * Opens it; it is closed and its database dropped when the test ends. Faults nobody waits for are collected.
 */
export async function openFreshStore(
  t: { teardown(run: () => Promise<void>): void },
  connectionsMax = 12,
): Promise<Store & { faults: string[] }> {
  const faults: string[] = []
  const url = await freshDatabase(t, migrated)
  const store = await openStore({ url, connectionsMax, onFault: (place) => faults.push(place) })
  t.teardown(() => store.close())
  return Object.assign(store, { faults })
}
