// Reads of what happened to links and invitations, with what is shown of their sides.

import type { Sql } from '../sql.ts'
import type { InviteRow, LinkEventRow } from './rows.ts'

/** What a side says of itself: in its own messages alone. */
type OfItself = { inn: string | null; kpp: string | null; name: string | null }

/** An event with the two sides of its link, who sent its message, and its invitation. */
export type ShownEvent = LinkEventRow & {
  first_id: string | null
  second_id: string | null
  from_id: string | null
  first: OfItself | null
  second: OfItself | null
  invitation: InviteRow | undefined
}

const organisation = (key: string) =>
  `(select jsonb_build_object('inn', inn, 'kpp', kpp, 'name', name) from subscriber where key = ${key})`
const columns =
  `e.*, l.first_id, l.second_id, i.from_id, ${organisation('l.first_key')} as first, ` +
  `${organisation('l.second_key')} as second`
const joins = 'left join link l on l.id = e.link left join invitation i on i.message = e.message'

/** Events by their ids. */
export async function readLinkEvents(sql: Sql, ids: readonly string[]): Promise<ShownEvent[]> {
  if (ids.length === 0) return []
  const text = `select ${columns} from link_event e ${joins} where e.id = any($1::uuid[])`
  const { rows } = await sql.query({ name: 'link_events_read', text, values: [[...ids]] })
  return withInvites(sql, rows as Omit<ShownEvent, 'invitation'>[])
}

/** The last events of a link, oldest first. */
export async function readEventsOfLink(
  sql: Sql,
  { link, countMax }: { link: string; countMax: number },
): Promise<ShownEvent[]> {
  const text =
    `select ${columns} from (select * from link_event where link = $1 and invite is null ` +
    `order by id desc limit $2) e ${joins} order by e.id`
  const { rows } = await sql.query({ name: 'link_events_of_link', text, values: [link, countMax] })
  return withInvites(sql, rows as Omit<ShownEvent, 'invitation'>[])
}

async function withInvites(
  sql: Sql,
  events: readonly Omit<ShownEvent, 'invitation'>[],
): Promise<ShownEvent[]> {
  const ids = events.flatMap(({ invite }) => invite ?? [])
  const found = new Map<string, InviteRow>()
  if (ids.length > 0) {
    const text = 'select * from invite where id = any($1::uuid[])'
    const { rows } = await sql.query({ name: 'invites_read', text, values: [ids] })
    for (const row of rows as InviteRow[]) found.set(row.id, row)
  }
  return events.map((event) => ({ ...event, invitation: found.get(event.invite ?? '') }))
}
