// When failed attempts are tried again.

import t from 'tap'
import { nextAttemptAt, type RetryFacts } from '../../routing/retry.ts'

const firstAt = new Date('2026-11-22T10:00:00Z')
const minute = 60_000
const facts = (more: Partial<RetryFacts> = {}): RetryFacts => ({
  attempt: 1,
  firstAt,
  now: firstAt,
  retryMs: [minute, 5 * minute, 15 * minute],
  retryForMs: 60 * minute,
  random: 0.5,
  ...more,
})
const waitOf = (more: Partial<RetryFacts>) => {
  const at = nextAttemptAt(facts(more))
  return at === undefined ? undefined : at.getTime() - (more.now ?? firstAt).getTime()
}

t.test('waits follow the list and its last entry repeats', async (t) => {
  t.equal(waitOf({ attempt: 1 }), minute)
  t.equal(waitOf({ attempt: 2 }), 5 * minute)
  t.equal(waitOf({ attempt: 3 }), 15 * minute)
  t.equal(waitOf({ attempt: 4 }), 15 * minute)
  t.equal(waitOf({ attempt: 1000 }), 15 * minute)
  t.equal(waitOf({ attempt: 0 }), minute, 'an attempt that was never counted waits like the first')
})

t.test('waits vary by a fifth to either side', async (t) => {
  t.equal(waitOf({ random: 0 }), 0.8 * minute)
  t.equal(waitOf({ random: 1 }), 1.2 * minute)
})

t.test('the schedule is over exactly after retryForMs', async (t) => {
  const retryForMs = 60 * minute
  const lastNow = new Date(firstAt.getTime() + retryForMs - minute)
  t.equal(waitOf({ now: lastNow, retryForMs }), minute)
  t.equal(waitOf({ now: new Date(lastNow.getTime() + 1), retryForMs }), undefined)
})

t.test('an empty list means one attempt only', async (t) => {
  for (const random of [0, 0.5, 1]) t.equal(waitOf({ retryMs: [], random }), undefined)
})

t.test('Retry-After is a lower bound that jitter does not undercut', async (t) => {
  t.equal(waitOf({ retryAfterMs: 10 * minute, random: 0 }), 10 * minute)
  t.equal(waitOf({ retryAfterMs: 10 * minute, random: 1 }), 12 * minute)
  t.equal(waitOf({ retryAfterMs: 1 }), minute, 'a shorter one does not hurry us')
})

t.test('Retry-After is honoured up to one hour', async (t) => {
  t.equal(waitOf({ retryAfterMs: 999 * minute, random: 0, retryForMs: 120 * minute }), 60 * minute)
})

t.test('an absurd Retry-After counts as none', async (t) => {
  for (const retryAfterMs of [Number.NaN, -1, -Infinity]) t.equal(waitOf({ retryAfterMs }), minute)
  t.equal(waitOf({ retryAfterMs: Infinity, random: 0.5, retryForMs: 120 * minute }), 60 * minute)
})
