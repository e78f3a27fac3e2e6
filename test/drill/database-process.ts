// The embedded database of a hub, seen from outside: its processes, to kill them, and a connection to look inside.

import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { readPassword } from '../../hub/adapters/embedded-postgres/cluster.ts'
import { databaseUrl, hubDatabase } from '../../hub/adapters/embedded-postgres/ownership.ts'
import { choosePlace } from '../../hub/adapters/embedded-postgres/place.ts'
import { findPostmaster } from '../../hub/adapters/embedded-postgres/postmaster.ts'
import type { Sql } from '../../hub/store/sql.ts'

/** What of the database is killed: the server's first process alone, or every one of its processes. */
export type DatabaseKill = 'postmaster' | 'all'

/** Kills the database of a data folder with SIGKILL; how many processes that were. */
export function killDatabase(dataFolder: string, what: DatabaseKill): number {
  const found = findPostmaster(choosePlace(dataFolder).cluster)
  if (found === undefined) return 0
  const children = what === 'all' ? childrenOf(found.pid) : []
  const killed = [found.pid, ...children].filter(kill)
  return killed.length
}

/** Process ids of database servers that run on a data folder. */
export function databaseServers(dataFolder: string): number[] {
  const { cluster } = choosePlace(dataFolder)
  return processes().filter((pid) => readProc(pid, 'cmdline').split('\0').includes(cluster))
}

/** The address of the running database of a data folder. */
export function runningDatabaseUrl(dataFolder: string): string {
  const place = choosePlace(dataFolder)
  const port = findPostmaster(place.cluster)?.port
  if (port === undefined) throw new Error('no database runs on the data folder')
  return databaseUrl({ port, password: readPassword(place), database: hubDatabase })
}

/** Opens a connection of its own, to read rows with; `end` closes it. */
export async function openLook(url: string): Promise<Sql & { end(): Promise<void> }> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
  })
  // A connection that is lost between questions: the next one is refused, and says so to who asks it.
  client.on('error', () => undefined)
  await client.connect()
  return {
    query: (statement, values) =>
      typeof statement === 'string' ? client.query(statement, values ?? []) : client.query(statement),
    end: () => client.end(),
  }
}

function childrenOf(parent: number): number[] {
  return processes().filter((pid) => parentOf(readProc(pid, 'stat')) === parent)
}

/** The parent stands behind the state; the name before it, in brackets, may hold anything. */
function parentOf(stat: string): number {
  return Number(/^.*\) \S (\d+)/s.exec(stat)?.[1])
}

function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // It ended while we looked.
    return ''
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    // It ended while we looked.
    return false
  }
}
