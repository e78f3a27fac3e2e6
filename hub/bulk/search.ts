// Searches the rows of bulk jobs in the directory, batch by batch.

import type { Directory, DirectoryHit } from '../../schemas/directory/directory.ts'
import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { isOutage } from '../store/away.ts'
import type { BulkFound, BulkJobRow, BulkRow } from '../store/bulk/rows.ts'
import { jobsDue, rowsDue, writeRows } from '../store/bulk/work.ts'
import type { Lease } from '../store/lease.ts'
import { inParallel } from './parallel.ts'

/** What searching needs. */
export type SearchOptions = {
  context: Pick<PipelineContext, 'store' | 'clock'>
  directory: Directory
  onFault(place: string, error: unknown): void
}

/**
 * One batch of each running job that has rows to search. What came of a batch is written at once, under the lease: a
 * process that dies repeats one batch of questions, which change nothing. Gives how many rows were looked at.
 */
export async function searchRound(
  options: SearchOptions,
  lease: Lease | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { store, clock } = options.context
  const [what, atOnceMax] = ['waiting', limits.bulkAtOnceMax] as const
  const jobs = await jobsDue(store, { what, at: clock.now(), countMax: limits.bulkJobsAtOnceMax })
  let count = 0
  for (const job of jobs) {
    if (signal.aborted) break
    const at = clock.now()
    const due = await rowsDue(store, { what, job: job.id, at, countMax: limits.bulkBatchRows })
    const rows = await inParallel(due, { signal, atOnceMax }, (row) => searchRow(options, job, row))
    await writeRows(store, { lease, what, job: job.id, rows, at })
    count += rows.length
  }
  return count
}

async function searchRow(options: SearchOptions, job: BulkJobRow, row: BulkRow): Promise<BulkRow> {
  const { directory, context, onFault } = options
  const { inn } = row
  const kpp = row.kpp ?? undefined
  const viewer = job.sender as ParticipantId
  const find = async () => {
    const hits = await directory.byInn({ inn, kpp, viewer, at: context.clock.now() })
    return hits.filter(({ id }) => participantKey(id) !== participantKey(viewer))
  }
  try {
    const known = await find()
    if (!job.asks || known.some(({ reach }) => reach !== 'unreachable')) return searched(row, known)
    const { status } = await directory.lookUp({ inn, kpp })
    if (status === 'try-later') return putOff(options, row, known)
    return searched(row, status === 'ok' ? await find() : known)
  } catch (error) {
    if (isOutage(error)) throw error
    onFault('bulk.search', error)
    return putOff(options, row, [])
  }
}

const groups = { linked: 'linked', invitable: 'ready', application: 'application' } as const

function searched(row: BulkRow, hits: readonly DirectoryHit[]): BulkRow {
  const best = bestOf(hits)
  if (best === undefined || best.reach === 'unreachable') {
    return { ...row, ...boxOf(best, hits), state: 'searched', found: 'not-found', due_at: null }
  }
  return { ...row, ...boxOf(best, hits), state: 'searched', found: groups[best.reach], due_at: null }
}

/** A link that is there makes all else needless; then what needs no person; the directory gives the best first. */
function bestOf(hits: readonly DirectoryHit[]): DirectoryHit | undefined {
  const order = ['linked', 'invitable', 'application', 'unreachable'] as const
  return order.map((reach) => hits.find((hit) => hit.reach === reach)).find((hit) => hit !== undefined)
}

function boxOf(
  best: DirectoryHit | undefined,
  hits: readonly DirectoryHit[],
): Pick<BulkRow, 'counterparty' | 'known_name' | 'operator' | 'boxes' | 'reason'> {
  return {
    counterparty: best?.id ?? null,
    known_name: best?.name ?? null,
    operator: best?.operator?.name ?? null,
    boxes: hits.length,
    reason: best?.reason ?? null,
  }
}

/** A failed look-up is no answer: it is asked again, a bounded number of times, then left to a later list. */
function putOff({ context }: SearchOptions, row: BulkRow, hits: readonly DirectoryHit[]): BulkRow {
  const attempts = row.attempts + 1
  const found: BulkFound = 'try-later'
  if (attempts >= limits.bulkAttemptsMax) {
    return { ...row, ...boxOf(bestOf(hits), hits), state: 'searched', found, attempts, due_at: null }
  }
  const pauseMs = limits.bulkRetryMs * 2 ** (attempts - 1)
  return { ...row, attempts, due_at: new Date(context.clock.now().getTime() + pauseMs) }
}
