// One attempt to send a package of ours, and what its outcome means (RULES 18, 20-22).

import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  isBrokenCircuitError,
} from 'cockatiel'
import type { MessageEvent } from '../../../routing/machines/message.ts'
import { nextAttemptAt } from '../../../routing/retry.ts'
import type { PackageName } from '../../../schemas/ids.ts'
import { limits } from '../../../schemas/limits.ts'
import type { RefusalCode } from '../../../schemas/refusals.ts'
import type { Outcome } from '../../../schemas/transport.ts'
import { StaleChange } from '../../store/hot/batcher.ts'
import { type Change, joinChanges } from '../../store/hot/change.ts'
import { giveBack } from '../../store/hot/claim.ts'
import { readLastAttempts, readMessages, readPackagesOut } from '../../store/hot/reads.ts'
import type { AttemptRow, PackageOutRow, WorkRow } from '../../store/hot/rows.ts'
import { journalMaker, moveContext, type PipelineContext, peerOf } from '../context.ts'
import { moveMessage } from './moves.ts'
import { addressOf, attemptChange, type Outgoing } from './outgoing.ts'
import { racePoint } from './race.ts'

/** Sends packages of ours; one breaker per peer spares a peer that fails again and again. */
export type Sender = {
  /** The attempt is already durable as started. */
  send(outgoing: Outgoing): Promise<void>
  /** Claimed rows of the SEND hop: further attempts. */
  resend(lane: string, works: readonly WorkRow[]): Promise<void>
  /** How many packages the breaker lets go to the peer now; a failing peer gets one probe at a time. */
  capacity(lane: string, now: Date): number
  /** Aborts what is under way: outcomes become ambiguous and are sent again later. */
  stop(): void
}

/** Makes the sender. */
export function makeSender(context: PipelineContext): Sender {
  const breakers = new Map<string, Breaker>()
  const stopping = new AbortController()
  const breakerOf = (lane: string) => {
    const known = breakers.get(lane)
    if (known !== undefined) return known
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: context.settings.breakerOpenMs,
      breaker: new ConsecutiveBreaker(context.settings.breakerFailures),
    })
    const made: Breaker = { policy, openedAt: undefined, inFlight: 0 }
    policy.onBreak(() => {
      made.openedAt = context.clock.now()
    })
    breakers.set(lane, made)
    return made
  }

  async function send(outgoing: Outgoing): Promise<void> {
    const breaker = breakerOf(outgoing.peer.id)
    breaker.inFlight += 1
    const outcome = await attempt(context, outgoing, breaker.policy, stopping.signal).finally(() => {
      breaker.inFlight -= 1
    })
    context.watcher.attempt(outgoing.peer.id, outcome.class, outcome.durationMs)
    racePoint('send.outcome')
    await settleAttempt(context, outgoing, outcome)
    racePoint('send.commit')
  }

  return {
    send,
    async resend(lane, works) {
      const ready = await prepareResend(context, lane, works)
      await Promise.all(ready.map(send))
    },
    capacity(lane, now) {
      const peer = peerOf(context, lane)
      // The lane of a peer that is suspended or closed waits untouched: nothing is claimed only to be given back.
      if (peer?.state !== 'active' || peer.address === undefined) return 0
      const { policy, openedAt, inFlight } = breakerOf(lane)
      const { connectionsMax } = peer.policy
      if (policy.state === CircuitState.Closed) return connectionsMax
      if (policy.state === CircuitState.HalfOpen || inFlight > 0) return 0
      const openMs = now.getTime() - (openedAt ?? now).getTime()
      return openMs >= context.settings.breakerOpenMs ? 1 : 0
    },
    stop: () => stopping.abort(),
  }
}

type Breaker = { policy: CircuitBreakerPolicy; openedAt: Date | undefined; inFlight: number }

class PeerFailed extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super(outcome.reason)
    this.outcome = outcome
  }
}

async function attempt(
  context: PipelineContext,
  outgoing: Outgoing,
  breaker: CircuitBreakerPolicy,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await breaker.execute(async () => {
      const outcome = await context.courier.send({
        address: addressOf(outgoing),
        name: outgoing.name,
        bytes: outgoing.bytes,
        receiptAddress: context.settings.publicAddress,
        timeoutMs: outgoing.peer.policy.deliverTimeoutMs,
        signal,
      })
      if (outcome.class === 'transient' || outcome.class === 'ambiguous') throw new PeerFailed(outcome)
      return outcome
    })
  } catch (error) {
    if (error instanceof PeerFailed) return error.outcome
    const unsent = { status: undefined, text: '', durationMs: 0 }
    if (isBrokenCircuitError(error)) return { ...unsent, class: 'transient', reason: 'breaker.open' }
    // A fault of ours with the package perhaps on its way: what became of it is not known.
    context.watcher.fault('send.courier', error)
    return { ...unsent, class: 'ambiguous', reason: 'courier.failed' }
  }
}

