// The inbox of a home code: what arrived gets its number after the commit, so that no reader ever skips (RULES 27).

import { limits } from '../../../schemas/limits.ts'
import type { HomeArrivalRow } from '../hot/rows.ts'
import type { Sql, SqlStore } from '../sql.ts'

/** Notified with the home code in the commit of every arrival. */
export const homeChannel = 'hub_home'

/** One entry: a message that came, the final answer to one that was submitted, or news of a link or invitation. */
export type InboxRow = Pick<HomeArrivalRow, 'kind' | 'message' | 'at'> & { position: number }

/**
 * Numbers what has arrived for a home code, at most limits.inboxNumberBatchMax rows. The lock of the head makes positions
 * visible in their order: whoever sees one sees all before it. A writer that commits late gets a later position, never
 * one before what was read. May run twice and on several nodes at once. Returns how many rows it numbered.
 */
export async function numberArrivals(store: SqlStore, home: string): Promise<number> {
  const waiting = await store.query({
    name: 'home_arrivals_wait',
    text: 'select exists (select from home_arrival where home = $1) as some_wait',
    values: [home],
  })
  if (waiting.rows[0]?.['some_wait'] !== true) return 0
  return store.transaction(async (sql) => {
    await sql.query({
      name: 'home_head_make',
      text: 'insert into home_head (home, last) values ($1, 0) on conflict do nothing',
      values: [home],
    })
    const head = await sql.query({
      name: 'home_head_lock',
      text: 'select last from home_head where home = $1 for update',
      values: [home],
    })
    const last = Number(head.rows[0]?.['last'])
    // A statement of its own: it must see what those before it committed while the lock was waited for.
    const moved = await sql.query({
      name: 'home_arrivals_move',
      text:
        'with taken as (delete from home_arrival where id in ' +
        '(select id from home_arrival where home = $1 order by id limit $3) returning id, kind, message, at) ' +
        'insert into home_inbox (home, position, kind, message, at) ' +
        'select $1, $2::bigint + row_number() over (order by id), kind, message, at from taken',
      values: [home, last, limits.inboxNumberBatchMax],
    })
    const count = moved.rowCount ?? 0
    await sql.query({
      name: 'home_head_move',
      text: 'update home_head set last = $2 where home = $1',
      values: [home, last + count],
    })
    return count
  })
}

/** Entries behind a position in their order, at most `countMax`. Number first. */
export async function readInbox(
  sql: Sql,
  of: { home: string; after: number; countMax: number },
): Promise<InboxRow[]> {
  const { rows } = await sql.query({
    name: 'home_inbox_read',
    text:
      'select position, kind, message, at from home_inbox where home = $1 and position > $2 ' +
      'order by position limit $3',
    values: [of.home, of.after, of.countMax],
  })
  return rows as InboxRow[]
}

/** The position given last for a home code; 0 when there was none. */
export async function readInboxHead(sql: Sql, home: string): Promise<number> {
  const text = 'select last from home_head where home = $1'
  const { rows } = await sql.query({ name: 'home_head_read', text, values: [home] })
  return Number(rows[0]?.['last'] ?? 0)
}
