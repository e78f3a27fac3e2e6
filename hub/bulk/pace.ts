// How many invitations may go out now: a steady pace, not bursts.

import { limits } from '../../schemas/limits.ts'
import type { Clock } from '../pipeline/ports.ts'

/** Deals out what may be sent. */
export type Pace = {
  /** What came due since it was asked last; whole invitations, the rest is kept for the next time. */
  take(): number
  /** What was taken and not sent after all. */
  giveBack(count: number): void
}

const minuteLength = 60_000

/**
 * Makes a pace of `perMinute`, beginning with what one look is worth. What nobody took is not saved up for longer than two
 * looks. It knows only its own process: that the rate holds over restarts is looked up in the rows.
 */
export function makePace(of: { perMinute: number; clock: Pick<Clock, 'now'> }): Pace {
  const { perMinute, clock } = of
  const dueIn = (ms: number) => (perMinute * ms) / minuteLength
  // One is always let through, however slow the pace is.
  const most = Math.max(1, dueIn(2 * limits.bulkLookMs))
  let due = Math.max(1, dueIn(limits.bulkLookMs))
  let askedAt = clock.now().getTime()
  return {
    take() {
      const now = clock.now().getTime()
      due = Math.min(most, due + dueIn(Math.max(0, now - askedAt)))
      askedAt = now
      const whole = Math.floor(due)
      due -= whole
      return whole
    },
    giveBack(count) {
      due = Math.min(most, due + count)
    },
  }
}
