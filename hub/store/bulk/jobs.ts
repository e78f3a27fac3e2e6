// Bulk jobs in the database: taken in whole, changed by their service, counted, dropped after their time.

import { limits } from '../../../schemas/limits.ts'
import type { Sql, SqlStore } from '../sql.ts'
import type { BulkJobRow, BulkJobState, BulkOrderRow, BulkRow } from './rows.ts'

/** A row as it comes in. */
export type NewBulkRow = Pick<
  BulkRow,
  'number' | 'inn' | 'kpp' | 'name' | 'email' | 'state' | 'reason' | 'seen' | 'due_at'
>

/** Which rows of a job. */
export type BulkSelection = 'all-ready' | 'all-applications' | 'all-by-email' | readonly number[]

/** The job of a home code under a key. */
export async function readJobByKey(
  sql: Sql,
  { home, key }: { home: string; key: string },
): Promise<BulkJobRow | undefined> {
  const { rows } = await sql.query('select * from bulk_job where home = $1 and key = $2', [home, key])
  return rows[0] as BulkJobRow | undefined
}

/** A job of a home code. */
export async function readJob(
  sql: Sql,
  { home, id, lock = false }: { home: string; id: string; lock?: boolean },
): Promise<BulkJobRow | undefined> {
  const text = `select * from bulk_job where id = $1 and home = $2 ${lock ? 'for update' : ''}`
  const { rows } = await sql.query(text, [id, home])
  return rows[0] as BulkJobRow | undefined
}

/** Jobs of a home code, newest first. */
export async function listJobs(
  sql: Sql,
  of: { home: string; before: string | undefined; countMax: number },
): Promise<BulkJobRow[]> {
  const text =
    'select * from bulk_job where home = $1 and ($2::uuid is null or id < $2) order by id desc limit $3'
  const { rows } = await sql.query(text, [of.home, of.before ?? null, of.countMax])
  return rows as BulkJobRow[]
}

/** How much a home code has under way. Whoever asks within a transaction is alone with that home code until its end. */
export async function countOfHome(sql: Sql, home: string): Promise<{ jobs: number; waiting: number }> {
  await sql.query("select pg_advisory_xact_lock(hashtext('hub bulk ' || $1))", [home])
  const text =
    'select (select count(*) from bulk_job where home = $1)::int as jobs, (select count(*) from bulk_job j ' +
    "join bulk_row r on r.job = j.id and r.state in ('waiting', 'queued') " +
    "where j.home = $1 and j.state <> 'cancelled')::int as waiting"
  const { rows } = await sql.query(text, [home])
  return rows[0] as { jobs: number; waiting: number }
}

/** Writes a job with all its rows. */
export async function insertJob(sql: Sql, job: BulkJobRow, rows: readonly NewBulkRow[]): Promise<void> {
  await sql.query(
    'insert into bulk_job (id, home, key, digest, sender, asks, state, rows, made_at, changed_at) ' +
      'values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [
      job.id,
      job.home,
      job.key,
      job.digest,
      job.sender,
      job.asks,
      job.state,
      job.rows,
      job.made_at,
      job.changed_at,
    ],
  )
  const text =
    'insert into bulk_row (job, number, inn, kpp, name, email, state, reason, seen, due_at) ' +
    'select $1::uuid, number, inn, kpp, name, email, state, reason, seen, due_at ' +
    'from jsonb_to_recordset($2::jsonb) as x(number integer, inn text, kpp text, name text, email text, ' +
    'state text, reason text, seen text, due_at timestamptz)'
  for (let at = 0; at < rows.length; at += limits.bulkInsertRows) {
    await sql.query(text, [job.id, JSON.stringify(rows.slice(at, at + limits.bulkInsertRows))])
  }
}

/** Rows of a job by state and group, with their numbers; one statement over the rows of one job. */
export async function countRows(
  sql: Sql,
  job: string,
): Promise<{ state: BulkRow['state']; found: BulkRow['found']; outcome: string | null; count: number }[]> {
  const text =
    'select state, found, outcome, count(*)::int as count from bulk_row where job = $1 group by 1, 2, 3'
  const { rows } = await sql.query({ name: 'bulk_count', text, values: [job] })
  return rows as Awaited<ReturnType<typeof countRows>>
}

