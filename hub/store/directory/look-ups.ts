// Answers of the directory of participants, kept with the time they were given.

import { limits } from '../../../schemas/limits.ts'
import type { Sql } from '../sql.ts'

/** An answer; names are those of the columns. A failed look-up is never kept. */
export type LookUpRow = {
  key: string
  status: 'ok' | 'not-found' | 'not-allowed'
  ids: string[]
  asked_at: Date
}

/** The answer to a question; undefined while it was never answered. */
export async function readLookUp(sql: Sql, key: string): Promise<LookUpRow | undefined> {
  const text = 'select key, status, ids, asked_at from participant_look_up where key = $1'
  const { rows } = await sql.query({ name: 'look_up_read', text, values: [key] })
  return rows[0] as LookUpRow | undefined
}

/** Keeps an answer; of two the later one. */
export async function keepLookUp(sql: Sql, row: LookUpRow): Promise<void> {
  await sql.query({
    name: 'look_up_keep',
    text:
      'insert into participant_look_up as l (key, status, ids, asked_at) values ($1, $2, $3, $4) ' +
      'on conflict (key) do update set status = excluded.status, ids = excluded.ids, asked_at = excluded.asked_at ' +
      'where l.asked_at <= excluded.asked_at',
    values: [row.key, row.status, row.ids, row.asked_at],
  })
}

/** Forgets answers from before a time, lookUpsForgottenAtOnceMax at most; gives how many. */
export async function forgetLookUps(sql: Sql, before: Date): Promise<number> {
  const { rowCount } = await sql.query({
    name: 'look_up_forget',
    text:
      'delete from participant_look_up where key in ' +
      '(select key from participant_look_up where asked_at < $1 order by asked_at limit $2)',
    values: [before, limits.lookUpsForgottenAtOnceMax],
  })
  return rowCount ?? 0
}
