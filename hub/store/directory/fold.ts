// Counts deliveries of the journal into the directory of subscribers: one bounded batch in one transaction with its cursor.

import { limits } from '../../../schemas/limits.ts'
import { type Lease, withHeld } from '../lease.ts'
import type { SubscriberSeen } from '../links/rows.ts'
import type { Sql, SqlStore } from '../sql.ts'

/** A message that came to its end, as the fold reads it. */
export type EndedMessage = {
  id: string
  to: 'delivered' | 'refused'
  at: Date
  /** Code of the refusal. */
  reason: string | null
  kind: 'message' | 'invitation'
  sender: string
  recipient: string
  /** What an invitation says of its sender. */
  from_inn: string | null
  from_kpp: string | null
  from_name: string | null
}

/** What one batch means to one subscriber. */
export type SubscriberTraffic = Omit<SubscriberSeen, 'state' | 'source'> & {
  state: 'known' | 'active'
  sources: string[]
  /** False of one that is only counted if it is known. */
  makes: boolean
  traffic_at: Date | null
  delivered: number
  failed: number
}

/** How far the fold has read, and what is finished by now. */
export type FoldRange = { from: bigint; horizon: bigint }

/**
 * Reads the cursor, and the oldest transaction that still runs: those below it have all ended, so that nothing can appear
 * behind a cursor that stays at or below it (hub/journal/seal.ts).
 */
export async function readFoldRange(sql: Sql): Promise<FoldRange> {
  const { rows } = await sql.query({
    name: 'fold_range',
    text:
      'select to_xid::text as from, pg_snapshot_xmin(pg_current_snapshot())::text as horizon from directory_cursor ' +
      "where name = 'traffic'",
  })
  return { from: BigInt(String(rows[0]?.['from'])), horizon: BigInt(String(rows[0]?.['horizon'])) }
}

/**
 * The end of a batch: entries of whole transactions, foldEntriesMax or as many as the transaction that reaches the bound
 * has; `isLast` when it ends at the horizon.
 */
export async function readFoldEnd(sql: Sql, range: FoldRange): Promise<{ to: bigint; isLast: boolean }> {
  const { rows } = await sql.query({
    name: 'fold_end',
    text:
      'select j.xid::text from journal j where j.xid >= $1::xid8 and j.xid < $2::xid8 ' +
      'order by j.xid offset $3 limit 1',
    values: [String(range.from), String(range.horizon), limits.foldEntriesMax - 1],
  })
  const last = rows[0]?.['xid']
  return last === undefined
    ? { to: range.horizon, isLast: true }
    : { to: BigInt(String(last)) + 1n, isLast: false }
}

/** Messages whose ends the entries of these transactions tell of. Those that are no longer kept are left out. */
export async function readEnded(
  sql: Sql,
  { from, to }: { from: bigint; to: bigint },
): Promise<EndedMessage[]> {
  const { rows } = await sql.query({
    name: 'fold_moved',
    text:
      'select j.subject, j.at, j.entry from journal j ' +
      "where j.xid >= $1::xid8 and j.xid < $2::xid8 and j.kind = 'message.moved' and j.subject is not null",
    values: [String(from), String(to)],
  })
  const ends = (rows as Moved[]).flatMap(readEnd)
  if (ends.length === 0) return []
  const found = await sql.query({
    name: 'fold_messages',
    text:
      'select m.id, m.kind, m.sender, m.recipient, i.from_inn, i.from_kpp, i.from_name ' +
      'from message m left join invitation i on i.message = m.id where m.id = any($1::uuid[])',
    values: [ends.map(({ id }) => id)],
  })
  const byId = new Map(found.rows.map((row) => [row['id'], row as Omit<EndedMessage, keyof End>]))
  return ends.flatMap((end) => {
    const message = byId.get(end.id)
    return message === undefined ? [] : [{ ...message, ...end }]
  })
}

type Moved = { subject: string; at: Date; entry: string }
type End = Pick<EndedMessage, 'id' | 'to' | 'at' | 'reason'>

/** Read here and not by the server: facts may hold U+0000, which none of its texts can. */
function readEnd({ subject, at, entry }: Moved): End[] {
  const { facts } = JSON.parse(entry) as { facts: { to?: unknown; reason?: unknown } }
  const { to, reason } = facts
  if (to !== 'delivered' && to !== 'refused') return []
  return [{ id: subject, to, at, reason: typeof reason === 'string' ? reason : null }]
}

/**
 * Writes what a batch means, and the cursor behind it. Whoever runs twice finds another cursor and writes nothing: false.
 * Keys are written in their order, so that nodes that write the same subscribers never wait in a circle. Throws LeaseLost.
 */
export async function writeFold(
  store: SqlStore,
  lease: Lease,
  batch: { from: bigint; to: bigint; subscribers: readonly SubscriberTraffic[] },
): Promise<boolean> {
  const { from, to, subscribers } = batch
  return withHeld(store, lease, async (sql) => {
    const { rowCount } = await sql.query({
      name: 'fold_cursor',
      text: "update directory_cursor set to_xid = $2::xid8 where name = 'traffic' and to_xid = $1::xid8",
      values: [String(from), String(to)],
    })
    if (rowCount !== 1) return false
    if (subscribers.length > 0) {
      await sql.query({ name: 'fold_subscribers', text: upsert, values: [JSON.stringify(subscribers)] })
    }
    return true
  })
}

const upsert =
  'insert into subscriber as s (key, id, code, inn, kpp, name, state, sources, first_seen_at, last_seen_at, ' +
  'last_traffic_at, delivered, failed) ' +
  'select key, id, code, inn, kpp, name, state, sources, at, at, traffic_at, delivered, failed ' +
  'from jsonb_to_recordset($1::jsonb) as x(key text, id text, code text, inn text, kpp text, name text, state text, ' +
  'sources text[], makes boolean, at timestamptz, traffic_at timestamptz, delivered bigint, failed bigint) ' +
  'where makes or exists (select from subscriber k where k.key = x.key) order by key ' +
  'on conflict (key) do update set inn = coalesce(excluded.inn, s.inn), kpp = coalesce(excluded.kpp, s.kpp), ' +
  'name = coalesce(excluded.name, s.name), ' +
  'sources = case when s.sources @> excluded.sources then s.sources else ' +
  'array(select distinct unnest(s.sources || excluded.sources) order by 1) end, ' +
  'last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at), ' +
  'last_traffic_at = greatest(s.last_traffic_at, excluded.last_traffic_at), ' +
  'delivered = s.delivered + excluded.delivered, failed = s.failed + excluded.failed'
