// When a failed attempt is tried again: the peer's schedule with jitter, until its time is over.

import { limits } from '../schemas/limits.ts'

/** What is known of the attempts so far. `firstAt` is when the first one started. */
export type RetryFacts = {
  attempt: number
  firstAt: Date
  now: Date
  retryMs: readonly number[]
  retryForMs: number
  /** A random number 0..1, given by the caller. */
  random: number
  /** The peer's Retry-After in milliseconds, honoured as a lower bound up to limits.retryAfterMaxS. */
  retryAfterMs?: number
}

const jitterShare = 0.2

/**
 * The time of the next attempt, or undefined when the schedule is over. Waits follow the list; its last entry
 * repeats, and an empty list means one attempt only. Each wait varies by up to 20 % so that many packages do
 * not come at one moment. A Retry-After that is no number of milliseconds counts as none.
 */
export function nextAttemptAt(facts: RetryFacts): Date | undefined {
  const index = Math.min(Math.max(facts.attempt, 1), facts.retryMs.length) - 1
  const planned = facts.retryMs[index]
  if (planned === undefined) return undefined
  const asked = boundedRetryAfter(facts.retryAfterMs)
  const varied = Math.max(planned, asked) * (1 + jitterShare * (2 * facts.random - 1))
  const at = new Date(facts.now.getTime() + Math.round(Math.max(varied, asked)))
  return at.getTime() - facts.firstAt.getTime() > facts.retryForMs ? undefined : at
}

function boundedRetryAfter(ms: number | undefined): number {
  return ms !== undefined && ms > 0 ? Math.min(ms, limits.retryAfterMaxS * 1000) : 0
}
