// Reads of letters: those that are due, pages for engineers, what waits; and the sweep of those that are over.

import type { Sql } from '../sql.ts'
import type { LetterKind, LetterRow } from './rows.ts'

/** A letter as it is kept: `file` is its .eml file in the mail folder, where letters are kept as files. */
export type KeptLetter = LetterRow & { file: string | null }

/** Letters of these kinds that are due, oldest first. Index: letter_due. */
export async function readDueLetters(
  sql: Sql,
  of: { now: Date; kinds: readonly LetterKind[]; countMax: number },
): Promise<KeptLetter[]> {
  const { rows } = await sql.query({
    name: 'letters_due',
    text:
      "select * from letter where state = 'queued' and due_at <= $1 and kind = any($2) " +
      'order by due_at, id limit $3',
    values: [of.now, of.kinds, of.countMax],
  })
  return rows as unknown as KeptLetter[]
}

/** One page of letters, newest first. Indexes: letter_pkey, letter_invite. */
export async function findLetters(
  sql: Sql,
  of: {
    state: LetterRow['state'] | undefined
    invite: string | undefined
    before: string | undefined
    countMax: number
  },
): Promise<{ rows: KeptLetter[]; nextBefore: string | undefined }> {
  const { rows } = await sql.query({
    text:
      'select * from letter where ($1::text is null or state = $1) and ($2::uuid is null or invite = $2) ' +
      'and ($3::uuid is null or id < $3) order by id desc limit $4',
    values: [of.state ?? null, of.invite ?? null, of.before ?? null, of.countMax + 1],
  })
  const page = rows.slice(0, of.countMax) as unknown as KeptLetter[]
  return { rows: page, nextBefore: rows.length > of.countMax ? page.at(-1)?.id : undefined }
}

/** How many letters wait, countMax at most, and since when the longest overdue one is due. */
export async function countLetters(
  sql: Sql,
  countMax: number,
): Promise<{ queued: number; oldestDueAt: Date | null }> {
  const { rows } = await sql.query({
    name: 'letters_count',
    text:
      'select count(*)::int as queued, min(due_at) as oldest from ' +
      "(select due_at from letter where state = 'queued' order by due_at, id limit $1) as waiting",
    values: [countMax],
  })
  const [row] = rows
  return { queued: Number(row?.['queued'] ?? 0), oldestDueAt: (row?.['oldest'] as Date | null) ?? null }
}

/** Takes letters away that ended before a time, and gives the names of their files. A second run finds none. */
export async function sweepLetters(
  sql: Sql,
  of: { endedBefore: Date; countMax: number },
): Promise<{ count: number; files: string[] }> {
  const { rows } = await sql.query({
    name: 'letters_sweep',
    text:
      'delete from letter where id in (select id from letter where ended_at < $1 order by ended_at limit $2) ' +
      'returning file',
    values: [of.endedBefore, of.countMax],
  })
  return { count: rows.length, files: rows.flatMap(({ file }) => (typeof file === 'string' ? file : [])) }
}
