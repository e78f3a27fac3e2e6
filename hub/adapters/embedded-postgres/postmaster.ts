// What runs on a cluster, as its postmaster.pid and the process table tell.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The lines of postmaster.pid that matter here; `isReady` when the server says it takes connections. */
export type Postmaster = { pid: number; port: number; isReady: boolean }

const portLine = 3
const statusLine = 7

/** What postmaster.pid says, be it true or left over from a crash; nothing when there is no such file. */
function readPidFile(cluster: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    if (!Number.isSafeInteger(pid) || pid <= 1) return undefined
    return { pid, port: Number(lines[portLine] ?? 0), isReady: lines[statusLine]?.trim() === 'ready' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * The server that runs on the cluster. A process id may be in use again after a reboot, in a container nearly
 * always, so the process must also have been started on this very folder.
 */
export function findPostmaster(cluster: string): Postmaster | undefined {
  const found = readPidFile(cluster)
  return found !== undefined && isServerOf(found.pid, cluster) ? found : undefined
}

/** The process id of a postmaster.pid that was left over: no server of the cluster has it. */
export function readStalePid(cluster: string): number | undefined {
  const left = readPidFile(cluster)
  return left === undefined || isServerOf(left.pid, cluster) ? undefined : left.pid
}

/** Whether a process of this id exists, whoever it belongs to. */
export function doesProcessExist(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function isServerOf(pid: number, cluster: string): boolean {
  if (!doesProcessExist(pid)) return false
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
        encoding: 'utf8',
        timeout: 5000,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).includes(cluster)
    }
    // Readable for root in a container too, which lacks the capability to look at /proc/<pid>/cwd of another
    // user.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(cluster)
  } catch {
    // It ended while we looked.
    return false
  }
}
