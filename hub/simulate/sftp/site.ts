// The folders of an SFTP partner on its own disk, made from its site, and a bell that rings when something changes there.

import { type FSWatcher, mkdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { SftpSite } from '../../../schemas/sftp.ts'

/** Folders on the disk; named from the hub's side, as in the site. */
export type SiteFolders = {
  /** The hub puts packages there. */
  put: string
  /** The hub picks packages up there. */
  pickup: string
  /** What the hub is taking in. */
  claimed: string
  /** The hub's answers. */
  answersOut: string
  /** The partner's answers. */
  answersIn: string
}

/** Makes the folders below the partner's own, where they are missing. */
export function makeSiteFolders(folder: string, site: SftpSite): SiteFolders {
  const folders = {
    put: join(folder, site.putFolder),
    pickup: join(folder, site.pickupFolder),
    claimed: join(folder, site.claimedFolder),
    answersOut: join(folder, site.answersOutFolder),
    answersIn: join(folder, site.answersInFolder),
  }
  const archive = site.archiveFolder === undefined ? [] : [join(folder, site.archiveFolder)]
  for (const path of [...Object.values(folders), ...archive]) mkdirSync(path, { recursive: true })
  return folders
}

/** Name of the answer file of a package. */
export function answerName(name: string): string {
  return `${name}.txt`
}

/** Tells of changes in folders: as the system reports them, and every `pollMs` in any case. */
export class FolderBell {
  readonly #watchers: FSWatcher[]
  readonly #poll: NodeJS.Timeout
  #rings = Promise.withResolvers<void>()

  constructor(folders: readonly string[], pollMs: number) {
    this.#watchers = folders.flatMap((folder) => this.#watch(folder))
    this.#poll = setInterval(() => this.#ring(), pollMs)
  }

  /** Resolves at the next change, or when it is time to look anyway. */
  next(): Promise<void> {
    return this.#rings.promise
  }

  /** Ends the watching; whoever waits goes on. */
  close(): void {
    clearInterval(this.#poll)
    for (const watcher of this.#watchers) watcher.close()
    this.#ring()
  }

  #ring(): void {
    const rings = this.#rings
    this.#rings = Promise.withResolvers<void>()
    rings.resolve()
  }

  #watch(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, () => this.#ring())
      // A folder that goes away is found by the poll.
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch (error) {
      // The system has no watch left to give: polling alone is slower and as right.
      if (['ENOSPC', 'EMFILE'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
      throw error
    }
  }
}
