// Puts packages into the folder of a peer, so that the peer never sees half of one (RULES 20-24).
// A second attempt with the same departure is harmless: it finds the package, or writes the same bytes again.

import { limits } from '../../../schemas/limits.ts'
import type { SftpSite } from '../../../schemas/sftp.ts'
import type { Courier, Departure, Outcome } from '../../../schemas/transport.ts'
import { cleanText } from '../outcome.ts'
import { pathIn } from './address.ts'
import { isAnswered, SftpFault } from './fault.ts'
import type { SftpFiles } from './files.ts'
import { judgePut, type PutStep } from './put-outcome.ts'
import type { SftpSessions } from './sessions.ts'
import { checkRenamed, writeWhole } from './whole-files.ts'

/** Settings of the courier. */
export type SftpCourierOptions = { sessions: SftpSessions }

/**
 * Makes a courier. `send` never rejects and ends by departure.timeoutMs, the connecting included. Accepted means that
 * the server has acknowledged the rename or the marker (RULES 24). `close` ends what runs and waits for it; the sessions
 * are closed by their owner.
 */
export function createSftpCourier({ sessions }: SftpCourierOptions): Courier {
  const running = new Map<Promise<Outcome>, () => void>()
  let isClosed = false
  return {
    async send(departure) {
      const { site, address, signal } = departure
      const startedMs = performance.now()
      const settle = (found: Finding): Outcome => ({
        status: undefined,
        ...found,
        text: cleanText(found.text),
        durationMs: performance.now() - startedMs,
      })
      if (site === undefined || site.address !== address) {
        const text = 'the peer has no SFTP site of this address'
        return settle({ class: 'forbidden', reason: 'site.missing', text })
      }
      if (isClosed || signal.aborted) {
        return settle({ class: 'transient', reason: 'aborted', text: 'ended by us' })
      }
      const attempt = startAttempt({ ...departure, site }, sessions)
      const outcome = attempt.finding.then(settle)
      running.set(outcome, attempt.abort)
      return outcome.finally(() => running.delete(outcome))
    },
    async close() {
      isClosed = true
      for (const abort of running.values()) abort()
      await Promise.all(running.keys())
    },
  }
}

type Finding = Pick<Outcome, 'class' | 'reason' | 'text'> & { isPlaced?: true }
type PlacedReason = 'put.renamed' | 'put.marked' | 'put.already-there'
type Parcel = Departure & { site: SftpSite }

function startAttempt(
  parcel: Parcel,
  sessions: SftpSessions,
): { finding: Promise<Finding>; abort: () => void } {
  const { peer, site, timeoutMs } = parcel
  const end = new AbortController()
  const abort = () => end.abort()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    abort()
  }, timeoutMs)
  parcel.signal.addEventListener('abort', abort)
  const way: Way = { step: 'connecting' }
  async function run(): Promise<Finding> {
    try {
      const reason = await sessions.use({ peer, site, signal: end.signal }, (files) => {
        way.step = 'writing'
        return site.putWhole === 'rename' ? putRenamed(files, parcel, way) : putMarked(files, parcel, way)
      })
      const finding: Finding = { class: 'accepted', reason, text: '' }
      return site.leavesFiles ? finding : { ...finding, isPlaced: true }
    } catch (error) {
      if (!(error instanceof SftpFault)) throw error
      return judgePut({ fault: error, step: way.step, isLate })
    } finally {
      clearTimeout(timer)
      parcel.signal.removeEventListener('abort', abort)
    }
  }
  return { finding: run(), abort }
}

/** How far the attempt came, for the judgement of a fault. */
type Way = { step: PutStep }

async function putRenamed(files: SftpFiles, { site, name, bytes }: Parcel, way: Way): Promise<PlacedReason> {
  const path = pathIn(site, site.putFolder, name)
  const temporary = path + site.temporarySuffix
  // The answer to an earlier rename may have been lost (RULES 24).
  if (await holds(files, path, bytes)) return 'put.already-there'
  await writeWhole(files, temporary, bytes)
  way.step = 'placing'
  const reason = await placeRenamed(files, { path, temporary, bytes }, way)
  way.step = 'placed'
  await checkRenamed(files, temporary, path)
  return reason
}

type Place = { path: string; temporary: string; bytes: Uint8Array }

async function placeRenamed(files: SftpFiles, place: Place, way: Way): Promise<PlacedReason> {
  const { path, temporary, bytes } = place
  if (files.canReplace) {
    await files.replace(temporary, path)
    return 'put.renamed'
  }
  try {
    await files.rename(temporary, path)
  } catch (error) {
    if (!isAnswered(error) || error.kind !== 'failed') throw error
    way.step = 'writing'
    // Status 4 says no more than that it failed: mostly that the name is taken.
    if ((await files.look(path)) === undefined) throw error
    if (await holds(files, path, bytes)) {
      await files.remove(temporary)
      return 'put.already-there'
    }
    await files.remove(path)
    way.step = 'placing'
    await files.rename(temporary, path)
  }
  return 'put.renamed'
}

async function putMarked(files: SftpFiles, { site, name, bytes }: Parcel, way: Way): Promise<PlacedReason> {
  const path = pathIn(site, site.putFolder, name)
  const marker = path + site.markerSuffix
  if (await holds(files, path, bytes)) {
    if ((await files.look(marker)) !== undefined) return 'put.already-there'
  } else {
    // A marker that was left behind would call whole what is only being written.
    await files.remove(marker)
    await writeWhole(files, path, bytes)
  }
  way.step = 'placing'
  await files.write(marker, new Uint8Array(0))
  way.step = 'placed'
  return 'put.marked'
}

async function holds(files: SftpFiles, path: string, bytes: Uint8Array): Promise<boolean> {
  const facts = await files.look(path)
  if (facts?.kind !== 'file' || facts.size !== bytes.length || facts.size > limits.packageBytesMax)
    return false
  const there = await files.read(path, bytes.length + 1)
  return Buffer.compare(there, bytes) === 0
}
