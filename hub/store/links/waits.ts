// Messages that wait for links: their rows, what they wait for, and how they get another recipient.

import type { InviteState } from '../../../routing/machines/invite.ts'
import type { LinkCell } from '../../../routing/machines/link.ts'
import type { NamedPlace } from '../../../schemas/invites/invite.ts'
import { limits } from '../../../schemas/limits.ts'
import type { Sql } from '../sql.ts'

/**
 * What a message waits for. Written with a submission that wants to wait, or when it is parked; kept until the message goes
 * on.
 */
export type LinkWaitRow = {
  message: string
  /** The two subscribers, their keys in order. */
  first_key: string
  second_key: string
  invite: string | null
  /** Its sender wants it to wait, whatever the policy. */
  is_wanted: boolean
  /** When the waiting ends; null before it is first parked. */
  deadline_at: Date | null
  /** What must change, of a message that went back to its sender. */
  places: NamedPlace[] | null
}

/** A message that was formed anew for another recipient: the same ИдЛС and the same documents in another package. */
export type Readdressed = {
  id: string
  recipient: string
  package: string
  content_sha256: string
  entries: number
  packed_bytes: number
  plain_bytes: number
}

/** Documents of a message, whose children find them by the new recipient. */
export type DocumentsReaddressed = { message: string; recipient: string; documents: string[] }

/** The statements beside the plain ones, each over one part of a change. */
export const waitStatements = {
  linkWaits:
    'insert into link_wait (message, first_key, second_key, invite, is_wanted, deadline_at, places) ' +
    'select message, first_key, second_key, invite, is_wanted, deadline_at, places ' +
    'from jsonb_to_recordset($1::jsonb) as x(message uuid, first_key text, second_key text, invite uuid, ' +
    'is_wanted boolean, deadline_at timestamptz, places jsonb) on conflict (message) do update set ' +
    'is_wanted = link_wait.is_wanted or excluded.is_wanted, ' +
    'first_key = excluded.first_key, second_key = excluded.second_key, invite = excluded.invite, ' +
    'deadline_at = excluded.deadline_at, places = excluded.places',
  // Its version was counted by the move in the same change.
  readdressedMessages:
    'update message m set recipient = x.recipient, package = x.package, content_sha256 = x.content_sha256, ' +
    'entries = x.entries, packed_bytes = x.packed_bytes, plain_bytes = x.plain_bytes ' +
    'from jsonb_to_recordset($1::jsonb) as x(id uuid, recipient text, package uuid, content_sha256 text, ' +
    'entries integer, packed_bytes integer, plain_bytes integer) where m.id = x.id',
  readdressedDocuments:
    'update document d set recipient = x.recipient ' +
    'from (select message, recipient, jsonb_array_elements_text(documents) as wire_id ' +
    'from jsonb_to_recordset($1::jsonb) as y(message uuid, recipient text, documents jsonb)) x ' +
    'where d.message = x.message and d.wire_id = x.wire_id',
} as const

/** What is known of the two subscribers of a message. `cell` is seen from the first of them. */
export type LinkFacts = {
  message: string
  cell: LinkCell | null
  recipient_state: string | null
  invite: string | null
  invite_state: InviteState | null
  invite_counterparty: string | null
  is_under_way: boolean
} & { [Column in keyof Omit<LinkWaitRow, 'message'> as `wait_${Column}`]: LinkWaitRow[Column] | null }

/** Of whom it is asked: the message, keys of its sender and recipient, and both in order. */
export type LinkFactsKey = {
  message: string
  sender: string
  recipient: string
  first: string
  second: string
}

const underWay =
  'exists (select from (values (x.sender, x.recipient), (x.recipient, x.sender)) p(one, other), lateral ' +
  '(select v.message from invitation v where lower(v.from_id) = p.one and lower(v.to_id) = p.other ' +
  'order by v.message desc limit $2) v left join message m on m.id = v.message ' +
  "where m.state not in ('delivered', 'refused', 'ignored', 'repeated', 'replaced') " +
  'or exists (select from link_news n where n.message = v.message)) as is_under_way'

