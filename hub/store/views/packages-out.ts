// Lists packages of ours by state, newest first: held and placed ones from their own index, others in windows of ids.

import { limits } from '../../../schemas/limits.ts'
import type { PackageOutRow } from '../hot/rows.ts'
import type { Sql, Statement } from '../sql.ts'

/** What is asked for. `before`: only packages made before this one. */
export type PackageOutSearch = {
  state: PackageOutRow['state']
  peer?: string
  before?: string
  countMax: number
}

/** One page. It may be short and yet go on: then the bound on the rows looked at was reached first. */
export type PackageOutPage = { rows: PackageOutRow[]; nextBefore: string | undefined }

const highestId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Finds one page, looking at searchWindowRows rows at most. */
export async function findPackagesOut(sql: Sql, search: PackageOutSearch): Promise<PackageOutPage> {
  const { rows } = await sql.query(packagesOutStatement(search))
  const seen = rows as (PackageOutRow & { edge: string | null })[]
  const found = seen.filter((row) => row.name !== null).map(({ edge: _, ...row }) => row)
  const page = found.slice(0, search.countMax)
  if (found.length > search.countMax) return { rows: page, nextBefore: page.at(-1)?.id }
  return { rows: page, nextBefore: seen[0]?.edge ?? undefined }
}

/**
 * Indexes: package_out_held, package_out_placed, package_out_pkey else. `edge`: where the window ends, if rows follow it.
 */
function packagesOutStatement({ state, peer, before, countMax }: PackageOutSearch): Statement {
  // The state stands in the text: the planner uses a partial index only when it sees that it covers the question.
  const driver = state === 'held' || state === 'placed' ? `p.state = '${state}'` : 'true'
  return {
    text:
      'with edge as (select p.id from package_out p ' +
      `where ${driver} and p.id < $1::uuid order by p.id desc offset ${limits.searchWindowRows - 1} limit 1) ` +
      'select f.*, e.id as edge from (select 1) one left join edge e on true left join lateral (' +
      `select p.* from package_out p where ${driver} and p.state = '${state}' and p.id < $1::uuid ` +
      "and p.id >= coalesce(e.id, '00000000-0000-0000-0000-000000000000') " +
      'and p.peer = coalesce($2, p.peer) order by p.id desc limit $3) f on true order by f.id desc',
    values: [before ?? highestId, peer ?? null, countMax + 1],
  }
}
