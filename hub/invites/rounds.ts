// Reads, decides and commits again while somebody else is faster.

import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import type { Change } from '../store/hot/change.ts'

/**
 * Calls `decide` and commits its change, if any, whole; a StaleChange means to decide again on what is there now, at most
 * limits.staleRoundsMax times, then it is thrown.
 */
export async function decideAndCommit<Result>(
  { committer, watcher }: Pick<PipelineContext, 'committer' | 'watcher'>,
  decide: () => Promise<{ result: Result; change?: Change }>,
): Promise<Result> {
  for (let round = 0; ; round++) {
    const { result, change } = await decide()
    if (change === undefined) return result
    try {
      await committer.submit(change)
      return result
    } catch (error) {
      if (!(error instanceof StaleChange) || round >= limits.staleRoundsMax) throw error
      watcher.fault('invites.stale', error)
    }
  }
}
