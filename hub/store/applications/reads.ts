// Reads of applications and of the invitations they are for.

import type { InviteRow } from '../links/rows.ts'
import type { Sql } from '../sql.ts'
import type { ApplicationRow, ApplicationRowView, ApplicationState } from './rows.ts'

/** Invitations that need an application and stand in none, oldest first. */
export async function invitesToGather(
  sql: Sql,
  of: { after: string | undefined; countMax: number },
): Promise<InviteRow[]> {
  const text =
    "select * from invite where state = 'application' and application is null " +
    'and ($1::uuid is null or id > $1) order by id limit $2'
  const { rows } = await sql.query(text, [of.after ?? null, of.countMax])
  return rows as InviteRow[]
}

/** Invitations that wait for a person at an operator, also those in no application yet; in the order of their ids. */
export async function invitesWaiting(
  sql: Sql,
  of: { after: string | undefined; countMax: number },
): Promise<InviteRow[]> {
  const text =
    "select * from invite where state = 'application' and ($1::uuid is null or id > $1) order by id limit $2"
  const { rows } = await sql.query(text, [of.after ?? null, of.countMax])
  return rows as InviteRow[]
}

/** The application that takes new rows of a subscriber for an operator. */
export async function readFilling(
  sql: Sql,
  of: Pick<ApplicationRow, 'home' | 'operator' | 'sender_key'>,
): Promise<ApplicationRow | undefined> {
  const text =
    'select * from application where home = $1 and operator = $2 and sender_key = $3 and is_filling limit 1'
  const { rows } = await sql.query(text, [of.home, of.operator, of.sender_key])
  return rows[0] as ApplicationRow | undefined
}

/** An application by its id. */
export async function readApplication(sql: Sql, id: string): Promise<ApplicationRow | undefined> {
  const { rows } = await sql.query('select * from application where id = $1', [id])
  return rows[0] as ApplicationRow | undefined
}

/** Applications, newest first. */
export async function findApplications(
  sql: Sql,
  of: {
    home?: string | undefined
    operator?: string | undefined
    state?: ApplicationState | undefined
    before?: string | undefined
    countMax: number
  },
): Promise<ApplicationRow[]> {
  const text =
    'select * from application where ($1::text is null or home = $1) and ($2::text is null or operator = $2) ' +
    'and ($3::text is null or state = $3) and ($4::uuid is null or id < $4) order by id desc limit $5'
  const values = [of.home ?? null, of.operator ?? null, of.state ?? null, of.before ?? null, of.countMax]
  const { rows } = await sql.query(text, values)
  return rows as ApplicationRow[]
}

/** The counterparties of an application, by position; at most limits.applicationRowsMax by construction. */
export async function readApplicationRows(sql: Sql, application: string): Promise<ApplicationRowView[]> {
  const text =
    'select r.*, i.counterparty, coalesce(i.inn, s.inn) as inn, coalesce(i.kpp, s.kpp) as kpp, ' +
    'coalesce(i.name, s.name) as name, i.state as invite_state from application_row r ' +
    'join invite i on i.id = r.invite left join subscriber s on s.key = lower(i.counterparty) ' +
    'where r.application = $1 order by r.position'
  const { rows } = await sql.query(text, [application])
  return rows as ApplicationRowView[]
}

/** Open applications with a row whose invitation waits no more, and those without an open row. */
export async function applicationsToSettle(sql: Sql, countMax: number): Promise<ApplicationRow[]> {
  const text =
    "select * from application a where state in ('draft', 'sent') and (exists (select from application_row r " +
    "join invite i on i.id = r.invite where r.application = a.id and r.state = 'open' and " +
    "i.state <> 'application') or not exists (select from application_row r where r.application = a.id " +
    "and r.state = 'open')) order by id limit $1"
  const { rows } = await sql.query(text, [countMax])
  return rows as ApplicationRow[]
}
