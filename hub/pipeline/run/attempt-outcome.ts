// What the outcome of an attempt means for the package, its members and the next attempt (RULES 18, 20-22).

import type { MessageEvent } from '../../../routing/machines/message.ts'
import { nextAttemptAt } from '../../../routing/retry.ts'
import { limits } from '../../../schemas/limits.ts'
import type { RefusalCode } from '../../../schemas/refusals.ts'
import type { Outcome } from '../../../schemas/transport.ts'
import { StaleChange } from '../../store/hot/batcher.ts'
import { type Change, joinChanges } from '../../store/hot/change.ts'
import { giveBack } from '../../store/hot/claim.ts'
import { readMessages } from '../../store/hot/reads.ts'
import type { AttemptRow, PackageOutRow } from '../../store/hot/rows.ts'
import { journalMaker, moveContext, type PipelineContext } from '../context.ts'
import { answersTold } from './answers-told.ts'
import { moveMessage } from './moves.ts'
import { type Outgoing, sendWork } from './outgoing.ts'

/** Writes what an attempt came to: the outcome, the members' events, the next attempt. Harmless when run again. */
export async function settleAttempt(
  context: PipelineContext,
  outgoing: Outgoing,
  outcome: Outcome,
): Promise<void> {
  for (let round = 0; round < limits.staleRoundsMax; round++) {
    const change = await outcomeChange(context, outgoing, outcome)
    try {
      await context.committer.submit(change)
      return
    } catch (error) {
      if (!(error instanceof StaleChange)) throw error
      // A member moved meanwhile (its receipt overtook the 200): read it again.
      context.watcher.fault('send.stale', error)
    }
  }
  // Not ours any more, or contended beyond reason: the attempt stays open and counts as ambiguous.
  await giveBack(context.store, { ids: [outgoing.id], node: context.node, at: context.clock.now() })
}

type Verdict = { state: PackageOutRow['state']; event?: MessageEvent; reason?: RefusalCode; retryAt?: Date }

async function outcomeChange(
  context: PipelineContext,
  outgoing: Outgoing,
  outcome: Outcome,
): Promise<Change> {
  const now = context.clock.now()
  const verdict = judgeOutcome(context, outgoing, outcome, now)
  const ended: AttemptRow = {
    id: outgoing.attemptId,
    package_out: outgoing.id,
    number: outgoing.number,
    started_at: outgoing.startedAt,
    ended_at: now,
    class: outcome.class,
    status: outcome.status ?? null,
    reason: outcome.reason,
    answer: outcome.text,
  }
  const make = journalMaker(context, now)
  const facts = {
    peer: outgoing.peer.id,
    number: outgoing.number,
    outcome: outcome.class,
    status: outcome.status,
    reason: outcome.reason,
    nextAt: verdict.retryAt?.toISOString(),
  }
  const base: Change = {
    owned: [outgoing.id],
    attempts: [ended],
    packageOutMoves: [
      {
        id: outgoing.id,
        state: verdict.state,
        attempts: outgoing.number,
        ended_at: verdict.state === 'sending' || verdict.state === 'placed' ? null : now,
        first_attempt_at: outgoing.firstAttemptAt,
      },
    ],
    journal: [make('attempt.ended', outgoing.id, facts)],
  }
  if (verdict.retryAt !== undefined) {
    const turn = { due_at: verdict.retryAt, attempt: 0, owner: '0' }
    return { ...base, work: [sendWork(outgoing, turn)] }
  }
  const members = await membersChange(context, outgoing, verdict, now)
  return joinChanges([base, { workDone: [outgoing.id] }, members])
}

function judgeOutcome(context: PipelineContext, outgoing: Outgoing, outcome: Outcome, now: Date): Verdict {
  const { policy } = outgoing.peer
  switch (outcome.class) {
    case 'accepted':
      return { state: outcome.isPlaced === true ? 'placed' : 'taken', event: 'taken' }
    case 'rejected':
      return { state: 'held', event: 'rejected', reason: 'deliver.rejected' }
    case 'forbidden':
      return { state: 'held', event: 'forbidden', reason: 'deliver.address' }
    case 'ambiguous':
      if (!policy.idempotentByName) return { state: 'held', event: 'in-doubt', reason: 'deliver.ambiguous' }
      break
    case 'transient':
      break
  }
  const retryAt = nextAttemptAt({
    attempt: outgoing.number,
    firstAt: outgoing.firstAttemptAt,
    now,
    retryMs: policy.retryMs,
    retryForMs: policy.retryForMs,
    random: context.clock.random(),
    ...(outcome.retryAfterS === undefined ? {} : { retryAfterMs: outcome.retryAfterS * 1000 }),
  })
  return retryAt === undefined
    ? { state: 'held', event: 'exhausted', reason: 'deliver.exhausted' }
    : { state: 'sending', retryAt }
}

async function membersChange(
  context: PipelineContext,
  outgoing: Outgoing,
  verdict: Verdict,
  now: Date,
): Promise<Change> {
  if (verdict.event === undefined) return {}
  const messages = [...(await readMessages(context.store, outgoing.members)).values()]
  if (outgoing.kind === 'receipts') {
    // A receipts package that was not taken stays held, or lies at the peer's server, as a whole; its messages go on
    // owing the answer.
    return verdict.state === 'taken' ? answersTold(messages) : {}
  }
  const { event, reason } = verdict
  const own = messages.filter((message) => message.package_out === outgoing.id)
  const moved = own.map((message) => {
    const answer = moveMessage(
      message,
      reason === undefined ? { event } : { event, reason },
      moveContext(context, now),
    )
    if (answer.means === 'transition') context.watcher.moved(answer.state, 1)
    if (answer.means === 'transition' && event === 'taken')
      context.watcher.relayed(outgoing.peer.id, now.getTime() - message.received_at.getTime())
    return answer.change
  })
  return joinChanges(moved)
}
