// What the follower of links reads and puts off: news of invitations, and what is past its deadline.

import type { InvitationRow } from '../hot/rows.ts'
import type { Sql } from '../sql.ts'
import type { InviteRow, LinkNewsRow, LinkRow } from './rows.ts'

/** News with the message and the invitation it is about; without an invitation `type` is null. */
export type FollowedNews = LinkNewsRow &
  Omit<InvitationRow, 'type'> & {
    faults: number
    peer: string | null
    /** Code of the refusal of the message. */
    reason: string | null
    type: InvitationRow['type'] | null
  }

/** News that is due, the oldest first. */
export async function readLinkNews(
  sql: Sql,
  { at, countMax }: { at: Date; countMax: number },
): Promise<FollowedNews[]> {
  const { rows } = await sql.query({
    name: 'link_news_read',
    text:
      'select n.message, n.outcome, n.at, n.faults, m.peer, m.reason, i.type, i.sent_at, i.from_id, i.from_inn, ' +
      'i.from_kpp, i.from_name, i.to_id, i.to_inn, i.to_kpp, i.to_name from ' +
      '(select * from link_news where coalesce(due_at, at) <= $1 order by at, message limit $2) n ' +
      'left join message m on m.id = n.message left join invitation i on i.message = n.message ' +
      'order by n.at, n.message',
    values: [at, countMax],
  })
  return rows as FollowedNews[]
}

/** News that could not be followed waits. */
export async function putOffNews(
  sql: Sql,
  { message, until }: { message: string; until: Date },
): Promise<void> {
  const text = 'update link_news set faults = faults + 1, due_at = $2 where message = $1'
  await sql.query({ name: 'link_news_put_off', text, values: [message, until] })
}

/** Links whose request stayed unanswered, the longest first. */
export async function readUnanswered(
  sql: Sql,
  { at, countMax }: { at: Date; countMax: number },
): Promise<LinkRow[]> {
  const text = 'select * from link where deadline_at <= $1 order by deadline_at limit $2'
  const { rows } = await sql.query({ name: 'link_unanswered', text, values: [at, countMax] })
  return rows as LinkRow[]
}

/** Invitations past their time. */
export async function readLapsing(
  sql: Sql,
  { at, countMax }: { at: Date; countMax: number },
): Promise<InviteRow[]> {
  const text = 'select * from invite where deadline_at <= $1 order by deadline_at limit $2'
  const { rows } = await sql.query({ name: 'invite_lapsing', text, values: [at, countMax] })
  return rows as InviteRow[]
}

/** Invitations between two subscribers that wait for something, by their keys; at most `countMax`, the oldest first. */
export async function readOpenInvites(
  sql: Sql,
  of: { link: string; first: string; second: string; countMax: number },
): Promise<InviteRow[]> {
  const { rows } = await sql.query({
    name: 'invite_open_of_pair',
    text:
      "select * from invite where state in ('asked', 'unclaimed', 'application') and (link = $1 " +
      'or (lower(counterparty) = $2 and lower(sender) = $3) or (lower(counterparty) = $3 and lower(sender) = $2)) ' +
      'order by id limit $4',
    values: [of.link, of.first, of.second, of.countMax],
  })
  return rows as InviteRow[]
}

/** The invitations whose Запрос a message carries: one that came on another way may be that of several. */
export async function readInvitesOfMessage(
  sql: Sql,
  { message, countMax }: { message: string; countMax: number },
): Promise<InviteRow[]> {
  const text = 'select * from invite where said_message = $1 order by id limit $2'
  const { rows } = await sql.query({ name: 'invites_of_message', text, values: [message, countMax] })
  return rows as InviteRow[]
}
