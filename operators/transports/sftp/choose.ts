// Tells which names of a pickup folder are whole packages, by the convention of the site; no IO.

import type { SftpSite } from '../../../schemas/sftp.ts'
import type { FolderEntry } from './files.ts'

/**
 * Why a name is none of ours: not a regular file; its name is no UTF-8 or no name at all; it is being written, or hidden;
 * it does not match the pattern of the site.
 */
export type IgnoredWhy = 'folder' | 'link' | 'special' | 'name' | 'temporary' | 'pattern'

/** What a listing comes to. */
export type Choice = {
  /** Oldest first. */
  whole: FolderEntry[]
  /** Not yet whole. */
  waiting: FolderEntry[]
  ignored: Record<IgnoredWhy, number>
  /** Markers that have had no file for two listings: what they spoke of is gone, and the next file is not theirs. */
  orphans: string[]
}

/** Suffixes of files that other programs are writing. */
const foreignSuffixes = ['.part', '.filepart']
/** What is shown in the place of bytes that are no UTF-8; such a file cannot be named in a request either. */
const notUtf8 = '\u{FFFD}'

type Seen = { size: number; modifiedMs: number; sinceMs: number }

/** Chooses from one listing after another. */
export type Chooser = { choose(entries: FolderEntry[], nowMs: number): Choice }

/** The chooser of one folder; it remembers what it saw in the listing before, and of that only what is still there. */
export function createChooser(site: SftpSite): Chooser {
  let seen = new Map<string, Seen>()
  let lonely = new Set<string>()

  function isStable(
    { name, size, modifiedMs }: FolderEntry,
    next: Map<string, Seen>,
    nowMs: number,
  ): boolean {
    const before = seen.get(name)
    const isSame = before?.size === size && before.modifiedMs === modifiedMs
    const sinceMs = isSame ? before.sinceMs : nowMs
    next.set(name, { size, modifiedMs, sinceMs })
    return isSame && nowMs - sinceMs >= site.stableMs
  }
  return {
    choose(entries, nowMs) {
      const ignored = { folder: 0, link: 0, special: 0, name: 0, temporary: 0, pattern: 0 }
      const choice: Choice = { whole: [], waiting: [], ignored, orphans: [] }
      const markers = markersOf(entries, site)
      const next = new Map<string, Seen>()
      for (const entry of entries) {
        if (markers.has(entry.name)) continue
        const why = ignoredWhy(entry, site)
        if (why !== undefined) {
          ignored[why] += 1
          continue
        }
        const isMarked = markers.delete(entry.name + site.markerSuffix)
        const isWhole =
          site.pickupWhole === 'rename' ||
          (site.pickupWhole === 'marker' ? isMarked : isStable(entry, next, nowMs))
        if (isWhole) choice.whole.push(entry)
        else choice.waiting.push(entry)
      }
      seen = next
      choice.orphans = [...markers].filter((name) => lonely.has(name))
      lonely = markers
      choice.whole.sort((a, b) => a.modifiedMs - b.modifiedMs || (a.name < b.name ? -1 : 1))
      return choice
    },
  }
}

/** Matches `*` (any characters) and `?` (one); its time grows with both lengths at most, whatever the pattern. */
export function matchesPattern(pattern: string, name: string): boolean {
  let at = 0
  let from = 0
  let star = -1
  let restart = 0
  while (at < name.length) {
    if (pattern[from] === '*') {
      star = from
      restart = at
      from += 1
    } else if (from < pattern.length && (pattern[from] === '?' || pattern[from] === name[at])) {
      from += 1
      at += 1
    } else if (star >= 0) {
      restart += 1
      at = restart
      from = star + 1
    } else return false
  }
  while (pattern[from] === '*') from += 1
  return from === pattern.length
}

/** Names of markers in a listing, if the site has them. */
function markersOf(entries: FolderEntry[], { pickupWhole, markerSuffix }: SftpSite): Set<string> {
  if (pickupWhole !== 'marker') return new Set()
  const names = entries.map(({ name }) => name)
  return new Set(names.filter((name) => name.length > markerSuffix.length && name.endsWith(markerSuffix)))
}

function ignoredWhy({ name, kind }: FolderEntry, site: SftpSite): IgnoredWhy | undefined {
  if (name === '' || name.includes('/') || name.includes(notUtf8)) return 'name'
  const suffixes = [site.temporarySuffix, ...foreignSuffixes]
  if (name.startsWith('.') || suffixes.some((suffix) => name.endsWith(suffix))) return 'temporary'
  if (kind !== 'file') return kind
  return matchesPattern(site.pickupPattern, name) ? undefined : 'pattern'
}
