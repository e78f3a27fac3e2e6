// Whether a commit is on disk when the server says so, as far as the server tells (RULES 10).

import type { Sql } from './sql.ts'

const wanted = ['fsync', 'full_page_writes', 'synchronous_commit']

/**
 * The settings of the server, or of this session, without which a committed row may be gone after a crash. The hub sets
 * synchronous_commit for its sessions; one that is off all the same means that something between drops it.
 */
export async function unsafeSettings(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query({
    text: "select name from unnest($1::text[]) as names(name) where current_setting(name) = 'off' order by name",
    values: [wanted],
  })
  return rows.map((row) => String(row['name']))
}
