// Claimed work that could not be done: what this node still holds of it, put off with pauses, or dropped.

import type { Sql } from '../sql.ts'
import type { ClaimedWork, Hop } from './rows.ts'

type Claimed = { ids: readonly string[]; hop: Hop; node: string }

/** The rows this node still owns at a hop, of those asked: what a batch that failed has not finished. */
export async function readClaimed(sql: Sql, { ids, hop, node }: Claimed): Promise<ClaimedWork[]> {
  const { rows } = await sql.query({
    name: 'read_claimed',
    text:
      'select *, xmin::text as claim from work where id = any($1::uuid[]) and hop = $2 and owner = $3::bigint ' +
      'order by due_at, id',
    values: [ids, hop, node],
  })
  return rows as ClaimedWork[]
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

/**
 * Drops rows that have nothing to do where they were claimed. A row that was written since is not touched: a person's
 * decision or another run has given it work again, perhaps at the same hop and in our own name.
 */
export async function dropWork(
  sql: Sql,
  { works, node }: { works: readonly ClaimedWork[]; node: string },
): Promise<void> {
  if (works.length === 0) return
  await sql.query({
    name: 'drop_work',
    text:
      'delete from work w using unnest($1::uuid[], $2::text[]) as x(id, claim) ' +
      'where w.id = x.id and w.xmin::text = x.claim and w.owner = $3::bigint',
    values: [works.map(({ id }) => id), works.map(({ claim }) => claim), node],
  })
}
