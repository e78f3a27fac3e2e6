// Brings the tables up to date: numbered migrations, forward only, one node at a time.

import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { Client } from 'pg'
import { limits } from '../../schemas/limits.ts'
import { failedConnection } from './away.ts'
import { migrations } from './migrations/list.ts'

/** The oldest PostgreSQL the statements are written for (unique nulls not distinct, merge). */
const postgresMajorMin = 15
// An arbitrary number that no other program of this database uses: "hub" in ASCII.
const migrationLock = 0x68_75_62

/** The server is older than the statements of the hub. */
export class ServerTooOld extends Error {}

/**
 * Runs the migrations that the database does not have yet and returns their names. A second node waits for
 * the first and finds nothing to do. Each migration is one transaction, so a killed run is repeated from
 * where it stopped. Migrations unknown to this version (of a newer one, beside which it still runs) are
 * left alone (STYLE 39). Throws DatabaseAway when there is no connection, whatever the reason, and ServerTooOld.
 */
export async function migrate(url: string): Promise<string[]> {
  const guard = await connectGuard(url)
  try {
    const { rows } = await guard.query<{ server_version_num: string }>('show server_version_num')
    const refusal = refuseOldServer(Number(rows[0]?.server_version_num))
    if (refusal !== undefined) throw new ServerTooOld(refusal)
    await guard.query('select pg_advisory_lock($1)', [migrationLock])
    return await runPending(url)
  } finally {
    // Ends the session and with it the lock.
    await guard.end()
  }
}

async function connectGuard(url: string): Promise<Client> {
  try {
    // The files of certificates a URL may name are read here.
    const guard = new Client({
      connectionString: url,
      application_name: 'hub migrate',
      connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
      keepAlive: true,
    })
    // A lost guard is seen by the next statement on it; without a listener it would end the process.
    guard.on('error', () => undefined)
    await guard.connect()
    return guard
  } catch (error) {
    throw failedConnection(error)
  }
}

/** Says why a server is too old, or nothing. `version` is server_version_num, for example 150020. */
export function refuseOldServer(version: number): string | undefined {
  const major = Math.floor(version / 10_000)
  if (major >= postgresMajorMin) return undefined
  const [need, have] = [`PostgreSQL ${postgresMajorMin}`, `PostgreSQL ${major}`]
  return `Нужен ${need} или новее, а сервер — ${have} (${need} or later is needed)`
}

async function runPending(url: string): Promise<string[]> {
  const orm = new MikroORM({
    clientUrl: url,
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    // No statement time-out: an index on a large table takes its time. Locks are not waited for so long,
    // because everybody else would queue behind the waiting one.
    driverOptions: {
      connectionString: url,
      application_name: 'hub migrate',
      max: 2,
      connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
      keepAlive: true,
      lock_timeout: limits.lockTimeoutMs,
    },
    migrations: {
      tableName: 'hub_migration',
      migrationsList: [...migrations],
      transactional: true,
      // One transaction each, not one for all: a long one must not hold the locks of the others.
      allOrNothing: false,
      disableForeignKeys: false,
      snapshot: false,
      silent: true,
    },
  })
  try {
    const done = await orm.migrator.up()
    return done.map(({ name }) => name)
  } finally {
    await orm.close(true)
  }
}
