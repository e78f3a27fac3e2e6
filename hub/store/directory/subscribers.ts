// Reads of known subscribers: by key, by ИНН, by words of the name, and the cells of links a viewer has with them.

import type { LinkCell } from '../../../routing/machines/link.ts'
import type { InnQuestion } from '../../../schemas/directory/directory.ts'
import { limits } from '../../../schemas/limits.ts'
import type { Sql } from '../sql.ts'

/** A subscriber as the directory reads it; names are those of the columns. */
export type SubscriberRow = {
  key: string
  id: string
  inn: string | null
  kpp: string | null
  name: string | null
  state: 'known' | 'inactive' | 'active' | 'retired'
  moved_to: string | null
  sources: string[]
  first_seen_at: Date
  last_seen_at: Date
  last_traffic_at: Date | null
  /** bigint: text on the wire. */
  delivered: string
  failed: string
}

const columns =
  'key, id, inn, kpp, name, state, moved_to, sources, first_seen_at, last_seen_at, ' +
  'last_traffic_at, delivered, failed'

/** One subscriber by its key. */
export async function readSubscriber(sql: Sql, key: string): Promise<SubscriberRow | undefined> {
  const text = `select ${columns} from subscriber where key = $1`
  const { rows } = await sql.query({ name: 'subscriber_read', text, values: [key] })
  return rows[0] as SubscriberRow | undefined
}

/**
 * Of each question those with its ИНН, and with its КПП or none; directoryCandidatesMax at most of each, of the last
 * traffic. In the order of the questions, in one statement.
 */
export async function readSubscribersOfInns(
  sql: Sql,
  asked: readonly InnQuestion[],
): Promise<SubscriberRow[][]> {
  if (asked.length === 0) return []
  const text =
    `select q.place::int, s.* from unnest($1::text[], $2::text[]) with ordinality as q(inn, kpp, place), ` +
    `lateral (select ${columns} from subscriber where inn = q.inn and (q.kpp is null or kpp = q.kpp or kpp is null) ` +
    'order by last_traffic_at desc nulls last limit $3) as s'
  const values = [
    asked.map(({ inn }) => inn),
    asked.map(({ kpp }) => kpp ?? null),
    limits.directoryCandidatesMax,
  ]
  const { rows } = await sql.query({ name: 'subscribers_of_inns', text, values })
  const found: SubscriberRow[][] = asked.map(() => [])
  for (const { place, ...row } of rows as (SubscriberRow & { place: number })[]) found[place - 1]?.push(row)
  return found
}

/**
 * Those whose names have these words, directoryCandidatesMax of each kind, in no order: `whole` have every word as it is,
 * `begun` have one that begins with the last. Where there are neither, beginnings of the other words will do, which are
 * costly to look up.
 */
export async function readSubscribersOfName(
  sql: Sql,
  words: readonly string[],
): Promise<{ whole: SubscriberRow[]; begun: SubscriberRow[] }> {
  const whole = await queryNames(sql, words, () => false)
  const keys = new Set(whole.map(({ key }) => key))
  const found = await queryNames(sql, words, (index) => index === words.length - 1)
  const begun = found.filter(({ key }) => !keys.has(key))
  if (whole.length > 0 || begun.length > 0 || words.length < 2) return { whole, begun }
  return { whole, begun: await queryNames(sql, words, () => true) }
}

async function queryNames(
  sql: Sql,
  words: readonly string[],
  isBeginning: (index: number) => boolean,
): Promise<SubscriberRow[]> {
  // Words hold neither quotes nor backslashes: both divide words.
  const query = words.map((word, index) => `'${word}'${isBeginning(index) ? ':*' : ''}`).join(' & ')
  const text =
    `select ${columns} from subscriber ` +
    'where name is not null and subscriber_words(name) @@ $1::tsquery limit $2'
  const values = [query, limits.directoryCandidatesMax]
  const { rows } = await sql.query({ name: 'subscribers_of_name', text, values })
  return rows as SubscriberRow[]
}

/** Cells of the links of a viewer with each of the others, as the first side of each link sees them. */
export async function readLinkCells(
  sql: Sql,
  viewer: string,
  others: readonly string[],
): Promise<Map<string, { cell: LinkCell; isViewerFirst: boolean }>> {
  if (others.length === 0) return new Map()
  const text =
    'select second_key as other, cell, true as is_first from link where first_key = $1 and second_key = any($2) ' +
    'union all select first_key, cell, false from link where second_key = $1 and first_key = any($2)'
  const { rows } = await sql.query({ name: 'link_cells', text, values: [viewer, others] })
  return new Map(
    rows.map((row) => [
      String(row['other']),
      { cell: row['cell'] as LinkCell, isViewerFirst: row['is_first'] === true },
    ]),
  )
}
