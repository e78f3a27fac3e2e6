// Holds packages of ours that are not to be sent any more: the hub cannot, or nobody knows where the last attempt went.

import type { RefusalCode } from '../../../schemas/refusals.ts'
import { StaleChange } from '../../store/hot/batcher.ts'
import { type Change, joinChanges } from '../../store/hot/change.ts'
import { readLastAttempts, readMessages, readPackagesOut } from '../../store/hot/reads.ts'
import type { AttemptRow, PackageOutRow } from '../../store/hot/rows.ts'
import { journalMaker, moveContext, type PipelineContext } from '../context.ts'
import { moveMessage } from './moves.ts'

/** Why a package is held: the code its messages get, and the reason of the attempt that is not made. */
export type HoldReason = keyof typeof attemptReasons

const attemptReasons = {
  /** The bytes are damaged, or the hub failed at it again and again. */
  'hub.faulted': 'hub.faulted',
  /** It may have arrived at an address that is not the peer's any more. */
  'deliver.ambiguous': 'address.changed',
} as const satisfies Partial<Record<RefusalCode, string>>

/**
 * Holds packages at the SEND hop for a person; gives the ids of those that need no more attempts. Their messages may have
 * arrived by an attempt before, so they are in doubt; answers of a package of receipts stay owed. Of a second run nothing
 * is left to do: the package is not `sending` any more, and its work row is gone.
 */
export async function holdPackages(
  context: PipelineContext,
  ids: readonly string[],
  reason: HoldReason,
): Promise<Set<string>> {
  const settled = new Set<string>()
  const [rows, attempts] = await Promise.all([
    readPackagesOut(context.store, ids),
    readLastAttempts(context.store, ids),
  ])
  for (const row of rows.values()) {
    if (row.state !== 'sending') continue
    const now = context.clock.now()
    const members = await membersChange(context, row, { reason, now })
    try {
      await context.committer.submit(
        joinChanges([heldChange(context, row, attempts.get(row.id), { reason, now }), ...members]),
      )
      context.watcher.moved('held', members.length)
    } catch (error) {
      // Not ours any more, or a receipt overtook us: looked at again when it is found as forgotten.
      if (!(error instanceof StaleChange)) throw error
    }
    settled.add(row.id)
  }
  return settled
}

type Hold = { reason: HoldReason; now: Date }

async function membersChange(
  context: PipelineContext,
  row: PackageOutRow,
  { reason, now }: Hold,
): Promise<Change[]> {
  if (row.kind === 'receipts') return []
  const messages = [...(await readMessages(context.store, row.members)).values()]
  return messages
    .filter((message) => message.package_out === row.id)
    .map((message) => moveMessage(message, { event: 'in-doubt', reason }, moveContext(context, now)).change)
}

/** What the last attempt came to is not known when it has no end; else one more is counted that never left. */
function heldChange(
  context: PipelineContext,
  row: PackageOutRow,
  last: AttemptRow | undefined,
  hold: Hold,
): Change {
  const { id, peer } = row
  const { now } = hold
  const reason = attemptReasons[hold.reason]
  const make = journalMaker(context, now)
  const isOpen = last !== undefined && last.ended_at === null
  const number = isOpen ? last.number : (last?.number ?? row.attempts) + 1
  const unsent = {
    id: context.clock.newId(),
    package_out: id,
    number,
    started_at: now,
    status: null,
    answer: null,
  }
  const outcome = isOpen ? 'ambiguous' : 'transient'
  const attempt: AttemptRow = { ...(isOpen ? last : unsent), ended_at: now, class: outcome, reason }
  const ended = make('attempt.ended', id, { peer, number, outcome, reason })
  return {
    owned: [id],
    workDone: [id],
    attempts: [attempt],
    packageOutMoves: [{ ...row, state: 'held', attempts: number, ended_at: now }],
    journal: isOpen ? [ended] : [make('attempt.started', id, { peer, number }), ended],
  }
}
