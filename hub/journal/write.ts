// Turns entries into rows of the journal and writes them in the transaction of the change (RULES 26).

import { hash } from 'node:crypto'
import { canonicalEntry, type JournalEntry, type JournalFact, type LongFact } from '../../schemas/journal.ts'
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
 * The row of an entry. Of one larger than journalEntryBytesMax the longest lists and texts are replaced by their counts
 * and digests (LongFact) until it fits: peers, names and digests stay, evidence of the step is never lost, and an odd
 * message does not stop the batch it is written in. The same entry always becomes the same row.
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
  let text = canonicalEntry(entry)
  // What each fact would take as a digest is asked of the rare entry that is too large, not of all.
  if (fits(text)) return text
  const facts = { ...entry.facts }
  // No kind has so many facts that those which cannot be replaced would not fit.
  for (const { name, long } of longFactsOf(entry)) {
    facts[name] = long
    text = canonicalEntry({ ...entry, facts })
    if (fits(text)) break
  }
  return text
}

const fits = (text: string) => Buffer.byteLength(text) <= limits.journalEntryBytesMax

/** Facts that take less room as a count and a digest, the longest first. */
function longFactsOf({ facts }: JournalEntry): { name: string; long: LongFact }[] {
  return Object.entries(facts)
    .flatMap(([name, fact]) => {
      if (typeof fact !== 'string' && !isList(fact)) return []
      const text = JSON.stringify(fact)
      const long = digested(fact, text)
      const savedBytes = Buffer.byteLength(text) - Buffer.byteLength(JSON.stringify(long))
      return savedBytes > 0 ? [{ name, long, savedBytes }] : []
    })
    .sort((one, other) => other.savedBytes - one.savedBytes || (one.name < other.name ? -1 : 1))
}

function digested(fact: string | readonly string[], text: string): LongFact {
  const sha256 = hash('sha256', text, 'hex')
  return typeof fact === 'string'
    ? { bytes: Buffer.byteLength(fact), sha256 }
    : { count: fact.length, sha256 }
}

function isList(fact: JournalFact | undefined): fact is readonly string[] {
  return Array.isArray(fact)
}
