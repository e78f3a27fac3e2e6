// Reads of links and invitations.

import type { Sql } from '../sql.ts'
import type { InviteRow, LinkRow } from './rows.ts'

/** The link of two subscribers by their keys in order; undefined while neither said anything. */
export async function readLink(sql: Sql, first: string, second: string): Promise<LinkRow | undefined> {
  const { rows } = await sql.query({
    name: 'link_read',
    text: 'select * from link where first_key = $1 and second_key = $2',
    values: [first, second],
  })
  return rows[0] as LinkRow | undefined
}

/** An invitation by its row id. */
export async function readInvite(sql: Sql, id: string): Promise<InviteRow | undefined> {
  const text = 'select * from invite where id = $1'
  const { rows } = await sql.query({ name: 'invite_read', text, values: [id] })
  return rows[0] as InviteRow | undefined
}
