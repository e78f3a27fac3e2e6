// Rules of home subscribers: whose Запрос is answered by theirs without a person.

import type { JournalEntry } from '../../../schemas/journal.ts'
import { writeJournal } from '../../journal/write.ts'
import type { Sql, SqlStore } from '../sql.ts'

/** A rule; `listed` accepts those of the operators or with the ИНН that are named. */
export type LinkRuleRow = {
  own_key: string
  own: string
  home: string
  accepts: 'all' | 'listed'
  /** Codes in upper case. */
  operators: string[]
  inns: string[]
  /** What our Запрос says of its sender. */
  inn: string
  kpp: string | null
  name: string
  changed_at: Date
  /** Id of the API key. */
  changed_by: string
}

/** The rule of a subscriber by its key. */
export async function readRule(sql: Sql, ownKey: string): Promise<LinkRuleRow | undefined> {
  const text = 'select * from link_rule where own_key = $1'
  const { rows } = await sql.query({ name: 'link_rule_read', text, values: [ownKey] })
  return rows[0] as LinkRuleRow | undefined
}

/** Writes a rule over the one before, with its entry of the journal. */
export async function writeRule(store: SqlStore, rule: LinkRuleRow, entry: JournalEntry): Promise<void> {
  const columns = Object.keys(rule)
  const values = Object.values(rule)
  const places = values.map((_, index) => `$${index + 1}`)
  const set = columns.slice(1).map((column) => `${column} = excluded.${column}`)
  await store.transaction(async (sql) => {
    await sql.query(
      `insert into link_rule (${columns.join(', ')}) values (${places.join(', ')}) ` +
        `on conflict (own_key) do update set ${set.join(', ')}`,
      values,
    )
    await writeJournal(sql, [entry])
  })
}

/** Takes a rule away; the one that was there. Without one there is no entry. */
export async function deleteRule(
  store: SqlStore,
  ownKey: string,
  entry: JournalEntry,
): Promise<LinkRuleRow | undefined> {
  return store.transaction(async (sql) => {
    const { rows } = await sql.query('delete from link_rule where own_key = $1 returning *', [ownKey])
    const gone = rows[0] as LinkRuleRow | undefined
    if (gone !== undefined) await writeJournal(sql, [entry])
    return gone
  })
}
