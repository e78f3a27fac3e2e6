// What the desk of the home operator reads: messages of earlier submissions, documents that may be named.

import type { MessageRow } from '../hot/rows.ts'
import type { Sql } from '../sql.ts'

/** The one message of a submitted package, or of the one it was formed anew in for another recipient. */
export async function readSubmitted(sql: Sql, packageId: string): Promise<MessageRow | undefined> {
  const { rows } = await sql.query({
    name: 'read_submitted',
    text:
      'select * from message where package = $1 ' +
      'or package in (select id from package_in where formed_from = $1) limit 1',
    values: [packageId],
  })
  return rows[0] as MessageRow | undefined
}

/** Of the documents asked for, those that a home code sent or received (RULES 4: another's are not known). */
export async function readKnownDocuments(
  sql: Sql,
  home: string,
  documents: readonly string[],
): Promise<Set<string>> {
  if (documents.length === 0) return new Set()
  const { rows } = await sql.query({
    name: 'read_known_documents',
    text: 'select distinct document from home_document where home = $1 and document = any($2::text[])',
    values: [home, documents],
  })
  return new Set(rows.map((row) => row['document'] as string))
}
