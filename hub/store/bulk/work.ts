// What is due in bulk jobs, and what came of it, written only by the node that holds the lease (RULES 29).

import { type Lease, withHeld } from '../lease.ts'
import type { Sql, SqlStore } from '../sql.ts'
import type { BulkJobRow, BulkOrderRow, BulkRow } from './rows.ts'

/** Rows to be searched, or rows to be invited. */
export type BulkDue = 'waiting' | 'queued'

/** Running jobs that have rows due, oldest first. */
export async function jobsDue(
  sql: Sql,
  of: { what: BulkDue; at: Date; countMax: number },
): Promise<BulkJobRow[]> {
  const text =
    "select * from bulk_job j where state = 'running' and exists (select from bulk_row r " +
    'where r.job = j.id and r.state = $1 and r.due_at <= $2) order by id limit $3'
  const { rows } = await sql.query(text, [of.what, of.at, of.countMax])
  return rows as BulkJobRow[]
}

/** Due rows of a job, those that wait longest first. */
export async function rowsDue(
  sql: Sql,
  of: { what: BulkDue; job: string; at: Date; countMax: number },
): Promise<BulkRow[]> {
  const text =
    `select * from bulk_row where job = $1 and state = '${of.what}' and due_at <= $2 ` +
    'order by due_at, number limit $3'
  const { rows } = await sql.query(text, [of.job, of.at, of.countMax])
  return rows as BulkRow[]
}

/** The orders that rows name. */
export async function readOrders(sql: Sql, ids: readonly string[]): Promise<Map<string, BulkOrderRow>> {
  const { rows } = await sql.query('select * from bulk_order where id = any($1::uuid[])', [[...new Set(ids)]])
  return new Map((rows as BulkOrderRow[]).map((row) => [row.id, row]))
}

/** How many rows all jobs have invited, or been refused, since a time. */
export async function countDone(sql: Sql, since: Date): Promise<number> {
  const text = 'select count(*)::int as count from bulk_row where done_at > $1'
  const { rows } = await sql.query(text, [since])
  return Number(rows[0]?.['count'])
}

/**
 * Writes what came of rows of one job that were in the state they were read in; what was changed meanwhile by its
 * service stays. Throws LeaseLost when another node has the lease by now.
 */
export async function writeRows(
  store: SqlStore,
  of: { lease: Lease | undefined; what: BulkDue; job: string; rows: readonly BulkRow[]; at: Date },
): Promise<void> {
  await withHeld(store, of.lease, async (sql) => {
    await sql.query(
      'update bulk_row r set state = x.state, found = x.found, counterparty = x.counterparty, ' +
        'known_name = x.known_name, operator = x.operator, boxes = x.boxes, reason = x.reason, seen = x.seen, ' +
        'invite = x.invite, outcome = x.outcome, attempts = x.attempts, due_at = x.due_at, done_at = x.done_at ' +
        'from jsonb_to_recordset($2::jsonb) as x(number integer, state text, found text, counterparty text, ' +
        'known_name text, operator text, boxes integer, reason text, seen text, invite uuid, outcome text, ' +
        'attempts integer, due_at timestamptz, done_at timestamptz) ' +
        `where r.job = $1 and r.number = x.number and r.state = '${of.what}'`,
      [of.job, JSON.stringify(of.rows)],
    )
    await sql.query('update bulk_job set changed_at = $2 where id = $1', [of.job, of.at])
  })
}
