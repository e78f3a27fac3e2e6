// Starts what follows links: one loop on one node at a time, woken by news and by the clock (RULES 29).

import type { Metrics } from '../../monitoring/metrics.ts'
import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { Lease } from '../store/lease.ts'
import { runWithLease } from '../store/lease-loop.ts'
import { linkChannel } from '../store/links/channels.ts'
import type { FollowedNews } from '../store/links/follow-reads.ts'
import type { Store } from '../store/orm.ts'
import { acceptByRule } from './accept-by-rule.ts'
import { passDeadlines } from './deadlines.ts'
import { followBatch } from './follow.ts'
import { showLinks } from './gauges.ts'

/** Starts the loop and resolves once it hears news. */
export async function startLinks(of: {
  context: PipelineContext
  store: Pick<Store, 'listen'>
  metrics: Pick<Metrics, 'collect'>
  onFault(place: string, error: unknown): void
}): Promise<{ stop(): Promise<void> }> {
  const { context, metrics, onFault } = of
  showLinks(metrics, context.store)
  const run = async (lease: Lease, signal: AbortSignal) => {
    const answerAsk = (news: FollowedNews) => acceptByRule(context, news)
    const following = { context, lease, signal, onFault, answerAsk }
    let isMore = true
    for (let batches = 0; isMore && batches < limits.linkBatchesMax && !signal.aborted; batches += 1) {
      const hasNews = await followBatch(following)
      const hasPassed = await passDeadlines(context, { lease, onFault })
      isMore = hasNews || hasPassed
    }
  }
  const loop = runWithLease({
    store: context.store,
    name: 'links',
    owner: context.node,
    everyMs: limits.linkFollowEveryMs,
    run,
    onError: onFault,
  })
  const wake = () => loop.wake()
  const hush = await of.store.listen(linkChannel, { notified: wake, connected: wake })
  return {
    stop: async () => {
      await hush()
      await loop.stop()
    },
  }
}
