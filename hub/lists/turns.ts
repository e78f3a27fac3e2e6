// Long reading on the main thread, broken up so that others have their turn.

import { setImmediate as turn } from 'node:timers/promises'
import { limits } from '../../schemas/limits.ts'

/** Counts the steps of a long piece of work. */
export type Turns = {
  /** One step more; every limits.listTurnRows of them the others have their turn. */
  next(): Promise<void> | undefined
}

/** Makes a count; it ends with the signal. */
export function makeTurns(signal?: AbortSignal): Turns {
  let steps = 0
  return {
    next() {
      steps += 1
      if (steps % limits.listTurnRows !== 0) return undefined
      signal?.throwIfAborted()
      return turn()
    },
  }
}
