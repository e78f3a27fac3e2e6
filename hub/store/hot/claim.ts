// Claims due work in batches; a claimed row carries the token of its node until a commit frees or ends it.

import type { Sql } from '../sql.ts'
import type { ClaimedWork } from './rows.ts'

const dueWork =
  'with due as materialized (select id, package from work where exists (select from node where node.id = $5) ' +
  'and hop = $1 and lane = $2 and owner = 0 and due_at <= $3 order by due_at, id limit $4 for update skip locked)'
const packagesOfDue =
  ', whole as materialized (select id from work where hop = $1 and lane = $2 and owner = 0 ' +
  'and package in (select package from due) and (due_at <= $3 or attempt = 0) for update skip locked)'

/**
 * Claims up to `countMax` due rows of a lane, oldest first. Rows claimed by other nodes are skipped. With
 * `wholePackages` the other free rows of their packages come along, due or not unless they were put off after a
 * fault, so that `relay: original` sees all of a package together (RULES 3). A node that was taken for dead, and may not
 * know it yet, gets nothing: what it claimed would wait until it is taken from it again (RULES 29).
 */
export async function claimWork(
  sql: Sql,
  options: {
    hop: string
    lane: string
    countMax: number
    node: string
    now: Date
    wholePackages?: boolean | undefined
  },
): Promise<ClaimedWork[]> {
  const claimed =
    options.wholePackages === true ? 'select id from due union select id from whole' : 'select id from due'
  const { rows } = await sql.query({
    name: options.wholePackages === true ? 'claim_whole_packages' : 'claim_work',
    text:
      `${dueWork}${options.wholePackages === true ? packagesOfDue : ''} ` +
      `update work w set owner = $5 where w.id in (${claimed}) returning w.*, w.xmin::text as claim`,
    values: [options.hop, options.lane, options.now, options.countMax, options.node],
  })
  return (rows as ClaimedWork[]).sort(
    (a, b) => a.due_at.getTime() - b.due_at.getTime() || (a.id < b.id ? -1 : 1),
  )
}

/** Gives claimed rows back, due at `at`. Nothing failed: their faults are counted anew. */
export async function giveBack(sql: Sql, options: { ids: string[]; node: string; at: Date }): Promise<void> {
  await sql.query({
    name: 'give_back_work',
    text: 'update work set owner = 0, attempt = 0, due_at = $3 where id = any($1::uuid[]) and owner = $2',
    values: [options.ids, options.node, options.at],
  })
}

/**
 * Gives back a claimed row that waits, due at `at`; if it was woken since it was claimed, it stays due as it is, so that
 * no wake-up is lost.
 */
export async function giveBackUnlessWoken(
  sql: Sql,
  { work, node, at }: { work: ClaimedWork; node: string; at: Date },
): Promise<void> {
  await sql.query({
    name: 'give_back_unless_woken',
    text:
      'update work set owner = 0, attempt = 0, ' +
      "due_at = case when date_trunc('milliseconds', due_at) = $3 then $4 else due_at end " +
      'where id = $1::uuid and owner = $2',
    values: [work.id, node, work.due_at, at],
  })
}

/** Ids of all rows a node owns. */
export async function ownedWork(sql: Sql, node: string): Promise<string[]> {
  const { rows } = await sql.query({
    name: 'owned_work',
    text: 'select id from work where owner = $1::bigint and owner <> 0',
    values: [node],
  })
  return rows.map((row) => String(row['id']))
}

/** Frees rows of a node as they are: whoever claims them next goes on where they stand. */
export async function freeOwned(sql: Sql, options: { ids: string[]; node: string }): Promise<void> {
  await sql.query({
    name: 'free_owned_work',
    text: 'update work set owner = 0 where id = any($1::uuid[]) and owner = $2::bigint',
    values: [options.ids, options.node],
  })
}

/** Lanes that have free work, with the time of their first due row, one index probe a lane. */
export async function lanesWithWork(sql: Sql): Promise<{ hop: string; lane: string; due_at: Date }[]> {
  const { rows } = await sql.query({
    name: 'lanes_with_work',
    text:
      'with recursive lanes as (' +
      '(select hop, lane from work where owner = 0 order by hop, lane limit 1) union all ' +
      'select next.hop, next.lane from lanes, lateral (select w.hop, w.lane from work w where w.owner = 0 ' +
      'and (w.hop, w.lane) > (lanes.hop, lanes.lane) order by w.hop, w.lane limit 1) next) ' +
      'select lanes.hop, lanes.lane, first.due_at from lanes, lateral (select due_at from work w where w.owner = 0 ' +
      "and w.hop = lanes.hop and w.lane = lanes.lane order by due_at limit 1) first where lanes.hop <> 'frozen'",
  })
  return rows as { hop: string; lane: string; due_at: Date }[]
}
