// Opens the store: PostgreSQL through MikroORM, a pool with bounds and time-outs, migrated before use.

import { MikroORM, type Options } from '@mikro-orm/postgresql'
import { limits } from '../../schemas/limits.ts'
import { entities } from './entities/list.ts'
import { type Listener, listenOn } from './listen.ts'
import { migrate } from './migrate.ts'
import { inTransaction, type PgPool, type Queries, queriesOn } from './pool.ts'

/** Where the database is and how much of it may be used. */
export type StoreSettings = {
  /** postgres://user:password@host:port/database, with the parameters libpq knows (sslmode and the like). */
  url: string
  /** Connections of this process at most; one more listens for notifications. */
  connectionsMax: number
  /** Shown in pg_stat_activity. */
  applicationName?: string
  /** Told of faults nobody waits for: a lost idle connection, a lost listener. */
  onFault?: (place: string, error: unknown) => void
}

/**
 * The open store. The ORM serves administration, registry and reports; hot paths use `query` and
 * `transaction`.
 */
export type Store = Queries & {
  orm: MikroORM
  /**
   * Runs work in one transaction on one connection; committed when it returns, rolled back when it throws.
   */
  transaction<Result>(work: (sql: Queries) => Promise<Result>): Promise<Result>
  /** Hears notifications of a channel, on a connection of its own that is renewed when lost. */
  listen(channel: string, hears: Listener): Promise<() => Promise<void>>
  /** Connections: open, idle, and waiters for one. */
  poolState(): { open: number; idle: number; waiting: number }
  close(): Promise<void>
}

/**
 * Opens the store and brings its tables up to date. Throws when the server cannot be reached, is older than
 * PostgreSQL 15, or a migration fails: nothing of the hub can run then.
 */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const onFault = settings.onFault ?? (() => undefined)
  await migrate(settings.url)
  const orm = new MikroORM(ormOptions(settings))
  await orm.connect()
  const pool = (await orm.em.getConnection().getNativeClient()) as unknown as PgPool
  const listeners = new Set<() => Promise<void>>()
  return {
    orm,
    query: queriesOn(pool).query,
    transaction: (work) => inTransaction(pool, work),
    async listen(channel, hears) {
      const stop = await listenOn({ url: settings.url, channel, hears, onFault })
      listeners.add(stop)
      return async () => {
        listeners.delete(stop)
        await stop()
      }
    },
    poolState: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    async close() {
      await Promise.all([...listeners].map((stop) => stop()))
      await orm.close(true)
    },
  }
}

/** The ORM's options. No discovery from folders, no schema generator: tables come from migrations alone. */
function ormOptions(settings: StoreSettings): Options {
  const { connectionsMax, applicationName } = settings
  const { url, options } = sessionOf(settings.url)
  return {
    clientUrl: url,
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    entities,
    // Errors are thrown to the caller, who logs them; only a lost idle connection has no caller.
    debug: false,
    logger: (message) => settings.onFault?.('database', message),
    driverOptions: {
      connectionString: url,
      application_name: applicationName ?? 'hub',
      max: connectionsMax,
      idleTimeoutMillis: limits.poolIdleMs,
      connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
      keepAlive: true,
      options,
      statement_timeout: limits.statementTimeoutMs,
      lock_timeout: limits.lockTimeoutMs,
      idle_in_transaction_session_timeout: limits.idleTransactionTimeoutMs,
      // The server ends a statement first; this one is for a server that no longer answers at all.
      query_timeout: limits.statementTimeoutMs + limits.databaseConnectTimeoutMs,
    },
  }
}

/**
 * RULES 10: an answer is given after the commit is on disk, whatever the defaults of server, database and role say. The
 * driver lets options of the URL take the place of ours, so they are joined; PostgreSQL goes by the last.
 */
function sessionOf(url: string): { url: string; options: string } {
  const own = '-c synchronous_commit=on'
  const given = new URL(url)
  const theirs = given.searchParams.get('options')
  if (theirs === null) return { url, options: own }
  given.searchParams.delete('options')
  return { url: given.href, options: `${theirs} ${own}` }
}
