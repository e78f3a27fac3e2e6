// Keeps monthly partitions ahead of time and watches for rows that found none.

import { limits } from '../../schemas/limits.ts'
import { lowestIdAt } from './ids.ts'
import { type Lease, withHeld } from './lease.ts'
import { monthlyTables, partitionStorage } from './monthly-tables.ts'
import type { Sql, SqlStore } from './sql.ts'

/** A monthly table. */
export type MonthlyTable = (typeof monthlyTables)[number]

/**
 * Why a partition was not made: others hold the table, or rows of that month are in the default partition.
 */
export type PartitionFault = {
  table: MonthlyTable
  partition: string
  why: 'busy' | 'rows-in-default'
}

/**
 * Rows in a default partition, counted up to strayRowsCountedMax: an alarm, for they slow every search down.
 */
export type StrayRows = { table: MonthlyTable; rows: number }

/** What one run of the keeper did and saw. */
export type PartitionReport = { made: string[]; faults: PartitionFault[]; strays: StrayRows[] }

/**
 * Makes the partitions of this month (UTC) and of the partitionMonthsAhead next ones. May run at any time, on
 * several nodes at once: what is there is left alone. What cannot be made now is reported and tried again by
 * the next run; rows meanwhile go to the default partition. With `fence` a partition is made only while that lease is
 * held (RULES 29).
 */
export async function keepPartitions(store: SqlStore, now: Date, fence?: Lease): Promise<PartitionReport> {
  const report: PartitionReport = { made: [], faults: [], strays: [] }
  for (const table of monthlyTables) {
    const present = await partitionsOf(store, table)
    for (let ahead = 0; ahead <= limits.partitionMonthsAhead; ahead += 1) {
      const month = monthStart(now, ahead)
      const partition = partitionName(table, month)
      if (present.has(partition)) continue
      const outcome = await makePartition(store, { table, partition, month, fence })
      if (outcome === 'made') report.made.push(partition)
      else if (outcome !== 'present') report.faults.push({ table, partition, why: outcome })
    }
  }
  report.strays = await findStrayRows(store)
  return report
}

/** Counts rows in the default partitions; tables without any are left out. */
export async function findStrayRows(sql: Sql): Promise<StrayRows[]> {
  const strays: StrayRows[] = []
  for (const table of monthlyTables) {
    const { rows } = await sql.query(
      `select count(*)::integer as rows from (select from ${table}_default limit $1::integer) as counted`,
      [limits.strayRowsCountedMax],
    )
    const count = Number(rows[0]?.['rows'])
    if (count > 0) strays.push({ table, rows: count })
  }
  return strays
}

type Wanted = { table: MonthlyTable; partition: string; month: Date; fence: Lease | undefined }

/** `table_2026_11`; the month in UTC. */
function partitionName(table: MonthlyTable, month: Date): string {
  return `${table}_${month.toISOString().slice(0, 7).replace('-', '_')}`
}

function monthStart(now: Date, ahead: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead))
}

async function partitionsOf(sql: Sql, table: MonthlyTable): Promise<Set<string>> {
  const { rows } = await sql.query(
    'select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid ' +
      'where i.inhparent = $1::regclass',
    [table],
  )
  return new Set(rows.map((row) => String(row['relname'])))
}

/**
 * Makes a table and attaches it: this locks the parent less than making the partition in place, so that the
 * relay goes on. Names and bounds are ours, not from outside.
 */
async function makePartition(
  store: SqlStore,
  wanted: Wanted,
): Promise<'made' | 'present' | PartitionFault['why']> {
  const { table, partition, month } = wanted
  const from = lowestIdAt(month)
  const to = lowestIdAt(monthStart(month, 1))
  const parameters = partitionStorage[table]
  const storage = parameters === undefined ? '' : ` with (${parameters})`
  try {
    return await withHeld(store, wanted.fence, async (sql) => {
      await sql.query(`set local lock_timeout = ${limits.databaseLockWaitMs}`)
      // One keeper at a time, for two would fail on each other's names.
      await sql.query("select pg_advisory_xact_lock(hashtextextended('hub partitions', 0))")
      if ((await partitionsOf(sql, table)).has(partition)) return 'present'
      await sql.query(
        `create table ${partition} ` +
          `(like ${table} including defaults including constraints including storage)${storage}`,
      )
      await sql.query(
        `alter table ${table} attach partition ${partition} for values from ('${from}') to ('${to}')`,
      )
      return 'made'
    })
  } catch (error) {
    const why = faultOf(error)
    if (why === undefined) throw error
    return why
  }
}

/**
 * lock_not_available and deadlock_detected; check_violation is how PostgreSQL says that the default has such
 * rows.
 */
function faultOf(error: unknown): PartitionFault['why'] | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === '55P03' || code === '40P01') return 'busy'
  return code === '23514' ? 'rows-in-default' : undefined
}
