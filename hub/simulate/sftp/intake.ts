// The taking side of a simulated SFTP partner: finds whole files in its folder and takes, answers or leaves them.

import { lstatSync, readdirSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parsePackageName } from '../../../schemas/ids.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { Behaviour } from '../behaviours.ts'
import type { Reception } from '../reception.ts'
import { answerName, FolderBell, type SiteFolders } from './site.ts'

/** What the intake works with. */
export type FolderIntakeOptions = {
  folders: SiteFolders
  site: SftpSite
  reception: Reception
  /** Behaviours that were decided while the file was being put, by the name of the package. */
  planned: Map<string, Behaviour>
  /** A package that was taken gets an answer file too, `200 …`. */
  tellsAccepted: boolean
  signal: AbortSignal
}

/** A running intake; `close` resolves when nothing of it works any more. */
export type FolderIntake = { close(): Promise<void> }

type Found = { name: string; path: string; identity: string }

const pollMs = 200
const slowestScanMs = 5

/** Starts looking. */
export function startFolderIntake(options: FolderIntakeOptions): FolderIntake {
  const { folders, reception, signal } = options
  const bell = new FolderBell([folders.put], pollMs)
  // What is in work, or lies there for good, by name: the same name as another file is another arrival.
  const known = new Map<string, string>()
  const working = new Set<Promise<void>>()
  let isClosed = false

  function begin(found: Found): void {
    known.set(found.name, found.identity)
    const work = serve(found, options)
      .then((isLeft) => {
        if (!isLeft && known.get(found.name) === found.identity) known.delete(found.name)
      })
      .catch((error: unknown) => {
        known.delete(found.name)
        // A file that its sender took back, and a partner that closes, end the work; neither is a fault.
        const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (!isGone && !signal.aborted) reception.record.fail(error)
      })
    working.add(work)
    void work.finally(() => working.delete(work))
  }

  async function look(): Promise<void> {
    while (!isClosed) {
      const rings = bell.next()
      const there = findWhole(options)
      for (const name of known.keys()) if (!there.has(name)) known.delete(name)
      for (const found of there.values()) if (known.get(found.name) !== found.identity) begin(found)
      await rings
      // Many files come at once: one listing serves them all.
      await pause(slowestScanMs)
    }
  }

  const looking = look().catch((error: unknown) => reception.record.fail(error))
  return {
    async close() {
      isClosed = true
      bell.close()
      await looking
      await Promise.all(working)
    },
  }
}

/** Files that are whole, by the name of their package. */
function findWhole({ folders, site }: FolderIntakeOptions): Map<string, Found> {
  const names = new Set(readdirSync(folders.put))
  const whole = [...names].filter(
    (name) =>
      parsePackageName(name) !== undefined &&
      !name.startsWith('.') &&
      !name.endsWith(site.temporarySuffix) &&
      (site.putWhole === 'rename' || names.has(name + site.markerSuffix)),
  )
  const found = whole.flatMap((name): Found[] => {
    const path = join(folders.put, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats?.isFile() !== true) return []
    return [{ name, path, identity: `${stats.ino}:${stats.mtimeMs}` }]
  })
  return new Map(found.map((one) => [one.name, one]))
}

/** Deals with a file; resolves with true when it is left lying there. */
async function serve(found: Found, options: FolderIntakeOptions): Promise<boolean> {
  const { reception, planned, signal, tellsAccepted } = options
  const { name, path } = found
  const behaviour = planned.get(name) ?? reception.conduct.next()
  planned.delete(name)
  const at = new Date()
  const { take } = behaviour
  if (take.how === 'slow') await pause(behaviour.pauseMs, undefined, { signal })
  const bytes = await readFile(path)
  const arriving = { name, bytes, at, behaviour }
  if (take.how === 'hang') {
    reception.note(arriving, { status: 0 })
    return true
  }
  if (take.how === 'refuse') {
    const text = behaviour.text || `simulated ${take.status}`
    await writeAnswer(name, `${take.status} ${text}`, options)
    const isLeft = await remove(found, options)
    reception.note(arriving, { status: take.status })
    return isLeft
  }
  const given = reception.take(arriving)
  if (take.how === 'late') await pause(behaviour.pauseMs, undefined, { signal })
  // The answer stands before the file goes: whoever sees it gone finds the answer there.
  if (given.status !== 200 || tellsAccepted) await writeAnswer(name, `${given.status} ${given.text}`, options)
  const isLeft = await remove(found, options)
  const status = take.how === 'lost' ? 0 : take.how === 'proxied' ? take.status : given.status
  reception.note(arriving, { status, repeated: given.isRepeated })
  return isLeft
}

async function writeAnswer(
  name: string,
  text: string,
  { folders, site }: FolderIntakeOptions,
): Promise<void> {
  const path = join(folders.answersIn, answerName(name))
  await writeFile(`${path}${site.temporarySuffix}`, text, 'utf8')
  await rename(`${path}${site.temporarySuffix}`, path)
}

/** Removes a file and its marker, unless this partner never removes anything. */
async function remove({ name, path }: Found, { folders, site }: FolderIntakeOptions): Promise<boolean> {
  if (site.leavesFiles) return true
  // The marker first: a package without one is not whole, a marker without its package would make the next one so.
  if (site.putWhole === 'marker') await rm(join(folders.put, name + site.markerSuffix), { force: true })
  await rm(path)
  return false
}
