// Sums up the sources of what is trusted for a person: how many are in which state, and which was silent the longest.

import type { SourceState } from '../../../schemas/admin.ts'
import type { Sql } from '../sql.ts'
import { isWantedAt, type SourceKind } from '../trust-sources.ts'

/** The sources together; `silent` is the failing one whose last success, or whose wish, is the longest ago. */
export type SourcesSummary = {
  edition: number
  /** When the oldest edition in use was issued. */
  oldestIssuedAt: Date | null
  states: { state: SourceState; count: number }[]
  silent: { kind: SourceKind; address: string; since: Date; error: string | null } | null
}

/** States as the health check has them; at most sourcesMax rows are looked at. */
export async function summariseSources(sql: Sql, now: Date): Promise<SourcesSummary> {
  const counted = await sql.query({
    text:
      `select case when not ${isWantedAt('$1')} ` +
      "then 'forgotten' when next_at < $1 then 'out-of-date' when evidence is not null then 'in-use' " +
      "when failures > 0 then 'away' else 'awaited' end as state, count(*)::integer as count, " +
      'min(issued_at) filter (where evidence is not null) as issued from trust_source group by 1 order by 1',
    values: [now],
  })
  const silent = await sql.query({
    text:
      'select kind, address, coalesce(succeeded_at, wanted_at) as since, error from trust_source ' +
      `where failures > 0 and ${isWantedAt('$1')} ` +
      'order by coalesce(succeeded_at, wanted_at), kind, address limit 1',
    values: [now],
  })
  const edition = await sql.query('select number::text as number from trust_edition')
  const rows = counted.rows as { state: SourceState; count: number; issued: Date | null }[]
  const issued = rows.flatMap(({ state, issued: at }) => (at === null || state === 'forgotten' ? [] : [at]))
  return {
    edition: Number(edition.rows[0]?.['number'] ?? 0),
    oldestIssuedAt: issued.sort((one, other) => one.getTime() - other.getTime())[0] ?? null,
    states: rows.map(({ state, count }) => ({ state, count })),
    silent: (silent.rows[0] as SourcesSummary['silent'] | undefined) ?? null,
  }
}
