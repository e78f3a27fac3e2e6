// Where the database cluster of a data folder lies on the disk.
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { makeFolder } from '../../make-folder.ts'
import { writeDurably } from '../../write-durably.ts'
import type { Account } from './account.ts'
import { chooseAccount, findClosedFolder } from './account.ts'
import { StartRefused } from './refused.ts'

/**
 * The folder of a cluster and what lies in it. The folder is ours; only `cluster` belongs to the server's
 * account.
 */
export type Place = {
  folder: string
  cluster: string
  passwordFile: string
  portFile: string
  logFile: string
  account: Account
}

/** Root's clusters go here when the server's account cannot enter the data folder: it outlives restarts. */
const outsideFolderDefault = '/var/lib/edo-roaming-hub'
const recordName = 'postgres.json'

/**
 * Chooses the place: `<data folder>/postgres`, or, when the hub is root and the server's account cannot enter
 * the data folder (it is below a home of mode 0700, for instance), a folder of its own below `outsideFolder`.
 * The second choice is recorded in `<data folder>/postgres.json`; the record then is the truth, also after
 * the data folder was moved, and a new data folder never finds the database of a deleted one.
 */
export function choosePlace(dataFolder: string, outsideFolder = outsideFolderDefault): Place {
  const home = openDataFolder(dataFolder)
  const recorded = readRecord(join(home, recordName))
  if (recorded !== undefined) return describePlace(recorded)
  const inside = join(home, 'postgres')
  if (existsSync(join(inside, 'cluster'))) return describePlace(inside)
  const account = chooseAccount()
  const closed = account.switches ? findClosedFolder(home, account) : undefined
  const folder = closed === undefined ? inside : makeOutside({ home, outsideFolder, account })
  makeOurFolder(folder)
  return describePlace(folder)
}

function openDataFolder(dataFolder: string): string {
  try {
    const isRoot = process.geteuid?.() === 0
    makeFolder(dataFolder, isRoot ? 0o711 : 0o700)
    return realpathSync(dataFolder)
  } catch (error) {
    throw new StartRefused('start.database-place', String(error), dataFolder)
  }
}

function readRecord(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  const { folder } = JSON.parse(readFileSync(file, 'utf8')) as { folder?: unknown }
  if (typeof folder !== 'string' || !isAbsolute(folder)) {
    throw new StartRefused('start.database-place', 'the record names no folder', file)
  }
  // A cluster that is gone is a loss somebody must know of, not a reason to begin with an empty database.
  if (!existsSync(folder)) throw new StartRefused('start.database-place', `${folder} is gone`, file)
  return folder
}

function makeOutside(options: { home: string; outsideFolder: string; account: Account }): string {
  const { home, outsideFolder, account } = options
  makeOurFolder(outsideFolder)
  const closed = findClosedFolder(realpathSync(outsideFolder), account)
  if (closed !== undefined) {
    throw new StartRefused(
      'start.database-place',
      `user ${account.uid} cannot enter ${closed}`,
      outsideFolder,
    )
  }
  const folder = join(realpathSync(outsideFolder), `${basename(home)}-${randomBytes(6).toString('hex')}`)
  makeOurFolder(folder)
  writeDurably(join(folder, 'data-folder.txt'), `${home}\n`, 0o600)
  writeDurably(join(home, recordName), `${JSON.stringify({ folder })}\n`, 0o600)
  // Two hubs may have come here at once; the record that stands is the one both use.
  const recorded = readRecord(join(home, recordName)) ?? folder
  if (recorded !== folder) rmSync(folder, { recursive: true })
  return recorded
}

function makeOurFolder(folder: string): void {
  try {
    if (existsSync(folder)) return
    makeFolder(folder, 0o711)
    // Whatever the umask: the server's account has to walk through, nobody else has to look around.
    chmodSync(folder, process.geteuid?.() === 0 ? 0o711 : 0o700)
  } catch (error) {
    throw new StartRefused('start.database-place', String(error), folder)
  }
}

function describePlace(folder: string): Place {
  const cluster = join(folder, 'cluster')
  const owner = existsSync(cluster) ? statSync(cluster) : undefined
  const account = chooseAccount(owner)
  if (owner !== undefined && owner.uid !== account.uid) {
    throw new StartRefused('start.database-not-ours', `it belongs to user ${owner.uid}`, cluster)
  }
  const closed = account.switches ? findClosedFolder(folder, account) : undefined
  if (closed !== undefined) {
    throw new StartRefused('start.database-place', `user ${account.uid} cannot enter ${closed}`, folder)
  }
  return {
    folder,
    cluster,
    account,
    passwordFile: join(folder, 'password'),
    portFile: join(folder, 'port'),
    logFile: join(folder, 'server.log'),
  }
}
