// What a home service does with its bulk job: orders invitations, pauses, resumes, cancels.

import type { OperatorCode } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { writeJournal } from '../journal/write.ts'
import { journalMaker, type PipelineContext } from '../pipeline/context.ts'
import {
  type BulkSelection,
  countOrders,
  insertOrder,
  notInvitable,
  queueRows,
  readJob,
  setJobState,
} from '../store/bulk/jobs.ts'
import type { BulkJobRow, BulkJobState } from '../store/bulk/rows.ts'

/** Invite these rows. */
export type BulkOrder = {
  home: OperatorCode
  job: string
  rows: BulkSelection
  message: string | undefined
  comment: string | undefined
  remote: string
  apiKey: string | undefined
}

const numbersTold = 20

/**
 * Queues rows; those queued or invited before stay as they are, so that a repeat does nothing twice. Gives how many were
 * queued now. Refusals: home.not-found, bulk.state for a cancelled job, bulk.rows, bulk.too-many orders.
 */
export function orderInvitations(
  context: PipelineContext,
  of: BulkOrder,
): Promise<{ job: BulkJobRow; queued: number } | Refusal> {
  const { home, rows, message, comment, remote, apiKey } = of
  const at = context.clock.now()
  return context.store.transaction(async (sql) => {
    const job = await readJob(sql, { home, id: of.job, lock: true })
    if (job === undefined) return refuse('home.not-found', of.job)
    if (job.state === 'cancelled') return refuse('bulk.state', job.state)
    if (typeof rows !== 'string') {
      const strange = await notInvitable(sql, job.id, rows)
      const told = strange.slice(0, numbersTold).join(', ')
      if (strange.length > 0) return refuse('bulk.rows', `${strange.length}: ${told}`, 'body/rows')
    }
    const orders = await countOrders(sql, job.id)
    if (orders >= limits.bulkOrdersMax)
      return refuse('bulk.too-many', `приглашений списком (orders): ${orders}`)
    const order = {
      id: context.clock.newId(),
      job: job.id,
      message: message ?? null,
      comment: comment ?? null,
      remote,
      api_key: apiKey ?? null,
      at,
    }
    const queued = await queueRows(sql, { order, rows })
    if (queued === 0) return { job, queued }
    await insertOrder(sql, order)
    await setJobState(sql, { id: job.id, state: job.state, at })
    const facts = { home, order: order.id, rows: queued, key: apiKey }
    await writeJournal(sql, [journalMaker(context, at)('bulk.ordered', job.id, facts)])
    return { job, queued }
  })
}

/** States a job may be brought from. */
const changes: Readonly<Record<BulkJobState, readonly BulkJobState[]>> = {
  paused: ['running', 'paused'],
  running: ['paused', 'running'],
  cancelled: ['running', 'paused', 'cancelled'],
}

/**
 * Brings a job into a state; what is under way at this moment still ends. A cancelled job is over: its rows stay to be
 * read. Refusals: home.not-found, bulk.state.
 */
export function changeJob(
  context: PipelineContext,
  of: { home: OperatorCode; job: string; to: BulkJobState; apiKey: string | undefined },
): Promise<BulkJobRow | Refusal> {
  const { home, to, apiKey } = of
  const at = context.clock.now()
  return context.store.transaction(async (sql) => {
    const job = await readJob(sql, { home, id: of.job, lock: true })
    if (job === undefined) return refuse('home.not-found', of.job)
    if (job.state === to) return job
    if (!changes[to].includes(job.state)) return refuse('bulk.state', job.state)
    await setJobState(sql, { id: job.id, state: to, at })
    const facts = { home, from: job.state, to, key: apiKey }
    await writeJournal(sql, [journalMaker(context, at)('bulk.changed', job.id, facts)])
    return { ...job, state: to, changed_at: at }
  })
}
