// Reads, decides and commits again while somebody else is faster.

import type { PipelineContext } from '../pipeline/context.ts'
import { againWhenStale } from '../store/hot/again-when-stale.ts'
import type { Change } from '../store/hot/change.ts'

/**
 * Calls `decide` and commits its change, if any, whole; a StaleChange means to decide again on what is there now, as
 * againWhenStale does.
 */
export function decideAndCommit<Result>(
  { committer, watcher }: Pick<PipelineContext, 'committer' | 'watcher'>,
  decide: () => Promise<{ result: Result; change?: Change }>,
): Promise<Result> {
  return againWhenStale(
    async () => {
      const { result, change } = await decide()
      if (change !== undefined) {
        await committer.submit(change)
        const taken = change.packagesIn?.length ?? 0
        if (taken > 0) watcher.moved('accepted', taken)
      }
      return result
    },
    (error) => watcher.fault('invites.stale', error),
  )
}
