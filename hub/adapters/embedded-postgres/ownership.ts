// The session that makes one hub the owner of a server: an advisory lock that ends with the process.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { limits } from '../../../schemas/limits.ts'
import { clusterUser } from './cluster.ts'
import type { Place } from './place.ts'
import { StartRefused } from './refused.ts'

/**
 * The database of the hub; the lock is held in `postgres`, so this one may be dropped or restored meanwhile.
 */
export const hubDatabase = 'hub'

const lockKey = 0x45_44_4f_48
const lockName = 'edo-roaming-hub owner'
/** The server is starting or stopping, or its port is not open (yet, or any more). */
const transientCodes = new Set(['57P03', '57P01', '57P02', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'])
const wrongPasswordCodes = new Set(['28P01', '28000'])

/** The session that holds the lock; `ended` resolves when it is over, whoever ended it. */
export type Ownership = { ended: Promise<void>; release(): Promise<void> }

/** The address of a database of the cluster, with its password: never log it. */
export function databaseUrl(options: { port: number; password: string; database: string }): string {
  return `postgres://${clusterUser}:${options.password}@127.0.0.1:${options.port}/${options.database}`
}

/**
 * Connects to the server and becomes its owner; makes the hub's database when it is not there. Returns
 * nothing while the server is between starting and stopping. Refuses when the server is not the one of this
 * cluster, and when another hub owns it. The session does not keep the process alive.
 */
export async function takeOwnership(options: {
  place: Place
  port: number
  password: string
  signal?: AbortSignal | undefined
}): Promise<Ownership | undefined> {
  const { place, port, password, signal } = options
  const session = new pg.Client({
    connectionString: databaseUrl({ port, password, database: 'postgres' }),
    application_name: `${lockName} ${process.pid}`,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    query_timeout: limits.databaseStopTimeoutMs,
    keepAlive: true,
  })
  // The end of the session is seen by its event `end`; without this listener it would end the process.
  session.on('error', () => {})
  const ended = new Promise<void>((resolve) => session.once('end', resolve))
  const release = () => session.end().catch(() => {})
  try {
    await session.connect()
    await checkIdentity(session, place)
    await takeLock(session, place, signal)
    await ensureHubDatabase(session)
    unref(session)
    return { ended, release }
  } catch (error) {
    await release()
    if (signal?.aborted) return undefined // The caller has a server to stop first.
    const code = (error as { code?: unknown }).code
    if (typeof code === 'string' && transientCodes.has(code)) return undefined
    if (typeof code === 'string' && wrongPasswordCodes.has(code)) {
      throw new StartRefused('start.database-not-ours', 'the server does not take our password', place.folder)
    }
    throw error
  }
}

/** The method is real, the published types lack it. */
const unref = (session: pg.Client) => (session as pg.Client & { unref(): void }).unref()

async function checkIdentity(session: pg.Client, place: Place): Promise<void> {
  const { rows } = await session.query<{ folder: string }>(
    `select current_setting('data_directory') as folder`,
  )
  if (rows[0]?.folder === place.cluster) return
  throw new StartRefused('start.database-not-ours', `the server works on ${rows[0]?.folder}`, place.folder)
}

/**
 * A hub that was killed a moment ago holds the lock until the server sees its connection end, hence the short
 * wait.
 */
async function takeLock(session: pg.Client, place: Place, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + limits.databaseLockWaitMs
  while (!(await tryLock(session))) {
    if (performance.now() > deadline) {
      throw new StartRefused('start.database-in-use', await nameHolder(session), place.folder)
    }
    await pause(limits.databasePollMs, undefined, signal === undefined ? {} : { signal })
  }
}

async function tryLock(session: pg.Client): Promise<boolean> {
  const { rows } = await session.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [lockKey])
  return rows[0]?.got === true
}

async function nameHolder(session: pg.Client): Promise<string> {
  const { rows } = await session.query<{ holder: string }>(
    `select a.application_name as holder from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objid = $1`,
    [lockKey],
  )
  return `held by ${rows[0]?.holder ?? 'a hub that just ended'}`
}

async function ensureHubDatabase(session: pg.Client): Promise<void> {
  const { rowCount } = await session.query('select from pg_database where datname = $1', [hubDatabase])
  if (rowCount === 0) await session.query(`create database ${hubDatabase}`)
}
