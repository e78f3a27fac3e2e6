// Claimed work that could not be done: what this node still holds of it, put off with pauses, or dropped.

import type { Sql } from '../sql.ts'
import type { Hop, WorkRow } from './rows.ts'

type Claimed = { ids: readonly string[]; hop: Hop; node: string }

/** The rows this node still owns at a hop, of those asked: what a batch that failed has not finished. */
export async function readClaimed(sql: Sql, { ids, hop, node }: Claimed): Promise<WorkRow[]> {
  const { rows } = await sql.query({
    name: 'read_claimed',
    text: 'select * from work where id = any($1::uuid[]) and hop = $2 and owner = $3::bigint order by due_at, id',
    values: [ids, hop, node],
  })
  return rows as WorkRow[]
}

/** Gives claimed rows back after a fault: each is due after a pause of its own, and counts one fault more. */
export async function putOffWork(
  sql: Sql,
  of: { pauses: readonly { id: string; at: Date }[]; hop: Hop; node: string },
): Promise<void> {
  await sql.query({
    name: 'put_off_work',
    text:
      'update work w set owner = 0, attempt = w.attempt + 1, due_at = x.due_at ' +
      'from unnest($1::uuid[], $2::timestamptz[]) as x(id, due_at) ' +
      'where w.id = x.id and w.hop = $3 and w.owner = $4::bigint',
    values: [of.pauses.map(({ id }) => id), of.pauses.map(({ at }) => at), of.hop, of.node],
  })
}

/** Drops rows that have nothing to do at a hop. A row that went on to another hop meanwhile is not touched. */
export async function dropWork(sql: Sql, { ids, hop, node }: Claimed): Promise<void> {
  await sql.query({
    name: 'drop_work',
    text: 'delete from work where id = any($1::uuid[]) and hop = $2 and owner = $3::bigint',
    values: [ids, hop, node],
  })
}
