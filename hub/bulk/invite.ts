// Makes the invitations that were ordered for rows of bulk jobs, at a limited rate, each once.

import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import type { InviteDesk, InvitedCounterparty } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refusalRow, refuse } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { isOutage } from '../store/away.ts'
import type { BulkJobRow, BulkOrderRow, BulkRow } from '../store/bulk/rows.ts'
import { countDone, jobsDue, readOrders, rowsDue, writeRows } from '../store/bulk/work.ts'
import type { Lease } from '../store/lease.ts'
import type { Pace } from './pace.ts'
import { inParallel } from './parallel.ts'

/** What inviting needs. */
export type InviteOptions = {
  context: Pick<PipelineContext, 'store' | 'clock'>
  desk: InviteDesk
  /** All jobs together. */
  invitesPerMinute: number
  /** Spreads them over the minute. */
  pace: Pace
  onFault(place: string, error: unknown): void
}

const minuteLength = 60_000

/**
 * What may be sent by now, spread over the running jobs, a batch of each. How many were sent stands in the rows, so that
 * the rate holds over restarts. A process that dies after an invitation was made and before its row says so makes it
 * again under the same key, `bulk:<job>:<number>`, which the desk answers with the one it made. Gives how many were tried:
 * while there are some, more may be due.
 */
export async function inviteRound(
  options: InviteOptions,
  lease: Lease | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { store, clock } = options.context
  const now = clock.now()
  const share = options.pace.take()
  if (share === 0) return 0
  const sent = await countDone(store, new Date(now.getTime() - minuteLength))
  let left = Math.min(share, options.invitesPerMinute - sent)
  const jobs = left <= 0 ? [] : await jobsDue(store, { what: 'queued', at: now, countMax: left })
  let count = 0
  for (const [index, job] of jobs.entries()) {
    if (signal.aborted || left <= 0) break
    const countMax = Math.min(Math.ceil(left / (jobs.length - index)), limits.bulkBatchRows)
    const rows = await inviteRows(options, { job, countMax, lease, signal })
    left -= rows
    count += rows
  }
  options.pace.giveBack(share - count)
  return count
}

async function inviteRows(
  options: InviteOptions,
  of: { job: BulkJobRow; countMax: number; lease: Lease | undefined; signal: AbortSignal },
): Promise<number> {
  const { store, clock } = options.context
  const { job, countMax, lease, signal } = of
  const at = clock.now()
  const what = 'queued'
  const due = await rowsDue(store, { what, job: job.id, at, countMax })
  const orders = await readOrders(
    store,
    due.flatMap(({ ordered }) => ordered ?? []),
  )
  const work = (row: BulkRow) => inviteRow(options, job, row, orders.get(row.ordered ?? ''))
  const rows = await inParallel(due, { signal, atOnceMax: limits.bulkInvitesAtOnceMax }, work)
  await writeRows(store, { lease, what, job: job.id, rows, at })
  return rows.length
}

async function inviteRow(
  options: InviteOptions,
  job: BulkJobRow,
  row: BulkRow,
  order: BulkOrderRow | undefined,
): Promise<BulkRow> {
  const { context, desk, onFault } = options
  const counterparty = counterpartyOf(row)
  if (counterparty === undefined || order === undefined) {
    return ended(row, { at: context.clock.now(), refusal: refuse('bulk.rows', String(row.number)) })
  }
  try {
    const made = await desk.invite({
      home: job.home as OperatorCode,
      key: `bulk:${job.id}:${row.number}`,
      sender: { id: job.sender as ParticipantId, inn: undefined, kpp: undefined, name: undefined },
      counterparty,
      message: order.message ?? undefined,
      comment: order.comment ?? undefined,
      bulk: job.id,
      remote: order.remote,
      apiKey: order.api_key ?? undefined,
      at: context.clock.now(),
    })
    const at = context.clock.now()
    if (!isRefusal(made)) {
      const { invite, outcome, counterparty: id } = made
      const invited = { ...row, state: 'invited', invite, outcome, counterparty: id } as const
      return { ...invited, reason: null, seen: null, due_at: null, done_at: at }
    }
    const isPassing = refusalRow(made.code).class === 'transient'
    return isPassing ? putOff(row, { at, refusal: made }) : ended(row, { at, refusal: made })
  } catch (error) {
    if (isOutage(error)) throw error
    onFault('bulk.invite', error)
    return putOff(row, { at: context.clock.now(), refusal: refuse('bulk.failed', String(row.number)) })
  }
}

/** Who was found under a number is invited by id; who was not, by number and e-mail. */
function counterpartyOf(row: BulkRow): InvitedCounterparty | undefined {
  const { inn, found, email } = row
  if (row.counterparty !== null && (found === 'ready' || found === 'application')) {
    return { by: 'id', id: row.counterparty as ParticipantId, email: email ?? undefined }
  }
  if (email === null) return undefined
  return { by: 'inn', inn, kpp: row.kpp ?? undefined, name: row.name ?? undefined, email }
}

function ended(row: BulkRow, { at, refusal }: { at: Date; refusal: Refusal }): BulkRow {
  const { code: reason, seen } = refusal
  return { ...row, state: 'refused', reason, seen, due_at: null, done_at: at }
}

function putOff(row: BulkRow, of: { at: Date; refusal: Refusal }): BulkRow {
  const attempts = row.attempts + 1
  if (attempts >= limits.bulkAttemptsMax) return ended({ ...row, attempts }, of)
  const pauseMs = limits.bulkRetryMs * 2 ** (attempts - 1)
  return { ...row, attempts, due_at: new Date(of.at.getTime() + pauseMs) }
}
