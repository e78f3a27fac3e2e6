// One poll of a peer's folders: packages in, answers out, and what became of the packages we put (RULES 10, 11, 24, 29).

import { limits } from '../../../schemas/limits.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { Door, PlacedPackage } from '../../../schemas/transport.ts'
import { cleanText } from '../outcome.ts'
import { pathIn } from './address.ts'
import { type Choice, type Chooser, createChooser, type IgnoredWhy } from './choose.ts'
import { type ClaimedFiles, type Claims, createClaims } from './claims.ts'
import { type FaultKind, isAnswered, SftpFault } from './fault.ts'
import type { FolderEntry, SftpFiles } from './files.ts'
import { type NamedEnd, PlacedWatch } from './placed.ts'
import type { SftpSessions } from './sessions.ts'
import {
  type PickupPoint,
  type TakenAs,
  type TakeOptions,
  takeClaimed,
  takeFresh,
  takeLapsed,
} from './take-in.ts'

/** What happens to single files; carries names and no content. */
export type SftpPickupEvent =
  /** The server refused an operation on this file; it is tried again at a later poll. */
  | { kind: 'file-failed'; peer: string; name: string; reason: string; text: string }
  /** The door failed where it must not, or an answer could not be removed. */
  | { kind: 'fault'; peer: string; place: 'door' | 'forget' | 'poll'; error: unknown }

/** Settings of a pickup. */
export type SftpPickupOptions = {
  peer: string
  site: SftpSite
  sessions: SftpSessions
  door: Door
  onEvent: (event: SftpPickupEvent) => void
  clock?: () => Date
  /** Called at named points, where a test may end the process. */
  reach?: (point: PickupPoint) => Promise<void> | void
  /** Files claimed by another node so long ago are taken over. */
  claimLapseMs?: number
  /** So long after a placed package is gone its refusal may still come. */
  goneGraceMs?: number
}

/** What one poll came to. */
export type PollReport = {
  taken: number
  refused: number
  /** Claimed by us, for a later poll: the door wants them later, or somebody is writing to them. */
  postponed: number
  /** The server refused what we asked for; they lie where they lay. */
  failed: number
  /** Listed, but somebody else has them now. */
  gone: number
  /** Claimed by other nodes. */
  elsewhere: number
  /** Not yet whole. */
  waiting: number
  /** Whole, for the next poll: beyond limits.sftpFilesPerPollMax, or the poll ended before. */
  left: number
  /** False when the folder has more than limits.sftpNamesPerPollMax names. */
  isWholeFolder: boolean
  ignored: Record<IgnoredWhy, number>
  /** Age of the oldest file that is not taken in yet, by the server's time of it; 0 when there is none. */
  oldestWaitingMs: number
  /** What became of packages we put. After they are written down, `forget` them. */
  ends: NamedEnd[]
  /** Answer files to packages that are not among the placed. */
  strayAnswers: number
  /** What ended the poll early, or kept a part of it from being done. */
  fault: { reason: string; text: string } | undefined
}

/** The pickup of one peer. */
export type SftpPickup = {
  /** One poll; one at a time. Never rejects. */
  poll(options: { placed: readonly PlacedPackage[]; signal: AbortSignal }): Promise<PollReport>
  /** Removes the answer files of ends that are written down. Never rejects; may be called again. */
  forget(ends: readonly NamedEnd[], signal: AbortSignal): Promise<void>
}

/** Reasons where a fault brings none of its own; `placed`: of the look at what we put. */
const reasons: Record<FaultKind, { pickup: string; placed: string }> = {
  missing: { pickup: 'pickup.no-folder', placed: 'placed.no-folder' },
  denied: { pickup: 'pickup.denied', placed: 'placed.denied' },
  failed: { pickup: 'pickup.failed', placed: 'placed.failed' },
  unsupported: { pickup: 'pickup.failed', placed: 'placed.failed' },
  lost: { pickup: 'pickup.cut', placed: 'placed.cut' },
  timeout: { pickup: 'timeout.pickup', placed: 'timeout.placed' },
  aborted: { pickup: 'aborted', placed: 'aborted' },
  connect: { pickup: 'connect.failed', placed: 'connect.failed' },
  forbidden: { pickup: 'address.forbidden', placed: 'address.forbidden' },
}

