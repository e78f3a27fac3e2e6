// The hot reads of the pipeline: rows by id, sightings, parents, deliveries; each one prepared statement.

import type { MessageState } from '../../../routing/machines/message.ts'
import type { Sql } from '../sql.ts'
import type { AnswerCode, AttemptRow, MessageRow, PackageInRow, PackageOutRow } from './rows.ts'

/** Messages by row id. */
export async function readMessages(sql: Sql, ids: readonly string[]): Promise<Map<string, MessageRow>> {
  if (ids.length === 0) return new Map()
  const text = 'select * from message where id = any($1::uuid[])'
  const { rows } = await sql.query({ name: 'read_messages', text, values: [ids] })
  return new Map((rows as MessageRow[]).map((row) => [row.id, row]))
}

/** Received packages by row id. */
export async function readPackagesIn(sql: Sql, ids: readonly string[]): Promise<Map<string, PackageInRow>> {
  if (ids.length === 0) return new Map()
  const text = 'select * from package_in where id = any($1::uuid[])'
  const { rows } = await sql.query({ name: 'read_packages_in', text, values: [[...new Set(ids)]] })
  return new Map((rows as PackageInRow[]).map((row) => [row.id, row]))
}

/** Our packages by row id. */
export async function readPackagesOut(sql: Sql, ids: readonly string[]): Promise<Map<string, PackageOutRow>> {
  const text = 'select * from package_out where id = any($1::uuid[])'
  const { rows } = await sql.query({ name: 'read_packages_out', text, values: [ids] })
  return new Map((rows as PackageOutRow[]).map((row) => [row.id, row]))
}

/** The last attempt of each package; one without an end has an unknown outcome (RULES 21). */
export async function readLastAttempts(
  sql: Sql,
  packages: readonly string[],
): Promise<Map<string, AttemptRow>> {
  const text =
    'select distinct on (package_out) * from attempt where package_out = any($1::uuid[]) ' +
    'order by package_out, number desc'
  const { rows } = await sql.query({ name: 'read_last_attempts', text, values: [packages] })
  return new Map((rows as AttemptRow[]).map((row) => [row.package_out, row]))
}

/** An earlier message under an ИдЛС, from any peer. */
export type SeenRow = {
  wire_id: string
  peer: string
  message: string
  content_sha256: string
  state: MessageState
  /** Its answer is owed and stands in no package yet. */
  is_untold: boolean
}

/** All sightings of message ids (RULES 2, 12). */
export async function readSightings(sql: Sql, wireIds: readonly string[]): Promise<SeenRow[]> {
  const text =
    'select s.wire_id, s.peer, s.message, s.content_sha256, m.state, ' +
    "m.answer = 'owed' and exists (select from work w where w.id = m.id and w.hop = 'settle') as is_untold " +
    'from message_seen s join message m on m.id = s.message where s.wire_id = any($1::text[])'
  const { rows } = await sql.query({ name: 'read_sightings', text, values: [wireIds] })
  return rows as SeenRow[]
}

/** A document another one refers to, with the state of the message that brought it. */
export type ParentRow = {
  wire_id: string
  message: string
  state: MessageState
  answer_code: AnswerCode | null
  reason: string | null
  sender: string
  recipient: string
}

/** The messages that brought documents, newest first; repeats that were not processed do not count. */
export async function readParents(sql: Sql, documents: readonly string[]): Promise<ParentRow[]> {
  if (documents.length === 0) return []
  const text =
    'select d.wire_id, m.id as message, m.state, m.answer_code, m.reason, m.sender, m.recipient from document d ' +
    "join message m on m.id = d.message where d.wire_id = any($1::text[]) and m.state not in ('ignored', 'repeated') " +
    'order by m.id desc'
  const { rows } = await sql.query({ name: 'read_parents', text, values: [[...new Set(documents)]] })
  return rows as ParentRow[]
}

/** Messages delivered to a peer under the ids it names (RULES 13). */
export async function readDelivered(
  sql: Sql,
  peer: string,
  wireIds: readonly string[],
): Promise<Map<string, MessageRow>> {
  const text =
    'select o.wire_id as delivered_as, m.* from message_out o join message m on m.id = o.message ' +
    'where o.peer = $1 and o.wire_id = any($2::text[])'
  const { rows } = await sql.query({ name: 'read_delivered', text, values: [peer, wireIds] })
  return new Map(
    (rows as (MessageRow & { delivered_as: string })[]).map(({ delivered_as, ...row }) => [
      delivered_as,
      row,
    ]),
  )
}

/**
 * Reserves ids at an exit: gives for each wish the message that holds the id there. RULES 6: another id is used only
 * when somebody else's message already left to this peer under it. A message that was refused and came again is the
 * same one (RULES 12): the later one takes the id over.
 */
export async function reserveOutIds(
  sql: Sql,
  peer: string,
  wishes: readonly { wire_id: string; message: string }[],
): Promise<Map<string, string>> {
  const text =
    'insert into message_out (peer, wire_id, message) select $1, wire_id, message ' +
    'from jsonb_to_recordset($2::jsonb) as x(wire_id text, message uuid) ' +
    'on conflict (peer, wire_id) do update set message = case when (' +
    "select earlier.state = 'refused' and earlier.peer = later.peer and earlier.wire_id = later.wire_id " +
    'from message earlier, message later where earlier.id = message_out.message and later.id = excluded.message' +
    ') then excluded.message else message_out.message end returning wire_id, message'
  const { rows } = await sql.query({ name: 'reserve_out_ids', text, values: [peer, JSON.stringify(wishes)] })
  return new Map((rows as { wire_id: string; message: string }[]).map((row) => [row.wire_id, row.message]))
}

/** The names at a peer that are already taken, of those asked. */
export async function readTakenNames(
  sql: Sql,
  peer: string,
  nameKeys: readonly string[],
): Promise<Set<string>> {
  const text = 'select name_key from package_out_name_taken where peer = $1 and name_key = any($2::text[])'
  const { rows } = await sql.query({ name: 'read_taken_names', text, values: [peer, nameKeys] })
  return new Set(rows.map((row) => row['name_key'] as string))
}
