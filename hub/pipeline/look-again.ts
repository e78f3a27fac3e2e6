// When to look again at what waits for something that nobody announces.

import { limits } from '../../schemas/limits.ts'

/**
 * Half as long again as it has waited since, but no sooner than `leastMs` from now and, unless that is longer, no later
 * than limits.lookAgainMaxMs: soon at first, and cheap for what waits for days.
 */
export function lookAgainAt(since: Date, now: Date, leastMs: number): Date {
  const halfMs = (now.getTime() - since.getTime()) / 2
  return new Date(now.getTime() + Math.max(leastMs, Math.min(halfMs, limits.lookAgainMaxMs)))
}
