// A bulk job and its rows as services see them.

import type { BulkJob, BulkRowPage } from '../../schemas/bulk/api.ts'
import { type RefusalCode, refusalRow, refusals } from '../../schemas/refusals.ts'
import type { countRows } from '../store/bulk/jobs.ts'
import type { BulkJobRow, BulkRow } from '../store/bulk/rows.ts'

type Counts = Awaited<ReturnType<typeof countRows>>

/** A job with how far it is, from the counts of its rows. */
export function jobView(job: BulkJobRow, counts: Counts, href: string): BulkJob {
  const sum = (which: (one: Counts[number]) => boolean) =>
    counts.filter(which).reduce((total, { count }) => total + count, 0)
  const found = (group: BulkRow['found']) => sum((one) => one.found === group)
  const inState = (state: BulkRow['state']) => sum((one) => one.state === state)
  const outcome = (name: string) => sum((one) => one.outcome === name)
  const [waiting, queued] = [inState('waiting'), inState('queued')]
  return {
    id: job.id,
    state: job.state,
    phase: waiting > 0 ? 'searching' : queued > 0 ? 'inviting' : 'done',
    sender: job.sender,
    rows: job.rows,
    searched: job.rows - waiting,
    groups: {
      linked: found('linked'),
      ready: found('ready'),
      application: found('application'),
      notFound: found('not-found'),
      tryLater: found('try-later'),
      waiting,
      faulty: inState('faulty'),
    },
    invitations: {
      queued,
      invited: inState('invited'),
      refused: inState('refused'),
      asked: outcome('asked'),
      linked: outcome('linked'),
      unclaimed: outcome('unclaimed'),
      application: outcome('application'),
    },
    madeAt: job.made_at.toISOString(),
    changedAt: job.changed_at.toISOString(),
    href,
  }
}

/** A row, with the words of its code. */
export function rowView(row: BulkRow): BulkRowPage['items'][number] {
  return {
    number: row.number,
    inn: row.inn,
    kpp: row.kpp,
    name: row.name,
    email: row.email,
    state: row.state,
    group: row.state === 'faulty' ? 'faulty' : (row.found ?? 'waiting'),
    counterparty: row.counterparty,
    knownName: row.known_name,
    operator: row.operator,
    boxes: row.boxes,
    code: row.reason,
    text: row.reason === null ? null : textOf(row.reason),
    seen: row.seen,
    invite: row.invite,
    outcome: row.outcome,
  }
}

/** The words of a code; a row may have one of another version of the hub. */
function textOf(code: string): string {
  if (!Object.hasOwn(refusals, code)) return code
  const { ru, en } = refusalRow(code as RefusalCode)
  return `${ru} (${en})`
}
