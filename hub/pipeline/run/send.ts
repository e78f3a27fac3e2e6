// Sends packages of ours, one attempt at a time, and spares peers that fail again and again (RULES 20-22).

import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  isBrokenCircuitError,
} from 'cockatiel'
import type { Outcome } from '../../../schemas/transport.ts'
import type { ClaimedWork } from '../../store/hot/rows.ts'
import { type PipelineContext, peerOf, policyOf } from '../context.ts'
import { settleAttempt } from './attempt-outcome.ts'
import { addressOf, type Outgoing } from './outgoing.ts'
import { racePoint } from './race.ts'
import { prepareResend } from './resend.ts'
import { makeSlots } from './slots.ts'

/**
 * Sends packages of ours, connectionsMax of a peer's policy at a time; one breaker per peer spares a peer that fails again
 * and again.
 */
export type Sender = {
  /** The attempt is already durable as started. */
  send(outgoing: Outgoing): Promise<void>
  /** Claimed rows of the SEND hop: further attempts. */
  resend(lane: string, works: readonly ClaimedWork[]): Promise<void>
  /** How many packages the breaker lets go to the peer now; a failing peer gets one probe at a time. */
  capacity(lane: string, now: Date): number
  /** Aborts what is under way: outcomes become ambiguous and are sent again later. */
  stop(): void
}

/** Makes the sender. */
export function makeSender(context: PipelineContext): Sender {
  const breakers = new Map<string, Breaker>()
  const stopping = new AbortController()
  const slots = makeSlots((peer) => policyOf(context, peer)?.connectionsMax ?? 1)
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
    const outcome = await attemptInTurn(outgoing, breaker).finally(() => {
      breaker.inFlight -= 1
    })
    context.watcher.attempt(outgoing.peer.id, outcome.class, outcome.durationMs)
    racePoint('send.outcome')
    await settleAttempt(context, outgoing, outcome)
    racePoint('send.commit')
  }

  /** The time of an attempt begins with its turn: what waits for others of ours says nothing about the peer. */
  async function attemptInTurn(outgoing: Outgoing, breaker: Breaker): Promise<Outcome> {
    const leave = await slots.take(outgoing.peer.id, stopping.signal)
    if (leave === undefined) return { ...unsent, class: 'transient', reason: 'aborted' }
    try {
      return await attempt(context, outgoing, breaker.policy, stopping.signal)
    } finally {
      leave()
    }
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

const unsent = { status: undefined, text: '', durationMs: 0 }

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
        peer: outgoing.peer.id,
        address: addressOf(outgoing),
        ...(outgoing.peer.sftp === undefined ? {} : { site: outgoing.peer.sftp }),
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
    if (isBrokenCircuitError(error)) return { ...unsent, class: 'transient', reason: 'breaker.open' }
    // A fault of ours with the package perhaps on its way: what became of it is not known.
    context.watcher.fault('send.courier', error)
    return { ...unsent, class: 'ambiguous', reason: 'courier.failed' }
  }
}