/** A page of the rows of a group, by their numbers. `undefined` of a group: not searched yet, or faulty. */
export async function readRows(
  sql: Sql,
  of: { job: string; group: BulkGroup; after: number; countMax: number },
): Promise<BulkRow[]> {
  const text =
    `select * from bulk_row where job = $1 and number > $2 and ${groupConditions[of.group]} ` +
    'order by number limit $3'
  const { rows } = await sql.query(text, [of.job, of.after, of.countMax])
  return rows as BulkRow[]
}

/** Groups of rows as people see them. */
export type BulkGroup = 'linked' | 'ready' | 'application' | 'not-found' | 'try-later' | 'waiting' | 'faulty'

const groupConditions: Readonly<Record<BulkGroup, string>> = {
  linked: "found = 'linked'",
  ready: "found = 'ready'",
  application: "found = 'application'",
  'not-found': "found = 'not-found'",
  'try-later': "found = 'try-later'",
  waiting: "state = 'waiting'",
  faulty: "state = 'faulty'",
}

/** Changes the state of a job; whoever locks it has looked whether that may be. */
export async function setJobState(
  sql: Sql,
  of: { id: string; state: BulkJobState; at: Date },
): Promise<void> {
  await sql.query('update bulk_job set state = $2, changed_at = $3 where id = $1', [of.id, of.state, of.at])
}

const invitable =
  "(found in ('ready', 'application') or (found in ('not-found', 'try-later') and email is not null))"

/** Of the numbers given, those that cannot be invited and were not. */
export async function notInvitable(sql: Sql, job: string, numbers: readonly number[]): Promise<number[]> {
  const text =
    'select n as number from unnest($2::int[]) as n where not exists (select from bulk_row ' +
    `where job = $1 and number = n and (state in ('queued', 'invited') or ` +
    `(state in ('searched', 'refused') and ${invitable}))) order by n`
  const { rows } = await sql.query(text, [job, [...numbers]])
  return rows.map((row) => Number(row['number']))
}

/** Queues rows for the order; those that are queued or invited stay as they are. Gives how many are new. */
export async function queueRows(
  sql: Sql,
  { order, rows }: { order: BulkOrderRow; rows: BulkSelection },
): Promise<number> {
  const selected = {
    'all-ready': "found = 'ready'",
    'all-applications': "found = 'application'",
    'all-by-email': "found in ('not-found', 'try-later') and email is not null",
  }
  const condition = typeof rows === 'string' ? selected[rows] : `number = any($4::int[]) and ${invitable}`
  const { rowCount } = await sql.query(
    "update bulk_row set state = 'queued', ordered = $2, due_at = $3, attempts = 0, reason = null, seen = null " +
      `where job = $1 and state in ('searched', 'refused') and ${condition}`,
    [order.job, order.id, order.at, ...(typeof rows === 'string' ? [] : [[...rows]])],
  )
  return rowCount ?? 0
}

/** Writes an order. */
export async function insertOrder(sql: Sql, order: BulkOrderRow): Promise<void> {
  const { id, job, message, comment, remote, api_key, at } = order
  await sql.query(
    'insert into bulk_order (id, job, message, comment, remote, api_key, at) values ($1, $2, $3, $4, $5, $6, $7)',
    [id, job, message, comment, remote, api_key, at],
  )
}

/** How many orders a job has. */
export async function countOrders(sql: Sql, job: string): Promise<number> {
  const { rows } = await sql.query('select count(*)::int as count from bulk_order where job = $1', [job])
  return Number(rows[0]?.['count'])
}

/** Drops the job that has not changed for longest, if that is before a time; its rows go with it. */
export async function dropOldest(
  store: Pick<SqlStore, 'query'>,
  before: Date,
): Promise<Pick<BulkJobRow, 'id' | 'home' | 'rows'> | undefined> {
  const { rows } = await store.query(
    'delete from bulk_job where id = (select id from bulk_job where changed_at < $1 order by changed_at ' +
      'limit 1 for update skip locked) returning id, home, rows',
    [before],
  )
  return rows[0] as Pick<BulkJobRow, 'id' | 'home' | 'rows'> | undefined
}