/** Makes the pickup of a peer. It keeps what it saw at earlier polls, so one is made per peer and site. */
export function createSftpPickup(options: SftpPickupOptions): SftpPickup {
  return new Pickup(options)
}

class Pickup implements SftpPickup {
  readonly #options: SftpPickupOptions
  readonly #clock: () => Date
  readonly #claims: Claims
  readonly #chooser: Chooser
  readonly #watch: PlacedWatch
  /** Whether the folders were made; looked at again after anything failed, which may be for want of one. */
  #isPrepared = false

  constructor(options: SftpPickupOptions) {
    const { site, clock = () => new Date() } = options
    const { claimLapseMs = limits.sftpClaimLapseMs, goneGraceMs = limits.sftpGoneGraceMs } = options
    this.#options = options
    this.#clock = clock
    this.#claims = createClaims(clock, claimLapseMs)
    this.#chooser = createChooser(site)
    this.#watch = new PlacedWatch({ site, clock, graceMs: goneGraceMs })
  }

  async poll(round: { placed: readonly PlacedPackage[]; signal: AbortSignal }): Promise<PollReport> {
    const { peer, site, sessions, onEvent } = this.#options
    const report = emptyReport()
    try {
      await sessions.use({ peer, site, signal: round.signal }, (files) =>
        this.#poll(files, round.placed, report),
      )
    } catch (error) {
      report.fault = faultIn(error)
      if (!(error instanceof SftpFault)) onEvent({ kind: 'fault', peer, place: 'poll', error })
    }
    if (report.fault !== undefined || report.failed > 0) this.#isPrepared = false
    return report
  }

  async forget(ends: readonly NamedEnd[], signal: AbortSignal): Promise<void> {
    const { peer, site, sessions, onEvent } = this.#options
    if (ends.length === 0) return
    try {
      await sessions.use({ peer, site, signal }, async (files) => {
        for (const end of ends) await this.#forget(files, end)
      })
    } catch (error) {
      onEvent({ kind: 'fault', peer, place: 'forget', error })
    }
  }

