// The embedded PostgreSQL: one server per data folder, found running or started, owned by one hub.
import { setTimeout as pause } from 'node:timers/promises'
import { limits } from '../../schemas/limits.ts'
import { findBinaries, prepareRuntime } from './embedded-postgres/binaries.ts'
import { ensureCluster, readPassword } from './embedded-postgres/cluster.ts'
import { launch } from './embedded-postgres/launch.ts'
import { databaseUrl, hubDatabase, type Ownership, takeOwnership } from './embedded-postgres/ownership.ts'
import { choosePlace, type Place } from './embedded-postgres/place.ts'
import { findPostmaster } from './embedded-postgres/postmaster.ts'
import { StartRefused } from './embedded-postgres/refused.ts'

/**
 * A running database. `url` holds the password and stays the same when the server has to be started again.
 * `adopted`: the server was running already, left by a hub that was killed. `folder`: where the cluster lies.
 */
export type EmbeddedDatabase = { url: string; adopted: boolean; folder: string; stop(): Promise<void> }

type Log = (line: string, fields?: Record<string, unknown>) => void
type Options = {
  dataFolder: string
  log: Log
  /** Ends the start; has no effect once the database runs. */
  signal?: AbortSignal
  /** Settings of PostgreSQL by name; those of durability are refused. */
  settings?: Record<string, string>
  /** For root only: where the cluster goes when the server's account cannot enter the data folder. */
  outsideFolder?: string
}
type Running = { ownership: Ownership; adopted: boolean; port: number }

/**
 * Starts the database of a data folder, or adopts the server that runs on it. Ready in well under a second
 * when the cluster exists; the first boot takes about two. Throws StartRefused with a code `start.database-*`
 * when it cannot be, among others when another hub works on the folder. A server that ends while the hub runs
 * is started again on the same port. The database does not keep the process alive; a hub that ends without
 * `stop` leaves the server running for the next one.
 */
export async function startEmbeddedPostgres(options: Options): Promise<EmbeddedDatabase> {
  const place = choosePlace(options.dataFolder, options.outsideFolder)
  const bringUp = (signal?: AbortSignal) => ensureRunning({ ...options, place, signal })
  const running = await bringUp(options.signal)
  const url = databaseUrl({ port: running.port, password: readPassword(place), database: hubDatabase })
  const stop = superviseServer({ running, place, bringUp, log: options.log })
  return { url, adopted: running.adopted, folder: place.folder, stop }
}

/** Adopts or launches, again and again, until the server is ours. Every turn looks at the cluster afresh. */
async function ensureRunning(
  options: Omit<Options, 'signal'> & { place: Place; signal?: AbortSignal | undefined },
): Promise<Running> {
  const { place, settings, signal, log } = options
  const begun = performance.now()
  const deadline = begun + limits.databaseStartTimeoutMs
  let adopted = true
  while (performance.now() < deadline) {
    if (signal?.aborted && !adopted) await stopServer(place)
    signal?.throwIfAborted()
    const found = findPostmaster(place.cluster)
    if (found === undefined) {
      const binaries = findBinaries()
      const bin = prepareRuntime(binaries, place.folder)
      const cluster = await ensureCluster({ place, binaries, bin, signal })
      if (cluster === 'made') log('database cluster made', { folder: place.folder })
      const outcome = await launch({ place, bin, settings, signal })
      if (outcome === 'ready') adopted = false
      else log('database server not started yet', { reason: outcome })
    } else if (found.isReady) {
      const ownership = await takeOwnership({
        place,
        port: found.port,
        password: readPassword(place),
        signal,
      })
      if (ownership !== undefined) {
        const ms = Math.round(performance.now() - begun)
        log('embedded database ready', { folder: place.folder, port: found.port, adopted, ms })
        return { ownership, adopted, port: found.port }
      }
    }
    await pause(findPostmaster(place.cluster)?.isReady ? 0 : limits.databasePollMs)
  }
  throw new StartRefused('start.database-failed', 'not ready in time', place.logFile)
}

/**
 * Watches the owner's session: when it ends unasked, the server ended, and is brought up again. Returns
 * `stop`.
 */
function superviseServer(options: {
  running: Running
  place: Place
  bringUp: (signal: AbortSignal) => Promise<Running>
  log: Log
}): () => Promise<void> {
  const { place, bringUp, log } = options
  const stopping = new AbortController()
  let ownership: Ownership | undefined = options.running.ownership
  let stopped: Promise<void> | undefined

  const watch = async () => {
    while (ownership !== undefined) {
      await ownership.ended
      ownership = undefined
      if (!stopping.signal.aborted) ownership = await recover()
    }
  }
  const recover = async () => {
    log('database server ended, starting it again', { folder: place.folder })
    while (!stopping.signal.aborted) {
      try {
        return (await bringUp(stopping.signal)).ownership
      } catch (error) {
        if (stopping.signal.aborted) return undefined
        log('database server not started again', { reason: String(error) })
        await pause(limits.databaseRestartPauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
    return undefined
  }
  const watched = watch()
  const stop = async () => {
    stopping.abort()
    // Without the lock the server may be another hub's by now.
    const owned = ownership
    if (owned !== undefined) {
      await stopServer(place)
      await owned.release()
      log('embedded database stopped', { folder: place.folder })
    }
    await watched
  }
  return () => (stopped ??= stop())
}

/**
 * Fast shutdown (SIGINT): sessions end, a checkpoint is written. If that hangs: immediate (SIGQUIT), then
 * recovery.
 */
async function stopServer(place: Place): Promise<void> {
  for (const how of ['SIGINT', 'SIGQUIT'] as const) {
    const found = findPostmaster(place.cluster)
    if (found === undefined) return
    process.kill(found.pid, how)
    const deadline = performance.now() + limits.databaseStopTimeoutMs
    while (findPostmaster(place.cluster)?.pid === found.pid && performance.now() < deadline)
      await pause(limits.databasePollMs)
  }
}
