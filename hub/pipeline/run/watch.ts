// Deadlines: a message whose processing receipt does not come is overdue, then held (RULES 18).

import { StaleChange } from '../../store/hot/batcher.ts'
import { joinChanges } from '../../store/hot/change.ts'
import { readMessages } from '../../store/hot/reads.ts'
import type { ClaimedWork } from '../../store/hot/rows.ts'
import { moveContext, type PipelineContext } from '../context.ts'
import { allDone } from './faults.ts'
import { moveMessage } from './moves.ts'

/** Feeds `overdue` to claimed messages whose time is over. Time is an event; nobody compares clocks in a guard. */
export async function feedOverdue(context: PipelineContext, works: readonly ClaimedWork[]): Promise<void> {
  const now = context.clock.now()
  const messages = await readMessages(
    context.store,
    works.map((work) => work.id),
  )
  await allDone(
    works.map(async (work) => {
      const message = messages.get(work.id)
      if (message === undefined) return
      const moved = moveMessage(
        message,
        { event: 'overdue', reason: 'receipt.overdue' },
        moveContext(context, now),
      )
      try {
        await context.committer.submit(joinChanges([{ owned: [work.id] }, moved.change]))
        if (moved.means === 'transition') context.watcher.moved(moved.state, 1)
      } catch (error) {
        // Its receipt came at this very moment: that change stands.
        if (!(error instanceof StaleChange)) throw error
      }
    }),
  )
}
