// What became of packages of ours that lay at a peer's server: taken, refused, or asked for again (RULES 18, 24).

import type { MessageEvent } from '../../../routing/machines/message.ts'
import { nextAttemptAt } from '../../../routing/retry.ts'
import { limits } from '../../../schemas/limits.ts'
import type { RefusalCode } from '../../../schemas/refusals.ts'
import type { PlacedEnd } from '../../../schemas/transport.ts'
import { StaleChange } from '../../store/hot/batcher.ts'
import { type Change, joinChanges, type MessageMove } from '../../store/hot/change.ts'
import { readLastAttempts, readMessages, readPackagesOut } from '../../store/hot/reads.ts'
import type { AttemptRow, MessageRow, PackageOutRow } from '../../store/hot/rows.ts'
import type { Lease } from '../../store/lease.ts'
import { journalMaker, moveContext, type PipelineContext, policyOf } from '../context.ts'
import { answersTold } from './answers-told.ts'
import { moveMessage } from './moves.ts'
import { sendWorkOf } from './outgoing.ts'
import { racePoint } from './race.ts'

/**
 * Writes the ends down, each in a commit that needs the lease of the peer's poller (RULES 29). A second run finds the package
 * no longer `placed` and does nothing. Rejects when the lease is lost: then another node has seen the same. Gives the times
 * from which packages are put again, by their ids.
 */
export async function settlePlaced(
  context: PipelineContext,
  ends: readonly PlacedEnd[],
  lease: Lease,
): Promise<Map<string, Date>> {
  racePoint('placed.seen')
  const ids = ends.map(({ id }) => id)
  const [rows, attempts] = await Promise.all([
    readPackagesOut(context.store, ids),
    readLastAttempts(context.store, ids),
  ])
  const again = new Map<string, Date>()
  const settled = ends.map(async (end) => {
    const row = rows.get(end.id)
    if (row?.state !== 'placed') return
    const { retryAt } = await settleOne(context, { end, row, last: attempts.get(end.id), lease })
    if (retryAt !== undefined) again.set(end.id, retryAt)
  })
  await Promise.all(settled)
  racePoint('placed.commit')
  return again
}

type Settling = { end: PlacedEnd; row: PackageOutRow; last: AttemptRow | undefined; lease: Lease }

async function settleOne(context: PipelineContext, settling: Settling): Promise<Verdict> {
  for (let round = 0; ; round++) {
    const members = [...(await readMessages(context.store, settling.row.members)).values()]
    const verdict = judge(context, settling, members)
    const moved = membersChange(context, settling.row, { verdict, members })
    const change = joinChanges([endChange(context, settling, verdict), moved])
    try {
      await context.committer.submit(change)
      return verdict
    } catch (error) {
      // A member moved meanwhile: read it again. A lost lease stays lost.
      if (!(error instanceof StaleChange) || round >= limits.staleRoundsMax) throw error
      context.watcher.fault('placed.stale', error)
    }
  }
}

type Verdict = { state: PackageOutRow['state']; event?: MessageEvent; reason?: RefusalCode; retryAt?: Date }

function judge(
  context: PipelineContext,
  { end, row, last }: Settling,
  members: readonly MessageRow[],
): Verdict {
  const refused: Verdict = { state: 'held', event: 'rejected', reason: 'deliver.rejected' }
  if (end.is === 'taken') return { state: 'taken' }
  const policy = policyOf(context, row.peer)
  if (end.is === 'refused' || policy === undefined) return refused
  if (row.kind === 'messages' && !members.every((member) => mayGoAgain(row, member))) {
    return members.some((member) => stillHangsOn(row, member)) ? refused : { state: 'abandoned' }
  }
  const now = context.clock.now()
  const retryAt = nextAttemptAt({
    attempt: last?.number ?? row.attempts,
    firstAt: row.first_attempt_at ?? row.created_at,
    now,
    retryMs: policy.retryMs,
    retryForMs: policy.retryForMs,
    random: context.clock.random(),
  })
  // Its messages count as sent already: a schedule that is over ends like a refusal, with a person.
  return retryAt === undefined ? { ...refused, reason: 'deliver.exhausted' } : { state: 'sending', retryAt }
}

/** What a person refused, sent on under another name, or is to decide about is not put again (RULES 17, 20). */
function mayGoAgain(row: PackageOutRow, { state, reason, package_out }: MessageRow): boolean {
  if (package_out !== row.id) return false
  if (state === 'refused') return reason !== 'message.refused-by-person'
  return state === 'sent' || state === 'overdue' || state === 'delivered'
}

function stillHangsOn(row: PackageOutRow, { state, package_out }: MessageRow): boolean {
  return package_out === row.id && (state === 'sent' || state === 'overdue' || state === 'held')
}

function membersChange(
  context: PipelineContext,
  row: PackageOutRow,
  { verdict, members }: { verdict: Verdict; members: readonly MessageRow[] },
): Change {
  const { state, event, reason } = verdict
  if (row.kind === 'receipts') return state === 'taken' ? answersTold(members) : {}
  // Their versions grow, so that a person who decides at this very moment sees the package on its way again.
  if (state === 'sending') return { moves: members.map(unmoved) }
  if (event === undefined || reason === undefined) return {}
  const moved = members
    .filter((message) => message.package_out === row.id)
    .map(
      (message) => moveMessage(message, { event, reason }, moveContext(context, context.clock.now())).change,
    )
  return joinChanges(moved)
}

function unmoved(row: MessageRow): MessageMove {
  return { row, state: row.state, at: row.state_at, patch: {} }
}

function endChange(context: PipelineContext, { end, row, last, lease }: Settling, verdict: Verdict): Change {
  const now = context.clock.now()
  const make = journalMaker(context, now)
  const facts = {
    peer: row.peer,
    outcome: end.is,
    status: end.status,
    nextAt: verdict.retryAt?.toISOString(),
  }
  const answered: AttemptRow | undefined = last && {
    ...last,
    class: end.is === 'refused' ? 'rejected' : 'transient',
    status: end.status ?? null,
    reason: `answer.${end.status ?? 'text'}`,
    answer: end.text,
  }
  return {
    leases: [lease],
    packageOutMoves: [{ ...row, state: verdict.state, ended_at: verdict.retryAt === undefined ? now : null }],
    ...(end.is === 'taken' || answered === undefined ? {} : { attempts: [answered] }),
    // What refers to them waited for this (RULES 15); a refusal wakes it by the moves of the members.
    ...(verdict.state === 'taken' && row.kind === 'messages' ? { wakeChildrenOf: row.members } : {}),
    ...(verdict.retryAt === undefined
      ? {}
      : { work: [sendWorkOf(row, { due_at: verdict.retryAt, attempt: 0, owner: '0' })] }),
    journal: [make('out.answered', row.id, facts)],
  }
}
