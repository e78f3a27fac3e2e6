// Reads the counts of links by day, and what waits now.

import { limits } from '../../../schemas/limits.ts'
import type { Sql } from '../sql.ts'
import type { LinkMeasureRow } from './rows.ts'

/** Counts of the days from..to (yyyy-mm-dd, both included), in their order. */
export async function readMeasures(
  sql: Sql,
  { from, to }: { from: string; to: string },
): Promise<LinkMeasureRow[]> {
  const { rows } = await sql.query({
    name: 'link_measures_read',
    text:
      'select day::text as day, measure, label, count::float8 as count, total_ms::float8 as total_ms ' +
      'from link_measure where day between $1::date and $2::date order by day, measure, label',
    values: [from, to],
  })
  return rows as LinkMeasureRow[]
}

/** Links and invitations by what they counted in all, whatever the day. */
export async function sumMeasures(sql: Sql): Promise<Pick<LinkMeasureRow, 'measure' | 'label' | 'count'>[]> {
  const text =
    'select measure, label, sum(count)::float8 as count from link_measure group by measure, label ' +
    'order by measure, label'
  const { rows } = await sql.query({ name: 'link_measures_sum', text })
  return rows as Pick<LinkMeasureRow, 'measure' | 'label' | 'count'>[]
}

/** Requests whose deadline runs, and invitations that wait; counted up to limits.countedRowsMax. */
export async function countWaiting(sql: Sql): Promise<{ requests: number; invites: number }> {
  const some = (table: string) =>
    `(select count(*)::int from (select from ${table} where deadline_at is not null limit $1) as waiting)`
  const { rows } = await sql.query({
    name: 'links_waiting',
    text: `select ${some('link')} as requests, ${some('invite')} as invites`,
    values: [limits.countedRowsMax],
  })
  return rows[0] as { requests: number; invites: number }
}
