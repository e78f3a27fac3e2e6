// Names of claimed files, and which of them are due: a claim says whose it is, since when, and of which name.

import { createHash, randomBytes } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import type { FolderEntry } from './files.ts'

/** A file in the folder of claims, under its name there; `name` is the one it came with. */
export type Claim = { file: string; name: string }

/** What lies in the folder of claims. */
export type ClaimedFiles = {
  /** Ours, to be taken up again. */
  due: Claim[]
  /** Of a node that is gone, or was away for too long: to be claimed by us first. */
  lapsed: Claim[]
  /** Ours, for later. */
  postponed: FolderEntry[]
  /** Of other nodes that may be at work. */
  elsewhere: number
  /** Nothing of ours. */
  strays: number
}

/** The claims of one pickup. */
export type Claims = {
  /** A new claim of a file of this name; no claim has the name of another. */
  make(name: string): Claim
  sort(entries: FolderEntry[]): ClaimedFiles
  /** Puts a claim off, longer each time, for `pauseMs` at least. */
  postpone(claim: Claim, pauseMs: number): void
}

/** Names in common file systems have 255 bytes, and ours are put before. */
const nameBytesKept = 200
const shape = /^([0-9a-f]{12})-([0-9a-z]{1,12})-([0-9a-z]{1,8})\.(.+)$/s

/** `lapseMs`: what others claimed longer ago is taken over; the door makes it harmless where they are still at it. */
export function createClaims(clock: () => Date, lapseMs: number): Claims {
  const owner = randomBytes(6).toString('hex')
  const later = new Map<string, { tries: number; dueMs: number }>()
  let count = 0
  return {
    make(name) {
      count += 1
      const file = `${owner}-${clock().getTime().toString(36)}-${count.toString(36)}.${keptName(name)}`
      return { file, name: keptName(name) }
    },
    sort(entries) {
      const nowMs = clock().getTime()
      const sorted: ClaimedFiles = { due: [], lapsed: [], postponed: [], elsewhere: 0, strays: 0 }
      for (const entry of entries) {
        const [, by, since = '', , name = ''] = shape.exec(entry.name) ?? []
        const claim: Claim = { file: entry.name, name }
        if (by === undefined || entry.kind !== 'file') sorted.strays += 1
        else if (by === owner) {
          if ((later.get(entry.name)?.dueMs ?? 0) <= nowMs) sorted.due.push(claim)
          else sorted.postponed.push(entry)
        } else if (Math.abs(nowMs - Number.parseInt(since, 36)) >= lapseMs) sorted.lapsed.push(claim)
        else sorted.elsewhere += 1
      }
      const there = new Set(entries.map(({ name }) => name))
      for (const file of later.keys()) if (!there.has(file)) later.delete(file)
      return sorted
    },
    postpone({ file }, pauseMs) {
      const tries = later.get(file)?.tries ?? 0
      const growing = Math.min(limits.faultPauseMs * 2 ** tries, limits.faultPauseMaxMs)
      later.set(file, { tries: tries + 1, dueMs: clock().getTime() + Math.max(growing, pauseMs) })
    },
  }
}

/** The name as it came; of one that is too long to be claimed, its digest: such a name is refused anyway. */
function keptName(name: string): string {
  if (Buffer.byteLength(name) <= nameBytesKept) return name
  return `${createHash('sha256').update(name).digest('hex').slice(0, 16)}.long-name`
}
