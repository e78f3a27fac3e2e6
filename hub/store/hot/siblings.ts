// The messages of received packages that go another way, for exits that pass packages on as a whole (RULES 3).

import type { Sql } from '../sql.ts'

/** Of the packages asked, those with a message that has left already, waits, was refused, or goes to another peer. */
export async function readDivided(
  sql: Sql,
  of: { packages: readonly string[]; peer: string },
): Promise<Set<string>> {
  const { rows } = await sql.query({
    name: 'read_divided_packages',
    text:
      'select distinct package from message where package = any($1::uuid[]) ' +
      "and state <> 'accepted' and (state <> 'ready' or next_peer is distinct from $2)",
    values: [of.packages, of.peer],
  })
  return new Set(rows.map((row) => String(row['package'])))
}
