// Reads everything known of one message for a person: each statement bounded in rows and in the range of ids.

import { limits } from '../../../schemas/limits.ts'
import type { AttemptRow, DecisionRow, DocumentRow, MessageRow, PackageOutRow } from '../hot/rows.ts'
import { lowestIdAt } from '../ids.ts'
import type { Sql } from '../sql.ts'
import type { FoundMessage } from './search.ts'

/** A journal entry as it stands, with the subject it is about. */
export type StepRow = { id: string; subject: string; entry: string }

/** All of it. Packages and attempts are those found; a message sent many times has more. */
export type MessageDetails = {
  documents: DocumentRow[]
  out: PackageOutRow[]
  attempts: AttemptRow[]
  decisions: DecisionRow[]
  steps: StepRow[]
}

const text =
  'select m.*, (select p.name from package_in p where p.id = m.package) as package_name from message m '

/** A message by row id. */
export async function readFoundMessage(sql: Sql, id: string): Promise<FoundMessage | undefined> {
  const { rows } = await sql.query(`${text} where m.id = $1`, [id])
  return rows[0] as FoundMessage | undefined
}

/** Messages under an ИдЛС, newest first: of several peers, or repeats. At most pageRowsMax. */
export async function readMessagesByWireId(sql: Sql, wireId: string): Promise<FoundMessage[]> {
  const { rows } = await sql.query(`${text} where m.wire_id = $1 order by m.id desc limit $2`, [
    wireId,
    limits.pageRowsMax,
  ])
  return rows as FoundMessage[]
}

/**
 * Reads the rest. Clocks of nodes may differ by limits.nodeClockSlackMs; nothing about a message is older than that
 * before it.
 */
export async function readMessageDetails(sql: Sql, message: MessageRow): Promise<MessageDetails> {
  const low = lowestIdAt(new Date(message.received_at.getTime() - limits.nodeClockSlackMs))
  const own = await readSteps(sql, [message.id, message.package], low)
  const named = own.flatMap(({ entry }) => packageOutOf(entry) ?? [])
  const ids = [...new Set([...named, ...(message.package_out === null ? [] : [message.package_out])])]
  const [carried, told, documents, decisions] = await Promise.all([
    readPackages(sql, ids),
    message.answer === 'none' ? [] : readAnswerPackages(sql, message),
    readDocuments(sql, message.id),
    readDecisions(sql, message.id),
  ])
  const out = [...carried, ...told].sort((a, b) => (a.id < b.id ? -1 : 1))
  const outIds = out.map((row) => row.id)
  const [attempts, outSteps] = await Promise.all([
    readAttempts(sql, outIds, low),
    readSteps(sql, outIds, low),
  ])
  const steps = [...own, ...outSteps].sort((a, b) => (a.id < b.id ? -1 : 1))
  return { documents, out, attempts, decisions, steps: steps.slice(-limits.messageStepsMax) }
}

/** The newest entries about the subjects, oldest first. */
async function readSteps(sql: Sql, subjects: readonly string[], low: string): Promise<StepRow[]> {
  if (subjects.length === 0) return []
  const { rows } = await sql.query(
    'select j.id, j.subject, j.entry from journal j where j.subject = any($1::uuid[]) and j.id >= $2 ' +
      'order by j.id desc limit $3',
    [[...subjects], low, limits.messageStepsMax],
  )
  return (rows as StepRow[]).reverse()
}

function packageOutOf(entry: string): string | undefined {
  const { facts } = JSON.parse(entry) as { facts?: { packageOut?: unknown } }
  return typeof facts?.packageOut === 'string' ? facts.packageOut : undefined
}

async function readPackages(sql: Sql, ids: readonly string[]): Promise<PackageOutRow[]> {
  const { rows } = await sql.query(
    'select * from package_out where id = any($1::uuid[]) order by id desc limit $2',
    [[...ids], limits.messageAttemptsMax],
  )
  return rows as PackageOutRow[]
}

/**
 * The packages that told the answer: no row names them, so the live ones of the peer are looked through, and those
 * made within an hour after the answer was known.
 */
async function readAnswerPackages(sql: Sql, message: MessageRow): Promise<PackageOutRow[]> {
  const low = lowestIdAt(new Date(message.state_at.getTime() - limits.nodeClockSlackMs))
  const top = lowestIdAt(new Date(message.state_at.getTime() + limits.stepAnswerWithinMs))
  const { rows } = await sql.query(
    "select p.* from (select * from package_out where peer = $1 and state in ('sending', 'held') and id >= $2 " +
      "limit $6) p where p.kind = 'receipts' and p.members @> array[$4::uuid] union " +
      'select p.* from (select * from package_out where id >= $2 and id < $3 order by id limit $6) p ' +
      "where p.peer = $1 and p.kind = 'receipts' and p.members @> array[$4::uuid] order by id limit $5",
    [message.peer, low, top, message.id, limits.messageAttemptsMax, limits.searchWindowRows],
  )
  return rows as PackageOutRow[]
}

async function readDocuments(sql: Sql, message: string): Promise<DocumentRow[]> {
  const { rows } = await sql.query('select * from document where message = $1 order by wire_id limit $2', [
    message,
    limits.documentsPerMessageMax,
  ])
  return rows as DocumentRow[]
}

/** Decisions about a row, oldest first. */
async function readDecisions(sql: Sql, subject: string): Promise<DecisionRow[]> {
  const { rows } = await sql.query('select * from decision where subject = $1 order by id desc limit $2', [
    subject,
    limits.pageRowsMax,
  ])
  return (rows as DecisionRow[]).reverse()
}

/** The last attempts of each package, oldest first. */
async function readAttempts(sql: Sql, packages: readonly string[], low: string): Promise<AttemptRow[]> {
  if (packages.length === 0) return []
  const { rows } = await sql.query(
    'select a.* from unnest($1::uuid[]) as p(id), lateral (select * from attempt where package_out = p.id ' +
      'and id >= $2 order by number desc limit $3) a order by a.package_out, a.number',
    [[...packages], low, limits.messageAttemptsMax],
  )
  return rows as AttemptRow[]
}
