// Makes the database cluster on the first boot, and knows its password.
import { type ExecFileOptions, execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { limits } from '../../../schemas/limits.ts'
import { syncFolder, writeDurably } from '../../write-durably.ts'
import { spawnAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'
import { doesProcessExist } from './postmaster.ts'
import { StartRefused } from './refused.ts'

/** The superuser of the cluster; the hub is its only user. */
export const clusterUser = 'hub'
/**
 * What child processes see of our environment: nothing that could redirect libraries or PostgreSQL itself.
 */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const draftName = 'cluster.new-'
const run = promisify(execFile)

/**
 * Makes the cluster unless it exists. It is made in a draft folder and appears by one rename, so a crash in
 * between leaves nothing half made, and of two hubs at once one wins and both use the winner's. Takes about a
 * second.
 */
export async function ensureCluster(options: {
  place: Place
  binaries: Binaries
  bin: string
  signal?: AbortSignal | undefined
}): Promise<'made' | 'found'> {
  const { place, binaries } = options
  if (!existsSync(place.cluster)) {
    removeDeadDrafts(place)
    await makeCluster(options)
    return 'made'
  }
  const found = readFileSync(join(place.cluster, 'PG_VERSION'), 'utf8').trim()
  if (found !== binaries.major) {
    throw new StartRefused(
      'start.database-version',
      `made by ${found}, at hand is ${binaries.major}`,
      place.cluster,
    )
  }
  return 'found'
}

/** The password of the cluster's user. Another user of the machine cannot read it: the file has mode 0600. */
export function readPassword(place: Place): string {
  try {
    return readFileSync(place.passwordFile, 'utf8').trim()
  } catch (error) {
    throw new StartRefused('start.database-not-ours', String(error), place.passwordFile)
  }
}

async function makeCluster(options: {
  place: Place
  bin: string
  signal?: AbortSignal | undefined
}): Promise<void> {
  const { place, bin, signal } = options
  writeDurably(place.passwordFile, `${randomBytes(32).toString('hex')}\n`, 0o600)
  const draft = join(place.folder, `${draftName}${process.pid}`)
  const passwordDraft = `${place.passwordFile}.${draftName}${process.pid}`
  try {
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(passwordDraft, readPassword(place), { mode: 0o600 })
    if (place.account.switches) {
      chownSync(draft, place.account.uid, place.account.gid)
      chownSync(passwordDraft, place.account.uid, place.account.gid)
    }
    await runToEnd(join(bin, 'initdb'), initdbArguments(draft, passwordDraft), {
      ...spawnAs(place.account),
      cwd: '/',
      env: serverEnvironment,
      timeout: limits.databaseStartTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    moveInto(draft, place)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof StartRefused) throw error
    throw new StartRefused('start.database-failed', explain(error), place.folder)
  } finally {
    rmSync(passwordDraft, { force: true })
    removeDraft(draft)
  }
}

/** Runs a program; one that was called off has ended too when this rejects. initdb waits for the servers it began. */
async function runToEnd(file: string, args: string[], options: ExecFileOptions): Promise<void> {
  const running = run(file, args, options)
  const { child } = running
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  // What never started has no end to wait for.
  if (child.pid === undefined) end()
  else child.once('close', () => end())
  try {
    await running
  } finally {
    await ended
  }
}

function initdbArguments(folder: string, passwordFile: string): string[] {
  const access = ['-U', clusterUser, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  const locale = ['-E', 'UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return ['-D', folder, ...access, ...locale]
}

function moveInto(draft: string, place: Place): void {
  try {
    renameSync(draft, place.cluster)
  } catch (error) {
    if (!existsSync(place.cluster)) throw error
  }
  syncFolder(place.folder)
}

function removeDeadDrafts(place: Place): void {
  for (const name of readdirSync(place.folder)) {
    const [, owner] = name.split(draftName)
    if (owner === undefined || doesProcessExist(Number(owner))) continue
    removeDraft(join(place.folder, name))
  }
}

/** The initdb of a hub that was killed may still be writing for a moment. */
function removeDraft(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: limits.databasePollMs })
}

function explain(error: unknown): string {
  const { stderr, code, message } = error as { stderr?: string; code?: unknown; message?: string }
  return `initdb (${String(code)}): ${stderr?.trim().split('\n').slice(-3).join(' ') || message}`
}
