// What becomes of work the hub fails at: put off with growing pauses, and a message is held in the end.

import { log } from '../../../monitoring/log.ts'
import { limits } from '../../../schemas/limits.ts'
import { BlobError } from '../../ports.ts'
import { isOutage } from '../../store/away.ts'
import { StaleChange } from '../../store/hot/batcher.ts'
import { joinChanges } from '../../store/hot/change.ts'
import { giveBack } from '../../store/hot/claim.ts'
import { putOffWork } from '../../store/hot/faults.ts'
import { readMessages } from '../../store/hot/reads.ts'
import type { Hop, WorkRow } from '../../store/hot/rows.ts'
import { moveContext, type PipelineContext } from '../context.ts'
import { holdPackages } from './hold-package.ts'
import { moveMessage } from './moves.ts'

/** What the system says when the place is at its end, whatever was to be done there. */
const placeAway: readonly string[] = [
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EACCES',
  'EPERM',
  'ESTALE',
]

/**
 * True of faults of the place the hub runs in: no database, no room on the disk. They say nothing about a message, so
 * nothing is counted against it. The same goes for a change that somebody else's came before.
 */
export function isOfSurroundings(error: unknown): boolean {
  if (error instanceof StaleChange || isOutage(error)) return true
  if (error instanceof BlobError) return isBlobStoreAway(error)
  return error instanceof Error && 'code' in error && placeAway.includes(String(error.code))
}

/** Blobs share their writes, so a failed one blames none of them; a blob that cannot be read may be damaged itself. */
function isBlobStoreAway({ code, cause }: BlobError): boolean {
  switch (code) {
    case 'write-failed':
    case 'busy':
    case 'closed':
      return true
    case 'read-failed':
      return isOfSurroundings(cause)
    case 'too-large':
    case 'damaged':
    case 'missing':
    case 'invalid-ref':
      return false
  }
}

/**
 * Puts off claimed rows after a fault: each pause is twice the one before, up to limits.faultPauseMaxMs. A message that
 * nobody was sent yet, and a package of ours, are held with `hub.faulted` after limits.faultsMax faults on end; everything
 * else is tried for ever.
 */
export async function putOffFaulty(
  context: PipelineContext,
  of: { hop: Hop; works: readonly WorkRow[]; error: unknown },
): Promise<void> {
  const { hop, works, error } = of
  const { store, node, clock } = context
  const now = clock.now().getTime()
  if (isOfSurroundings(error)) {
    const at = new Date(now + limits.faultPauseMs)
    await giveBack(store, { ids: works.map((work) => work.id), node, at })
    return
  }
  const held = await hold(
    context,
    hop,
    works.filter(({ attempt }) => attempt + 1 >= limits.faultsMax),
  )
  const pauses = works
    .filter(({ id }) => !held.has(id))
    .map(({ id, attempt }) => ({ id, at: new Date(now + pauseMs(attempt)) }))
  if (pauses.length > 0) await putOffWork(store, { pauses, hop, node })
  for (const { id, lane, attempt } of works) {
    const state = held.has(id) ? 'held' : 'put-off'
    log.warn('work.faulted', { hop, trigger: lane, messageId: id, attempt: attempt + 1, state })
  }
}

/**
 * True of a message at which the nodes themselves ended so often (a fault nothing could catch, or one that stopped the
 * event loop) that it is no more tried: it would end the next one.
 */
export function isWornOut({ hop, lane, attempt }: WorkRow): boolean {
  return (hop === 'process' || hop === 'deliver') && lane !== 'receipts' && attempt >= limits.faultsMax
}

/** Waits for all of a batch before it fails by the first of its faults: nobody works on when rows are put off. */
export async function allDone(running: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(running)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** Milliseconds to wait after so many earlier faults. */
function pauseMs(earlier: number): number {
  return Math.min(limits.faultPauseMs * 2 ** earlier, limits.faultPauseMaxMs)
}

/** Holds what may be held at a hop; gives the ids of the rows that need no pause. */
async function hold(context: PipelineContext, hop: Hop, works: readonly WorkRow[]): Promise<Set<string>> {
  if (works.length === 0) return new Set()
  switch (hop) {
    case 'process':
    case 'deliver':
      return holdMessages(context, works)
    case 'send':
      return holdPackages(
        context,
        works.map((work) => work.id),
        'hub.faulted',
      )
    case 'watch':
    case 'settle':
    case 'frozen':
      return new Set()
  }
}

/** Holds messages for a person. Gives the rows that need no pause: those held, or moved by somebody else. */
async function holdMessages(context: PipelineContext, works: readonly WorkRow[]): Promise<Set<string>> {
  const settled = new Set<string>()
  const ids = works.map((work) => work.id)
  for (const message of (await readMessages(context.store, ids)).values()) {
    const at = context.clock.now()
    const named = { event: 'faulted', reason: 'hub.faulted' } as const
    const moved = moveMessage(message, named, moveContext(context, at))
    if (moved.means !== 'transition') continue
    try {
      await context.committer.submit(joinChanges([{ owned: [message.id] }, moved.change]))
      context.watcher.moved(moved.state, 1)
    } catch (error) {
      if (!(error instanceof StaleChange)) throw error
    }
    settled.add(message.id)
  }
  return settled
}