/** The newest invitation of a recipient; each way by an index of its own, however many the sender has made. */
const invitesBy = (column: 'counterparty' | 'stand_in') =>
  `(select id, state, counterparty from invite where lower(${column}) = x.recipient and lower(sender) = x.sender ` +
  'order by id desc limit 1)'

/** What is known of the subscribers of messages, in one statement for a whole batch. */
export async function readLinkFacts(
  sql: Sql,
  keys: readonly LinkFactsKey[],
): Promise<Map<string, LinkFacts>> {
  if (keys.length === 0) return new Map()
  const text =
    'select x.message, l.cell, s.state as recipient_state, i.id as invite, i.state as invite_state, ' +
    `i.counterparty as invite_counterparty, ${underWay}, w.first_key as wait_first_key, ` +
    'w.second_key as wait_second_key, w.invite as wait_invite, w.is_wanted as wait_is_wanted, ' +
    'w.deadline_at as wait_deadline_at, w.places as wait_places ' +
    'from jsonb_to_recordset($1::jsonb) as x(message uuid, sender text, recipient text, first text, second text) ' +
    'left join link l on l.first_key = x.first and l.second_key = x.second ' +
    'left join subscriber s on s.key = x.recipient ' +
    'left join link_wait w on w.message = x.message left join lateral ' +
    `(${invitesBy('counterparty')} union all ${invitesBy('stand_in')} order by id desc limit 1) i on true`
  const values = [JSON.stringify(keys), limits.linkUnderWaySeenMax]
  const { rows } = await sql.query({ name: 'read_link_facts', text, values })
  return new Map((rows as LinkFacts[]).map((row) => [row.message, row]))
}

/** What one message waits for; undefined for one that does not. */
export async function readLinkWait(sql: Sql, message: string): Promise<LinkWaitRow | undefined> {
  const text = 'select * from link_wait where message = $1'
  const { rows } = await sql.query({ name: 'read_link_wait', text, values: [message] })
  return rows[0] as LinkWaitRow | undefined
}

/** Messages that wait for a link or a new version, by who sent them, and since when the oldest does. */
export type WaitingMessages = { home: string | null; count: number; oldestAt: Date }

/** What waits now, by home code; null: of partners. Counted up to limits.countedRowsMax. */
export async function countLinkWaits(sql: Sql): Promise<WaitingMessages[]> {
  const { rows } = await sql.query({
    name: 'link_waits_count',
    text:
      "select case when m.peer like 'home:%' then substr(m.peer, 6) end as home, count(*)::int as count, " +
      'min(m.received_at) as "oldestAt" from (select message from link_wait limit $1) w ' +
      "join message m on m.id = w.message and m.state in ('awaiting-link', 'returned') group by 1 order by 1",
    values: [limits.countedRowsMax],
  })
  return rows as WaitingMessages[]
}

/** How many messages wait for an invitation; counted up to limits.countedRowsMax. */
export async function countWaitsOf(sql: Sql, invite: string): Promise<number> {
  const { rows } = await sql.query({
    name: 'link_waits_of_invite',
    text:
      'select count(*)::int as count from (select message from link_wait where invite = $1 limit $2) w ' +
      "join message m on m.id = w.message and m.state in ('awaiting-link', 'returned')",
    values: [invite, limits.countedRowsMax],
  })
  return Number(rows[0]?.['count'])
}

/** Whether a recipient stands, or stood, in for somebody this very sender invited. */
export async function readStandIn(
  sql: Sql,
  { sender, recipient }: { sender: string; recipient: string },
): Promise<boolean> {
  const text =
    'select exists (select from invite where lower(stand_in) = $2 and lower(sender) = $1) as is_invited'
  const values = [sender.toLowerCase(), recipient.toLowerCase()]
  const { rows } = await sql.query({ name: 'read_stand_in', text, values })
  return rows[0]?.['is_invited'] === true
}
