// Starts the database server on a free loopback port and waits until it is ready.
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { limits } from '../../../schemas/limits.ts'
import { spawnAs } from './account.ts'
import { serverEnvironment } from './cluster.ts'
import type { Place } from './place.ts'
import { findPostmaster, readStalePid } from './postmaster.ts'
import { StartRefused } from './refused.ts'

const durability = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' }
const settingsDefault = {
  max_wal_size: '2GB',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

/**
 * `busy`: another server still holds the cluster; `port-taken`: somebody took the port meanwhile. Both: try
 * again.
 */
export type Launch = 'ready' | 'busy' | 'port-taken'

/**
 * Starts the server in a session of its own, so that a Ctrl-C at the console reaches only the hub, with its
 * log going to a file, so that the server does not depend on a pipe of ours and lives on when the hub is
 * killed. Durability is always on. It listens on 127.0.0.1 only and on no socket file.
 */
export async function launch(options: {
  place: Place
  bin: string
  settings?: Record<string, string> | undefined
  signal?: AbortSignal | undefined
}): Promise<Launch> {
  const { place, bin, signal } = options
  const port = await choosePort(place)
  const log = openLog(place)
  const child = spawn(join(bin, 'postgres'), serverArguments(place, port, options.settings), {
    ...spawnAs(place.account),
    cwd: '/',
    env: { ...serverEnvironment, ...excuseStalePid(place) },
    stdio: ['ignore', log.handle, log.handle],
    detached: true,
  })
  closeSync(log.handle)
  child.unref()
  let ended: string | undefined
  child.once('error', (error) => (ended = error.message))
  child.once('exit', (code, killedBy) => (ended ??= `exit ${code ?? killedBy}`))
  const deadline = performance.now() + limits.databaseStartTimeoutMs
  while (ended === undefined && performance.now() < deadline) {
    const found = findPostmaster(place.cluster)
    if (found !== undefined && found.pid === child.pid && found.isReady) return 'ready'
    await pause(limits.databasePollMs, undefined, signal === undefined ? {} : { signal }).catch(
      (error: unknown) => {
        child.kill('SIGINT')
        throw error
      },
    )
  }
  if (ended === undefined) child.kill('SIGINT')
  return classify(place, ended ?? 'not ready in time', readTail(place, log.size))
}

function classify(place: Place, ended: string, tail: string): Launch {
  if (tail.includes('could not create any TCP/IP sockets')) return 'port-taken'
  if (tail.includes('lock file "postmaster.pid" already exists')) return 'busy'
  if (tail.includes('pre-existing shared memory block')) return 'busy'
  const reason = tail.split('\n').filter((line) => /FATAL|PANIC|ERROR|error/.test(line))
  throw new StartRefused('start.database-failed', [ended, ...reason].join('; '), place.logFile)
}

function serverArguments(place: Place, port: number, settings: Record<string, string> = {}): string[] {
  for (const name of Object.keys(settings)) {
    if (!/^[a-z_][a-z0-9_.]*$/.test(name) || name in durability) {
      throw new StartRefused('start.database-setting', name)
    }
  }
  const fixed = {
    ...durability,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
  }
  const all = Object.entries({ ...settingsDefault, ...settings, ...fixed })
  return ['-D', place.cluster, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/**
 * After a reboot the number in a left-over postmaster.pid may belong to another process of ours, and
 * PostgreSQL would take that for a running server. This variable names a process that is certainly none; its
 * check of the shared memory, which finds servers that do live on, stays in force. A server that another hub
 * has started meanwhile is never named: PostgreSQL would take its lock file away.
 */
function excuseStalePid(place: Place): { PG_GRANDPARENT_PID?: string } {
  const stale = readStalePid(place.cluster)
  return stale === undefined ? {} : { PG_GRANDPARENT_PID: String(stale) }
}

/**
 * The port of the last start if it is free, so that the address of a folder's database is steady; else a free
 * one.
 */
async function choosePort(place: Place): Promise<number> {
  const last = existsSync(place.portFile) ? Number(readFileSync(place.portFile, 'utf8')) : 0
  const port = (await probePort(last)) ?? (await probePort(0))
  if (port === undefined) throw new StartRefused('start.database-failed', 'no free port on 127.0.0.1')
  if (port !== last) writeFileSync(place.portFile, `${port}\n`, { mode: 0o600 })
  return port
}

function probePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}

function openLog(place: Place): { handle: number; size: number } {
  const size = statSync(place.logFile, { throwIfNoEntry: false })?.size ?? 0
  if (size > limits.databaseLogBytesMax) renameSync(place.logFile, `${place.logFile}.old`)
  const handle = openSync(place.logFile, 'a', 0o600)
  chmodSync(place.logFile, 0o600)
  if (place.account.switches) chownSync(place.logFile, place.account.uid, place.account.gid)
  return { handle, size: size > limits.databaseLogBytesMax ? 0 : size }
}

function readTail(place: Place, from: number): string {
  const handle = openSync(place.logFile, 'r')
  const start = Math.max(from, statSync(place.logFile).size - limits.databaseLogTailBytes)
  const bytes = Buffer.alloc(limits.databaseLogTailBytes)
  const length = readSync(handle, bytes, 0, limits.databaseLogTailBytes, start)
  closeSync(handle)
  return bytes.toString('utf8', 0, length)
}
