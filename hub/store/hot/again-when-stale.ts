// Does again what rested on rows that moved on meanwhile.

import { limits } from '../../../schemas/limits.ts'
import { StaleChange } from './batcher.ts'

/**
 * Calls `work` until it is not stale, limits.staleRoundsMax times at most; the last StaleChange is thrown. `work` reads anew
 * each time, so that what it decides rests on what is there. `onStale` hears of every one that is tried again.
 */
export async function againWhenStale<Result>(
  work: () => Promise<Result>,
  onStale?: (error: StaleChange) => void,
): Promise<Result> {
  for (let round = 1; ; round += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StaleChange) || round >= limits.staleRoundsMax) throw error
      onStale?.(error)
    }
  }
}
