// Links of one subscriber, page by page, and what their other sides say of themselves.

import { type LinkCell, mirroredCell } from '../../../routing/machines/link.ts'
import type { Sql } from '../sql.ts'
import type { LinkRow } from './rows.ts'

/** What a subscriber says of itself. */
export type Organisation = { inn: string | null; kpp: string | null; name: string | null }

/** A page of the links of a subscriber, newest first; `cells` as the subscriber sees them, all unless given. */
export async function readLinksOf(
  sql: Sql,
  of: { key: string; cells: readonly LinkCell[] | undefined; before: string | undefined; countMax: number },
): Promise<LinkRow[]> {
  const side = (column: string, cells: string) =>
    `(select * from link where ${column} collate "C" = $1 and ($2::uuid is null or id < $2) ` +
    `and (${cells}::text[] is null or cell = any(${cells})) order by id desc limit $5)`
  const { rows } = await sql.query({
    name: 'links_of_subscriber',
    text: `${side('first_key', '$3')} union all ${side('second_key', '$4')} order by id desc limit $5`,
    values: [
      of.key,
      of.before ?? null,
      of.cells ?? null,
      of.cells?.map((cell) => mirroredCell[cell]) ?? null,
      of.countMax,
    ],
  })
  return rows as LinkRow[]
}

/** A link by its row id. */
export async function readLinkById(sql: Sql, id: string): Promise<LinkRow | undefined> {
  const text = 'select * from link where id = $1'
  const { rows } = await sql.query({ name: 'link_by_id', text, values: [id] })
  return rows[0] as LinkRow | undefined
}

/** Organisations of subscribers by their keys; those of whom nothing is known are left out. */
export async function readOrganisations(
  sql: Sql,
  keys: readonly string[],
): Promise<Map<string, Organisation>> {
  if (keys.length === 0) return new Map()
  const text = 'select key, inn, kpp, name from subscriber where key = any($1)'
  const { rows } = await sql.query({ name: 'subscriber_organisations', text, values: [[...keys]] })
  return new Map((rows as (Organisation & { key: string })[]).map(({ key, ...said }) => [key, said]))
}