/** Writes what an attempt came to: the outcome, the members' events, the next attempt. Harmless when run again. */
async function settleAttempt(context: PipelineContext, outgoing: Outgoing, outcome: Outcome): Promise<void> {
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
        ended_at: verdict.retryAt === undefined ? now : null,
        first_attempt_at: outgoing.firstAttemptAt,
      },
    ],
    journal: [make('attempt.ended', outgoing.id, facts)],
  }
  if (verdict.retryAt !== undefined) return { ...base, work: [retryWork(outgoing, verdict.retryAt)] }
  const members = await membersChange(context, outgoing, verdict, now)
  return joinChanges([base, { workDone: [outgoing.id] }, members])
}

function judgeOutcome(context: PipelineContext, outgoing: Outgoing, outcome: Outcome, now: Date): Verdict {
  const { policy } = outgoing.peer
  switch (outcome.class) {
    case 'accepted':
      return { state: 'taken', event: 'taken' }
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
    // A receipts package that was not taken stays held as a whole; its messages go on owing the answer.
    if (verdict.state !== 'taken') return {}
    const told = messages.filter((message) => message.answer === 'owed')
    return {
      moves: told.map((row) => ({ row, state: row.state, at: row.state_at, patch: { answer: 'told' } })),
      workDone: told.map((row) => row.id),
    }
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

function retryWork(outgoing: Outgoing, dueAt: Date): WorkRow {
  return {
    id: outgoing.id,
    hop: 'send',
    lane: outgoing.peer.id,
    batch_key: outgoing.originCode,
    package: null,
    bytes: outgoing.bytes.length,
    due_at: dueAt,
    attempt: 0,
    owner: '0',
    created_at: outgoing.firstAttemptAt,
  }
}

/** Loads packages again for their next attempt. An attempt without an end was cut by a crash: ambiguous (RULES 21). */
async function prepareResend(
  context: PipelineContext,
  lane: string,
  works: readonly WorkRow[],
): Promise<Outgoing[]> {
  const ids = works.map((work) => work.id)
  const [rows, attempts] = await Promise.all([
    readPackagesOut(context.store, ids),
    readLastAttempts(context.store, ids),
  ])
  const prepared = works.map(({ id, attempt: faults }) =>
    prepareOne(context, { lane, id, faults, row: rows.get(id), last: attempts.get(id) }),
  )
  return (await Promise.all(prepared)).filter((outgoing) => outgoing !== undefined)
}

async function prepareOne(
  context: PipelineContext,
  of: {
    lane: string
    id: string
    faults: number
    row: PackageOutRow | undefined
    last: AttemptRow | undefined
  },
): Promise<Outgoing | undefined> {
  const { id, faults, row, last } = of
  const peer = peerOf(context, of.lane)
  if (
    row === undefined ||
    peer?.address === undefined ||
    peer.state !== 'active' ||
    row.state !== 'sending'
  ) {
    if (row?.state !== 'sending')
      context.watcher.fault('send.load', new Error(`package ${id} cannot be sent`))
    // The peer is suspended or closed: its lane waits, nothing is lost.
    const at = new Date(context.clock.now().getTime() + context.settings.breakerOpenMs)
    await giveBack(context.store, { ids: [id], node: context.node, at })
    return undefined
  }
  const bytes = await context.blobs.get(row.blob)
  const outgoing = again(context, { row, peer, bytes, faults, attempts: last?.number ?? row.attempts })
  if (last !== undefined && last.ended_at === null && !(await closeUnknown(context, outgoing, last)))
    return undefined
  await context.committer.submit(attemptChange(context, outgoing))
  racePoint('resend.commit')
  return outgoing
}

function again(
  context: PipelineContext,
  of: { row: PackageOutRow; peer: Outgoing['peer']; bytes: Uint8Array; faults: number; attempts: number },
): Outgoing {
  const { row, peer, bytes } = of
  const now = context.clock.now()
  return {
    id: row.id,
    peer,
    ...(peer.receiptAddresses.includes(row.address) ? { address: row.address } : {}),
    name: row.name as PackageName,
    kind: row.kind,
    relay: row.relay,
    originCode: row.origin_code,
    bytes,
    blob: row.blob,
    sha256: row.sha256,
    members: row.members,
    number: of.attempts + 1,
    faults: of.faults,
    attemptId: context.clock.newId(),
    startedAt: now,
    firstAttemptAt: row.first_attempt_at ?? now,
  }
}

/** Journals the unknown outcome of a cut attempt. False when the package must not be sent again by itself. */
async function closeUnknown(
  context: PipelineContext,
  outgoing: Outgoing,
  last: AttemptRow,
): Promise<boolean> {
  const now = context.clock.now()
  const make = journalMaker(context, now)
  const entry = make('attempt.unknown', outgoing.id, { number: last.number, peer: outgoing.peer.id })
  if (outgoing.peer.policy.idempotentByName) {
    const closed = { ...last, ended_at: now, class: 'ambiguous', reason: 'process.stopped' }
    await context.committer.submit({ owned: [outgoing.id], attempts: [closed], journal: [entry] })
    return true
  }
  const cut: Outgoing = { ...outgoing, attemptId: last.id, number: last.number, startedAt: last.started_at }
  const outcome: Outcome = {
    class: 'ambiguous',
    status: undefined,
    reason: 'process.stopped',
    text: '',
    durationMs: 0,
  }
  await context.committer.submit({ journal: [entry] })
  await settleAttempt(context, cut, outcome)
  return false
}
