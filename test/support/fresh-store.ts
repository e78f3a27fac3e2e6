// A store of a test's own, on a copy of a migrated database.

import { installCommitFunctions } from '../../hub/store/hot/commit-functions.ts'
import { migrate } from '../../hub/store/migrate.ts'
import { openStore, type Store } from '../../hub/store/orm.ts'
import { freshDatabase, type Template } from './database.ts'

/** A database as a hub finds it at its second start: tables, and the functions of its commits. */
export const migrated: Template = {
  name: 'migrated',
  async prepare(url) {
    await migrate(url)
    const store = await openStore({ url, connectionsMax: 2, onFault: () => undefined })
    await installCommitFunctions(store)
    await store.close()
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
