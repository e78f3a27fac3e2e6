// Reads what was kept of the verdict on a message: its texts, and the chains they name.

import { limits } from '../../../schemas/limits.ts'
import type { VerdictRow } from '../hot/rows.ts'
import type { Sql } from '../sql.ts'
import { unpackVerdictTexts, type VerdictTexts } from '../verdict/texts.ts'

/** What is kept of the verdict on a message. */
export type StoredVerdict = Omit<VerdictRow, 'packed'> & VerdictTexts

/** The verdict on a message by its row id. Throws when its texts cannot be unpacked. */
export async function readVerdict(sql: Sql, message: string): Promise<StoredVerdict | undefined> {
  const { rows } = await sql.query('select * from verdict where message = $1', [message])
  const [row] = rows
  if (row === undefined) return undefined
  const { packed, facts, verdict, ...rest } = row
  // Of before, or by a node of the version before, which knows nothing of packed ones.
  const isPlain = typeof facts === 'string' && typeof verdict === 'string'
  const texts = isPlain ? { facts, verdict } : await unpackVerdictTexts(packed as Uint8Array)
  return { ...(rest as Omit<VerdictRow, 'packed'>), ...texts }
}

/** Texts of chains by their digests, all that frozen facts name; what is not kept is not in the answer. */
export async function readVerdictChains(sql: Sql, names: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql.query('select sha256, facts from verdict_chain where sha256 = any($1)', [
    [...names],
  ])
  return new Map(rows.map((row) => [String(row['sha256']), String(row['facts'])]))
}

/**
 * Whether an entry of the journal about a message holds the digest of its verdict: rows alone prove nothing against who
 * may write them (RULES 26). Of a sealed block the export tells the same.
 */
export async function isVerdictInJournal(
  sql: Sql,
  verdict: Pick<VerdictRow, 'message' | 'digest'>,
): Promise<boolean> {
  const { rows } = await sql.query(
    'select entry from journal where subject = $1 and strpos(entry, $2) > 0 order by id desc limit $3',
    [verdict.message, verdict.digest, limits.messageStepsMax],
  )
  return rows.some(({ entry }) => {
    const { facts } = JSON.parse(String(entry)) as { facts?: { verdictDigest?: unknown } }
    return facts?.verdictDigest === verdict.digest
  })
}
