// Takes rows of an import into the directory: each is checked by itself, those that are right become known at once.

import { parseParticipantId } from '../../schemas/ids.ts'
import { innKppRefusal } from '../../schemas/inn.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { journalMaker, type PipelineContext } from '../pipeline/context.ts'
import type { SubscriberSeen } from '../store/links/rows.ts'
import { seenOf, stateOfNew } from './seen.ts'

/** One row as it was read from a file; `row` is its number there. */
export type ImportRow = { row: number; id: string; inn?: string; kpp?: string; name?: string }

/** What came of rows: how many are known now, and what is wrong with each of the others. */
export type Imported = { taken: number; refused: { row: number; refusal: Refusal }[]; keys: string[] }

/**
 * Takes at most importRowsMax rows, in one commit with its entry in the journal. A second run changes nothing but the time
 * of the last sight. An own id becomes an active subscriber of ours. Refusals of rows: directory.row, inn.form,
 * inn.check-digit, kpp.form, kpp.of-a-person.
 */
export async function importSubscribers(
  context: PipelineContext,
  rows: readonly ImportRow[],
  actor: string,
): Promise<Imported> {
  const at = context.clock.now()
  const read = rows.map((row) => ({ row: row.row, result: readRow(context, row, at) }))
  const subscribers: SubscriberSeen[] = []
  const refused: Imported['refused'] = []
  for (const { row, result } of read) {
    if (isRefusal(result)) refused.push({ row, refusal: result })
    else subscribers.push(result)
  }
  if (subscribers.length > 0) {
    const facts = { account: actor, taken: subscribers.length, refused: refused.length }
    const entry = journalMaker(context, at)('subscribers.imported', undefined, facts)
    await context.committer.submit({ subscribers, journal: [entry] })
  }
  return { taken: subscribers.length, refused, keys: subscribers.map(({ key }) => key) }
}

function readRow(context: PipelineContext, row: ImportRow, at: Date): SubscriberSeen | Refusal {
  const id = row.id.isWellFormed() ? parseParticipantId(row.id) : undefined
  if (id === undefined) return refuse('directory.row', 'id: 3..46 знаков (characters)', 'id')
  const { inn, kpp } = row
  if (inn === undefined && kpp !== undefined)
    return refuse('directory.row', 'КПП без ИНН (without an ИНН)', 'kpp')
  const refusal = inn === undefined ? undefined : innKppRefusal({ inn, kpp })
  if (refusal !== undefined) return refusal
  const name = row.name
    ?.replace(/\p{Cc}+/gu, ' ')
    .trim()
    .toWellFormed()
  if ([...(name ?? '')].length > limits.subscriberNameLengthMax) {
    return refuse('directory.row', `имя длиннее (longer than) ${limits.subscriberNameLengthMax}`, 'name')
  }
  const said = { id, inn, kpp, name: name === '' ? undefined : name }
  return seenOf(said, { state: stateOfNew(context, id, at), source: 'import', at })
}
