// Reads of invitations for the desks: by key, open ones, pages, and what belongs to one.

import type { InviteState } from '../../../routing/machines/invite.ts'
import { limits } from '../../../schemas/limits.ts'
import type { Sql } from '../sql.ts'
import type { InviteRow, LetterRow, LinkEventRow } from './rows.ts'

/** The invitation a home code made under a key. */
export async function readInviteByKey(sql: Sql, home: string, key: string): Promise<InviteRow | undefined> {
  const text = 'select * from invite where home = $1 and key = $2'
  const { rows } = await sql.query({ name: 'invite_by_key', text, values: [home, key] })
  return rows[0] as InviteRow | undefined
}

/** The newest invitation of a sender to an id that has not ended; ids are compared without case. */
export async function readOpenInvite(
  sql: Sql,
  of: { home: string; sender: string; counterparty: string },
): Promise<InviteRow | undefined> {
  const { rows } = await sql.query({
    name: 'invite_open',
    text:
      'select * from invite where home = $1 and lower(sender) = lower($2) and lower(counterparty) = lower($3) ' +
      "and state in ('asked', 'unclaimed', 'application') order by id desc limit 1",
    values: [of.home, of.sender, of.counterparty],
  })
  return rows[0] as InviteRow | undefined
}

/**
 * The invitation of a sender to an ИНН and e-mail that has not ended, or whose link is open: what is sent to its stand-in
 * arrives. Where both name a КПП it is the same one; of several the one of that very КПП, then the newest.
 */
export async function readStandingByInn(
  sql: Sql,
  of: { home: string; sender: string; inn: string; kpp: string | undefined; email: string },
): Promise<InviteRow | undefined> {
  const { rows } = await sql.query({
    name: 'invite_standing_by_inn',
    text:
      'select i.* from invite i left join link l on l.id = i.link ' +
      "where i.home = $1 and i.inn = $3 and i.kind = 'by-inn' and lower(i.sender) = lower($2) " +
      "and lower(i.email) = lower($4) and (i.state in ('asked', 'unclaimed', 'application') " +
      "or i.state = 'linked' and l.cell = 'linked') and ($5::text is null or i.kpp is null or i.kpp = $5) " +
      'order by i.kpp is not distinct from $5 desc, i.id desc limit 1',
    values: [of.home, of.sender, of.inn, of.email, of.kpp ?? null],
  })
  return rows[0] as InviteRow | undefined
}

/** The newest invitation by the sender of a message of its recipient, under the id it has or had. */
export async function readInviteOfMessage(sql: Sql, message: string): Promise<InviteRow | undefined> {
  const { rows } = await sql.query({
    name: 'invite_of_message',
    text:
      'select i.* from message m join invite i on lower(i.sender) = lower(m.sender) ' +
      'and (lower(i.counterparty) = lower(m.recipient) or lower(i.stand_in) = lower(m.recipient)) ' +
      'where m.id = $1 order by i.id desc limit 1',
    values: [message],
  })
  return rows[0] as InviteRow | undefined
}

/** Whether a message brings a document. */
export async function readHasDocument(
  sql: Sql,
  { message, document }: { message: string; document: string },
): Promise<boolean> {
  const text = 'select exists (select from document where wire_id = $2 and message = $1) as is_there'
  const { rows } = await sql.query({ name: 'has_document', text, values: [message, document] })
  return rows[0]?.['is_there'] === true
}

/** A question for a page of invitations, of a home code unless engineers ask. */
export type InviteSearch = {
  home: string | undefined
  state: InviteState | undefined
  /** Id of the sender. */
  own: string | undefined
  before: string | undefined
  countMax: number
}

/** One page, newest first. Each set of filters is a statement of its own, so that it has a plan of its own. */
export async function findInvites(sql: Sql, search: InviteSearch): Promise<InviteRow[]> {
  const { home, state, own, before, countMax } = search
  const filters = [
    ['home = ', home],
    ['state = ', state],
    ['lower(sender) = ', own?.toLowerCase()],
    ['id < ', before],
  ].filter(([, value]) => value !== undefined)
  const conditions = filters.map(([text], index) => `${text}$${index + 1}`)
  const { rows } = await sql.query({
    text:
      `select * from invite where ${['true', ...conditions].join(' and ')} ` +
      `order by id desc limit $${filters.length + 1}`,
    values: [...filters.map(([, value]) => value), countMax],
  })
  return rows as InviteRow[]
}

/** Invitations between two subscribers by their keys, or that made their link, newest first. */
export async function readInvitesOfPair(
  sql: Sql,
  of: { link: string; first: string; second: string; countMax: number },
): Promise<InviteRow[]> {
  const { rows } = await sql.query({
    name: 'invites_of_pair',
    text:
      'select * from invite where link = $1 or (lower(counterparty) = $2 and lower(sender) = $3) ' +
      'or (lower(counterparty) = $3 and lower(sender) = $2) order by id desc limit $4',
    values: [of.link, of.first, of.second, of.countMax],
  })
  return rows as InviteRow[]
}

/** The newest limits.inviteEventsShownMax letters of an invitation, newest first. */
export async function readLetters(sql: Sql, invite: string): Promise<LetterRow[]> {
  const text = 'select * from letter where invite = $1 order by id desc limit $2'
  const values = [invite, limits.inviteEventsShownMax]
  const { rows } = await sql.query({ name: 'letters_of_invite', text, values })
  return rows as LetterRow[]
}

/** The newest limits.inviteEventsShownMax events of an invitation, in their order: how it stands must be among them. */
export async function readInviteEvents(sql: Sql, invite: string): Promise<LinkEventRow[]> {
  const text =
    'select * from (select * from link_event where invite = $1 order by id desc limit $2) newest order by id'
  const values = [invite, limits.inviteEventsShownMax]
  const { rows } = await sql.query({ name: 'events_of_invite', text, values })
  return rows as LinkEventRow[]
}
