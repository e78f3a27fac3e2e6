// Long work in steps, so that the event loop is held by none of it for longer than a few of them.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { limits } from '../../../schemas/limits.ts'

/** Work that stands still after each step. */
export type Steps<Result> = Generator<undefined, Result>

/** Resolves when the next step may be taken. */
export type Turn = () => Promise<void>

/** All steps at once. */
export function inOneGo<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** For the event loop: `turn` is awaited after each step. */
export async function inTurns<Result>(steps: Steps<Result>, turn: Turn): Promise<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await turn()
  }
}

/**
 * Turns that let others have the loop whenever it was held for limits.gatherTurnMs. Whoever asks while another one waits
 * comes after that one, each with a look at the clock of its own: many at once do not go on in one go.
 */
export function turnsOfLoop(): Turn {
  let since = performance.now()
  let last = Promise.resolve()
  const next = async () => {
    if (performance.now() - since < limits.gatherTurnMs) return
    await nextTurn()
    since = performance.now()
  }
  return () => {
    last = last.then(next)
    return last
  }
}
