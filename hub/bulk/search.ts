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
    const known = await knownOf(options, job, due)
    const work = (row: BulkRow) => searchRow(options, job, row, known?.get(row))
    const rows = await inParallel(due, { signal, atOnceMax }, work)
    await writeRows(store, { lease, what, job: job.id, rows, at })
    count += rows.length
  }
  return count
}

/**
 * What is known about all rows, asked in one question; undefined where that fails: then each is asked about by itself, so
 * that what is wrong with one keeps the others from nothing.
 */
async function knownOf(
  options: SearchOptions,
  job: BulkJobRow,
  rows: readonly BulkRow[],
): Promise<Map<BulkRow, DirectoryHit[]> | undefined> {
  try {
    const found = await find(options, job, rows)
    return new Map(rows.map((row, place) => [row, found[place] ?? []]))
  } catch (error) {
    if (isOutage(error)) throw error
    options.onFault('bulk.search', error)
    return undefined
  }
}

/** The boxes under the number of each row, without that of the sender itself. */
async function find(
  { directory, context }: SearchOptions,
  job: BulkJobRow,
  rows: readonly BulkRow[],
): Promise<DirectoryHit[][]> {
  const viewer = job.sender as ParticipantId
  const own = participantKey(viewer)
  const asked = rows.map(({ inn, kpp }) => ({ inn, kpp: kpp ?? undefined }))
  const found = await directory.byInns({ asked, viewer, at: context.clock.now() })
  return found.map((hits) => hits.filter(({ id }) => participantKey(id) !== own))
}

async function searchRow(
  options: SearchOptions,
  job: BulkJobRow,
  row: BulkRow,
  before: readonly DirectoryHit[] | undefined,
): Promise<BulkRow> {
  const { directory, onFault } = options
  const findOne = async () => (await find(options, job, [row]))[0] ?? []
  try {
    const known = before ?? (await findOne())
    if (!job.asks || known.some(({ reach }) => reach !== 'unreachable')) return searched(row, known)
    const { status } = await directory.lookUp({ inn: row.inn, kpp: row.kpp ?? undefined })
    if (status === 'try-later') return putOff(options, row, known)
    return searched(row, status === 'ok' ? await findOne() : known)
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
