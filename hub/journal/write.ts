// Turns entries into rows of the journal and writes them in the transaction of the change (RULES 26).

import { hash } from 'node:crypto'
import { canonicalEntry, type JournalEntry } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import { statements } from '../store/hot/inserts.ts'
import type { Sql } from '../store/sql.ts'

/** A row for the statement that inserts many; `digest` is hex. */
export type JournalRow = {
  id: string
  at: Date
  kind: string
  subject: string | null
  entry: string
  digest: string
}

/**
 * The row of an entry. An entry larger than journalEntryBytesMax keeps its place, with its facts replaced by
 * their digest and size: evidence of the step must not be lost, nor may one odd message stop the batch it is
 * written in.
 */
export function journalRow(entry: JournalEntry): JournalRow {
  const text = boundedText(entry)
  return {
    id: entry.id,
    at: entry.at,
    kind: entry.kind,
    subject: entry.subject ?? null,
    entry: text,
    digest: hash('sha256', text, 'hex'),
  }
}

/** Writes entries in one statement. `sql` must be the transaction that makes the change they tell of. */
export async function writeJournal(sql: Sql, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return
  await sql.query({ ...statements.journal, values: [JSON.stringify(entries.map(journalRow))] })
}

function boundedText(entry: JournalEntry): string {
  const text = canonicalEntry(entry)
  const bytes = Buffer.byteLength(text)
  if (bytes <= limits.journalEntryBytesMax) return text
  return canonicalEntry({
    ...entry,
    facts: { oversizeBytes: bytes, oversizeSha256: hash('sha256', text, 'hex') },
  })
}
