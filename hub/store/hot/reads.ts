// The hot reads of the pipeline: rows by id, sightings, parents, deliveries; each one prepared statement.

import type { Telling } from '../../../routing/duplicate.ts'
import type { MessageState } from '../../../routing/machines/message.ts'
import type { RowId } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { PlacedEnd, PlacedPackage } from '../../../schemas/transport.ts'
import type { Sql } from '../sql.ts'
import type {
  AnswerCode,
  AttemptRow,
  MessageRow,
  PackageInRow,
  PackageOutRow,
  ParentWaitRow,
} from './rows.ts'

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

/** Whether a package of ours may have arrived: an attempt has no end, or did not surely fail (RULES 21, 22). */
export async function mayHaveArrived(sql: Sql, id: string): Promise<boolean> {
  const text =
    "select exists (select from attempt where package_out = $1 and class is distinct from 'transient') as it_may"
  const { rows } = await sql.query({ name: 'may_have_arrived', text, values: [id] })
  return rows[0]?.['it_may'] === true
}

/** An earlier message under an ИдЛС, from any peer. */
export type SeenRow = {
  wire_id: string
  peer: string
  message: string
  content_sha256: string
  state: MessageState
  telling: Telling
}

/** All sightings of message ids (RULES 2, 12). */
export async function readSightings(sql: Sql, wireIds: readonly string[]): Promise<SeenRow[]> {
  const text =
    'select s.wire_id, s.peer, s.message, s.content_sha256, m.state, ' +
    "case when m.answer <> 'owed' then 'told' when exists " +
    "(select from work w where w.id = m.id and w.hop = 'settle') then 'owed' else 'leaving' end as telling " +
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
  /** The package it left in lies at the server of the peer, or is to be put there again (RULES 24). */
  not_taken: boolean
}

const notTaken =
  "(m.state in ('sent', 'overdue') and exists (select from package_out p " +
  "where p.id = m.package_out and p.state in ('placed', 'sending'))) as not_taken"

/**
 * The messages that brought documents, newest first, at most limits.bringersPerDocumentMax of each; repeats that were
 * not processed do not count. A message whose row is gone by age got through (RULES 28).
 */
export async function readParents(sql: Sql, documents: readonly string[]): Promise<ParentRow[]> {
  if (documents.length === 0) return []
  const text =
    "select d.wire_id, d.message, coalesce(m.state, 'delivered') as state, m.answer_code, m.reason, d.sender, " +
    `d.recipient, ${notTaken} from unnest($1::text[]) as k(wire_id), lateral (select * from document b ` +
    'where b.wire_id = k.wire_id order by b.message desc limit $2) d left join message m on m.id = d.message ' +
    "where m.state is null or m.state not in ('ignored', 'repeated')"
  const values = [[...new Set(documents)], limits.bringersPerDocumentMax]
  const { rows } = await sql.query({ name: 'read_parents', text, values })
  return rows as ParentRow[]
}

/** A message that is waited for, with the document of it that is named. */
export type AwaitedRow = Pick<ParentRow, 'state' | 'answer_code' | 'reason' | 'not_taken'> & ParentWaitRow

/** What messages wait for. */
export async function readAwaited(sql: Sql, children: readonly string[]): Promise<AwaitedRow[]> {
  const text =
    "select w.child, w.parent, w.document, coalesce(m.state, 'delivered') as state, m.answer_code, m.reason, " +
    `${notTaken} from parent_wait w left join message m on m.id = w.parent where w.child = any($1::uuid[])`
  const { rows } = await sql.query({ name: 'read_awaited', text, values: [children] })
  return rows as AwaitedRow[]
}

/** A message with the package it left in. */
export type DeliveredRow = { message: MessageRow; packedAt: Date }

/**
 * Messages delivered to a peer under the ids it names (RULES 13): those of which a package to that very peer was made.
 * An id that was merely reserved there, and the message then sent elsewhere, answers to nobody.
 */
export async function readDelivered(
  sql: Sql,
  peer: string,
  wireIds: readonly string[],
): Promise<Map<string, DeliveredRow>> {
  const text =
    'select k.wire_id as delivered_as, p.created_at as packed_at, m.* from unnest($2::text[]) as k(wire_id), ' +
    // One look by the key each: there is but one good plan, which need not be made anew for every call.
    'lateral (select * from message_out where peer = $1 and wire_id = k.wire_id limit 1) o, ' +
    'lateral (select * from message where id = o.message limit 1) m, ' +
    'lateral (select * from package_out where id = m.package_out limit 1) p where p.peer = $1'
  const values = [peer, [...new Set(wireIds)]]
  const { rows } = await sql.query({ name: 'read_delivered', text, values })
  return new Map(
    (rows as (MessageRow & { delivered_as: string; packed_at: Date })[]).map(
      ({ delivered_as, packed_at: packedAt, ...message }) => [delivered_as, { message, packedAt }],
    ),
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

/**
 * Packages of ours that lie at a peer's server, oldest first, at most limits.placedLookedAtMax. Of those put at another
 * address nothing can be seen here: that they are missing does not say that they were taken (RULES 24).
 */
export async function readPlaced(
  sql: Sql,
  { peer, address }: { peer: string; address: string },
): Promise<PlacedPackage[]> {
  const { rows } = await sql.query({
    name: 'read_placed',
    text:
      "select id, name from package_out where peer = $1 and address = $2 and state = 'placed' " +
      'order by id limit $3',
    values: [peer, address, limits.placedLookedAtMax],
  })
  return rows as PlacedPackage[]
}

/**
 * Packages that still lie at a peer's server though a processing receipt has answered one of their messages: whoever answers
 * has taken them, even if the file stays (RULES 24).
 */
export async function readPlacedAnswered(sql: Sql, peer: string): Promise<PlacedEnd[]> {
  const { rows } = await sql.query({
    name: 'read_placed_answered',
    text:
      "select p.id from package_out p where p.peer = $1 and p.state = 'placed' and p.kind = 'messages' and exists (" +
      'select from unnest(p.members) as member(id) join message m on m.id = member.id ' +
      "where m.package_out = p.id and (m.state = 'delivered' or (m.state = 'refused' and " +
      "m.reason is distinct from 'message.refused-by-person'))) order by p.id limit $2",
    values: [peer, limits.placedLookedAtMax],
  })
  return rows.map((row) => ({ id: row['id'] as RowId, is: 'taken', status: undefined, text: '' }))
}

/** A document whose body is kept here. */
export type StoredDocument = {
  wire_id: string
  message: string
  sender: string
  recipient: string
  type: string
  encrypted: boolean
  sha256: string
  streebog256: string
  blob: string
}

/** Rows of documents that have a body, oldest first; at most bringersPerDocumentMax for each id. */
export async function readStoredDocuments(sql: Sql, ids: readonly string[]): Promise<StoredDocument[]> {
  const text =
    'select d.* from unnest($1::text[]) as wanted(id), lateral (select wire_id, message, sender, recipient, type, ' +
    'encrypted, sha256, streebog256, blob from document where wire_id = wanted.id and blob is not null ' +
    'order by message desc limit $2) d order by d.message'
  const values = [[...new Set(ids)], limits.bringersPerDocumentMax]
  const { rows } = await sql.query({ name: 'read_stored_documents', text, values })
  return rows as StoredDocument[]
}
