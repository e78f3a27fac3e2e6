// Invitations of partners that were delivered, whether their links know of them or not.

import type { InvitationRow } from '../hot/rows.ts'
import type { Sql } from '../sql.ts'

/** A delivered invitation with the time it was delivered. */
export type Delivered = InvitationRow & { delivered_at: Date }

/** What has news is still to be followed, and what is of ours is said as it is made. */
const delivered =
  'select i.*, m.state_at as delivered_at from invitation i join message m on m.id = i.message ' +
  "where m.state = 'delivered' and m.peer not like 'home:%' " +
  'and not exists (select from link_news n where n.message = i.message)'

/** One page in the order of arrival, after the message `after`. */
export async function readDelivered(
  sql: Sql,
  { after, countMax }: { after: string | undefined; countMax: number },
): Promise<Delivered[]> {
  const { rows } = await sql.query({
    name: 'invitations_delivered',
    text: `${delivered} and ($1::uuid is null or i.message > $1) order by i.message limit $2`,
    values: [after ?? null, countMax],
  })
  return rows as Delivered[]
}

/** The newest between two subscribers by their keys, in the order of arrival. */
export async function readDeliveredOfPair(
  sql: Sql,
  of: { first: string; second: string; countMax: number },
): Promise<Delivered[]> {
  const pair = '(lower(i.from_id), lower(i.to_id)) in (($1, $2), ($2, $1))'
  const { rows } = await sql.query({
    name: 'invitations_delivered_of_pair',
    text: `${delivered} and ${pair} order by i.message desc limit $3`,
    values: [of.first, of.second, of.countMax],
  })
  return (rows as Delivered[]).reverse()
}
