// Counts what is under way for a person or a gauge: every count ends at a bound, so that a backlog costs no more.

import { limits } from '../../../schemas/limits.ts'
import { lanesWithWork } from '../hot/claim.ts'
import { setAsideStates } from '../migrations/0011-waiting-for-links.ts'
import type { Sql } from '../sql.ts'
import { messageOf } from './search.ts'

/** A count that ends at countedRowsMax; `more` tells that it did. */
export type BoundedCount = { count: number; more: boolean }

/**
 * Messages by state, of those that are not final. Those that wait for somebody stand in a table of their own; the others
 * have a row in `work`, of which countedRowsMax free ones at each hop and as many claimed ones are looked at.
 */
export async function countStates(sql: Sql): Promise<({ state: string } & BoundedCount)[]> {
  const aside = setAsideStates.map(
    (state) => `select '${state}' as key, (${counted(setAside(state))}) as rows`,
  )
  const { rows } = await sql.query(aside.join(' union all '))
  return [
    ...(rows as KeyedCount[]).map(({ key, ...row }) => ({ state: key, ...bounded(row) })),
    ...(await countByWork(sql)),
  ]
}

/** Where messages of the other states have their work. */
const hopOfState = { accepted: 'process', ready: 'deliver', sending: 'frozen', sent: 'watch' } as const

const claimed = 'claimed'

async function countByWork(sql: Sql): Promise<({ state: string } & BoundedCount)[]> {
  const window = (key: string, where: string) =>
    `(select '${key}' as key, id from work where ${where} limit ${limits.countedRowsMax + 1})`
  const windows = [
    ...Object.values(hopOfState).map((hop) => window(hop, `owner = 0 and hop = '${hop}'`)),
    window(claimed, 'owner <> 0'),
  ]
  const { rows } = await sql.query(
    `select d.key, m.state, count(*)::integer as rows from (${windows.join(' union all ')}) d ` +
      `left join ${messageOf('d.id')} on true group by d.key, m.state`,
  )
  const found = rows as (KeyedCount & { state: string | null })[]
  const sum = (those: KeyedCount[]) => those.reduce((total, one) => total + one.rows, 0)
  const isFull = (key: string) => sum(found.filter((row) => row.key === key)) > limits.countedRowsMax
  return Object.entries(hopOfState).map(([state, hop]) => {
    const count = bounded({ rows: sum(found.filter((row) => row.state === state)) })
    return { state, ...count, more: count.more || isFull(hop) || isFull(claimed) }
  })
}

/** Messages that wait for a person. */
export async function countHeldMessages(sql: Sql): Promise<BoundedCount> {
  return countOne(sql, setAside('held'))
}

/** Packages of ours that wait for a person (index package_out_held). */
export async function countHeldPackages(sql: Sql): Promise<BoundedCount> {
  return countOne(sql, "package_out where state = 'held'")
}

/** Free work by hop, and the time of the first that is due (index work_due). */
export async function countHops(
  sql: Sql,
): Promise<({ hop: string; oldestDueAt: Date | null } & BoundedCount)[]> {
  const hops = ['process', 'deliver', 'send', 'watch', 'settle', 'frozen']
  const counts = hops.map(
    (hop) => `select '${hop}' as key, (${counted(`work where owner = 0 and hop = '${hop}'`)}) as rows`,
  )
  const { rows } = await sql.query(counts.join(' union all '))
  const lanes = await lanesWithWork(sql)
  return (rows as KeyedCount[]).map(({ key, ...row }) => ({
    hop: key,
    ...bounded(row),
    oldestDueAt: earliest(lanes.filter((lane) => lane.hop === key).map((lane) => lane.due_at)),
  }))
}

/** Work that a node works on now (index work_owner). */
export async function countClaimed(sql: Sql): Promise<BoundedCount> {
  return countOne(sql, 'work where owner <> 0')
}

/** Free work by hop and lane, the longest due first; countedLanesMax lanes at most. */
export async function countLanes(
  sql: Sql,
): Promise<({ hop: string; lane: string; oldestDueAt: Date } & BoundedCount)[]> {
  const lanes = (await lanesWithWork(sql))
    .sort((a, b) => a.due_at.getTime() - b.due_at.getTime())
    .slice(0, limits.countedLanesMax)
  const { rows } = await sql.query(
    'select l.n, c.rows from unnest($1::text[], $2::text[]) with ordinality as l(hop, lane, n), lateral ' +
      `(select (${counted('work w where w.owner = 0 and w.hop = l.hop and w.lane = l.lane')}) as rows) c order by l.n`,
    [lanes.map((lane) => lane.hop), lanes.map((lane) => lane.lane)],
  )
  return lanes.map(({ hop, lane, due_at }, i) => ({
    hop,
    lane,
    oldestDueAt: due_at,
    ...bounded({ rows: (rows[i]?.['rows'] as number | undefined) ?? 0 }),
  }))
}

/** Journal entries that no block holds yet (index journal_xid). */
export async function countUnsealed(sql: Sql): Promise<BoundedCount> {
  const { rows } = await sql.query(
    "select coalesce((select b.to_xid from journal_block b order by b.number desc limit 1), '0'::xid8)::text as xid",
  )
  return countOne(sql, 'journal where xid >= $1::xid8', [String(rows[0]?.['xid'])])
}

type KeyedCount = { key: string; rows: number }

const setAside = (state: (typeof setAsideStates)[number]) => `message_set_aside where state = '${state}'`

function counted(from: string): string {
  return `select count(*)::integer from (select from ${from} limit ${limits.countedRowsMax + 1}) as counted`
}

async function countOne(sql: Sql, from: string, values: unknown[] = []): Promise<BoundedCount> {
  const { rows } = await sql.query(`select (${counted(from)}) as rows`, values)
  return bounded(rows[0] as { rows: number })
}

function bounded({ rows }: { rows: number }): BoundedCount {
  return { count: Math.min(rows, limits.countedRowsMax), more: rows > limits.countedRowsMax }
}

function earliest(times: readonly Date[]): Date | null {
  return times.reduce<Date | null>((first, time) => (first === null || time < first ? time : first), null)
}