  async #forget(files: SftpFiles, end: NamedEnd): Promise<void> {
    const { peer, onEvent } = this.#options
    try {
      await this.#watch.forget(files, this.#claims, end)
    } catch (error) {
      if (!isAnswered(error)) throw error
      onEvent({ kind: 'file-failed', peer, name: end.name, ...faultIn(error, 'placed') })
    }
  }

  async #poll(files: SftpFiles, placed: readonly PlacedPackage[], report: PollReport): Promise<void> {
    const { peer, site, onEvent } = this.#options
    if (placed.length > 0) {
      await partly(report, async () => {
        const { ends, strays } = await this.#watch.look(files, placed)
        report.ends = ends
        report.strayAnswers = strays
      })
    }
    const found = await this.#look(files, report)
    const { waiting, whole } = found.choice
    const postponed = [...waiting, ...found.claimed.postponed]
    report.oldestWaitingMs = oldestMs([...postponed, ...whole], this.#clock().getTime())
    const onFailed = (event: FileFailed) => onEvent({ peer, ...event })
    const rest = await takeAll(jobsOf(found, this.#taking(files)), { site, report, onFailed })
    report.left = rest.length
    const open = [...rest.flatMap(({ entry }) => entry ?? []), ...postponed]
    report.oldestWaitingMs = oldestMs(open, this.#clock().getTime())
  }

  /** One listing of the claims and one of the folder, however many files there are. */
  async #look(files: SftpFiles, report: PollReport): Promise<Found> {
    const { site } = this.#options
    if (!this.#isPrepared) await makeFolders(files, site)
    this.#isPrepared = true
    const lying = await files.list(pathIn(site, site.claimedFolder), limits.sftpNamesPerPollMax)
    const claimed = this.#claims.sort(lying.entries)
    const listed = await files.list(pathIn(site, site.pickupFolder), limits.sftpNamesPerPollMax)
    const choice = this.#chooser.choose(listed.entries, this.#clock().getTime())
    for (const orphan of choice.orphans) await files.remove(pathIn(site, site.pickupFolder, orphan))
    report.isWholeFolder = listed.isWhole
    report.ignored = choice.ignored
    report.waiting = choice.waiting.length
    report.postponed = claimed.postponed.length
    report.elsewhere = claimed.elsewhere
    return { claimed, choice }
  }

  #taking(files: SftpFiles): TakeOptions {
    const { peer, site, door, sessions, onEvent, reach = () => undefined } = this.#options
    const onDoorFault = (error: unknown) => onEvent({ kind: 'fault', peer, place: 'door', error })
    const own = { claims: this.#claims, clock: this.#clock, reach, onDoorFault }
    return { site, files, door, room: sessions.room, ...own }
  }
}

type Found = { claimed: ClaimedFiles; choice: Choice }

/** One file to take in; `entry` is known of those in the pickup folder. */
type Job = { name: string; entry?: FolderEntry; run: () => Promise<TakenAs> }

/** What was left from before first. */
function jobsOf({ claimed, choice }: Found, taking: TakeOptions): Job[] {
  return [
    ...claimed.due.map((claim) => ({ name: claim.name, run: () => takeClaimed(claim, taking) })),
    ...claimed.lapsed.map((claim) => ({ name: claim.name, run: () => takeLapsed(claim, taking) })),
    ...choice.whole.map((entry) => ({ name: entry.name, entry, run: () => takeFresh(entry.name, taking) })),
  ]
}

type FileFailed = { kind: 'file-failed'; name: string; reason: string; text: string }
type TakeAll = { site: SftpSite; report: PollReport; onFailed: (event: FileFailed) => void }

/**
 * Takes files in, some at a time. A file the server refuses something about stops no other; a lost session stops all.
 * Gives back the jobs that were not begun.
 */
async function takeAll(jobs: Job[], { site, report, onFailed }: TakeAll): Promise<Job[]> {
  const queue = jobs.slice(0, limits.sftpFilesPerPollMax).values()
  let begun = 0
  let stop: { error: unknown } | undefined
  async function lane(): Promise<void> {
    for (const { name, run } of queue) {
      begun += 1
      try {
        count(report, await run())
      } catch (error) {
        if (!isAnswered(error)) {
          stop ??= { error }
          return
        }
        report.failed += 1
        onFailed({ kind: 'file-failed', name, ...faultIn(error) })
      }
      if (stop !== undefined) return
    }
  }
  await Promise.all(Array.from({ length: site.filesAtOnceMax }, lane))
  if (stop !== undefined) {
    report.left += jobs.length - begun
    throw stop.error
  }
  return jobs.slice(begun)
}

function count(report: PollReport, as: TakenAs): void {
  if (as === 'returned') report.ignored.special += 1
  else report[as] += 1
}

/** Makes the folders that are ours to make; without one for answers there is only nobody to answer. */
async function makeFolders(files: SftpFiles, site: SftpSite): Promise<void> {
  for (const folder of [site.claimedFolder, site.archiveFolder]) {
    if (folder !== undefined) await files.makeFolder(pathIn(site, folder))
  }
  try {
    await files.makeFolder(pathIn(site, site.answersOutFolder))
  } catch (error) {
    if (!isAnswered(error)) throw error
  }
}

/** Looks after what we put; a refusal by the server keeps nothing from being picked up. */
async function partly(report: PollReport, part: () => Promise<void>): Promise<void> {
  try {
    await part()
  } catch (error) {
    if (!isAnswered(error)) throw error
    report.fault = faultIn(error, 'placed')
  }
}

function faultIn(error: unknown, of: 'pickup' | 'placed' = 'pickup'): { reason: string; text: string } {
  if (!(error instanceof SftpFault)) return { reason: 'pickup.fault', text: '' }
  return { reason: error.reason ?? reasons[error.kind][of], text: cleanText(error.message) }
}

function oldestMs(entries: FolderEntry[], nowMs: number): number {
  const oldest = entries.reduce((earliest, { modifiedMs }) => Math.min(earliest, modifiedMs), nowMs)
  return nowMs - oldest
}

function emptyReport(): PollReport {
  return {
    taken: 0,
    refused: 0,
    postponed: 0,
    failed: 0,
    gone: 0,
    elsewhere: 0,
    waiting: 0,
    left: 0,
    isWholeFolder: true,
    ignored: { folder: 0, link: 0, special: 0, name: 0, temporary: 0, pattern: 0 },
    oldestWaitingMs: 0,
    ends: [],
    strayAnswers: 0,
    fault: undefined,
  }
}
