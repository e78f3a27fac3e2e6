// Opens the database, embedded or outside, and the registry of partners on it.

import { accessSync, constants } from 'node:fs'
import { log, logFailure } from '../monitoring/log.ts'
import { dialects } from '../operators/dialects/table.ts'
import type { OperatorCode } from '../schemas/ids.ts'
import { refusalText, refuse } from '../schemas/refusals.ts'
import type { Settings } from '../schemas/settings.ts'
import { startEmbeddedPostgres } from './adapters/embedded-postgres.ts'
import { type Closings, HubNotStarted } from './closings.ts'
import { makeFolder } from './make-folder.ts'
import { openPartnerRegistry, type PartnerRegistry } from './partners/book.ts'
import { isRefused } from './partners/partner-file.ts'
import { loadSeed } from './partners/seed.ts'
import { refusedDatabase, withNamed } from './start-refusals.ts'
import { unsafeSettings } from './store/durability.ts'
import { openStore, type Store } from './store/orm.ts'
import type { Sql } from './store/sql.ts'

// The embedded server runs as another account when the hub is root: that account must be able to pass the folder.
const dataFolderMode = 0o711

/** Opens the store; without `database.url` the embedded PostgreSQL is started first. */
export async function openDatabase(
  settings: Settings,
  closings: Closings,
): Promise<{ store: Store; isEmbedded: boolean }> {
  openDataFolder(settings.data.folder)
  const isEmbedded = settings.database.url === undefined
  const url = settings.database.url ?? (await startEmbedded(settings, closings))
  const store = await openStore({
    url,
    connectionsMax: settings.database.connectionsMax,
    onFault: (place, error) => logFailure(error, place),
  }).catch((error: unknown) => {
    // The embedded server was started by us: that it cannot be opened is no mistake of its owner.
    throw isEmbedded ? error : refusedDatabase(url, error)
  })
  closings.add('store', () => store.close())
  await warnOfUnsafe(store)
  return { store, isEmbedded }
}

function openDataFolder(folder: string): void {
  try {
    makeFolder(folder, dataFolderMode)
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new HubNotStarted(refusalText(refuse('start.data-folder', String(error), folder)))
  }
}

/** A server that may lose what it committed is its owner's decision, but not a silent one (RULES 10). */
export async function warnOfUnsafe(sql: Sql): Promise<void> {
  for (const setting of await unsafeSettings(sql)) log.error('database.not-durable', { reason: setting })
}

async function startEmbedded(settings: Settings, closings: Closings): Promise<string> {
  const { embeddedOutsideFolder } = settings.database
  const database = await startEmbeddedPostgres({
    dataFolder: settings.data.folder,
    ...(embeddedOutsideFolder === undefined ? {} : { outsideFolder: embeddedOutsideFolder }),
    log: (line) => log.info('database.embedded', { reason: line.replace(/[^\w.-]+/g, '-').slice(0, 60) }),
  })
  closings.add('embedded database', () => database.stop())
  return database.url
}

/** Opens the registry and seeds what is not there yet. */
export async function openRegistry(
  settings: Settings,
  store: Store,
  closings: Closings,
): Promise<PartnerRegistry> {
  const registry = await openPartnerRegistry({
    store,
    clock: () => new Date(),
    homeCodes: settings.home.codes.map((code) => code.toUpperCase() as OperatorCode),
    dialects: dialects.map((dialect) => dialect.profile.name),
    onFault: (place, error) => logFailure(error, place),
  })
  closings.add('partners', () => registry.close())
  const { seedFolder } = settings.partners
  const seed = await withNamed('partners.seedFolder', seedFolder, () => loadSeed(seedFolder))
  if (isRefused(seed)) throw new HubNotStarted(seed.map(refusalText).join('\n'))
  const seeded = await registry.seed(seed)
  if ('refusals' in seeded) throw new HubNotStarted(seeded.refusals.map(refusalText).join('\n'))
  return registry
}
