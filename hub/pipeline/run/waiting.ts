// Hop PROCESS, lane of those that wait: looks whether what they wait for has got through (RULES 15, 18).

import { StaleChange } from '../../store/hot/batcher.ts'
import { joinChanges } from '../../store/hot/change.ts'
import { giveBack, giveBackUnlessWoken } from '../../store/hot/claim.ts'
import { dropWork } from '../../store/hot/faults.ts'
import { readAwaited, readMessages } from '../../store/hot/reads.ts'
import type { ClaimedWork, MessageRow } from '../../store/hot/rows.ts'
import { moveContext, type PipelineContext } from '../context.ts'
import { lookAgainAt } from '../look-again.ts'
import { judgeAwaited } from '../parents.ts'
import { allDone } from './faults.ts'
import { moveMessage } from './moves.ts'
import type { Named } from './named.ts'

/**
 * Looks at claimed messages that wait. Their parents wake them; the look by the clock finds the deadline, and what a
 * wake-up missed that came while they were being parked, so its pauses grow with the time they have waited. Only rows
 * are read: a message is opened again when it goes on.
 */
export async function lookAtWaiting(context: PipelineContext, works: readonly ClaimedWork[]): Promise<void> {
  const now = context.clock.now()
  const ids = works.map((work) => work.id)
  const [messages, awaited] = await Promise.all([
    readMessages(context.store, ids),
    readAwaited(context.store, ids),
  ])
  const byChild = Map.groupBy(awaited, (one) => one.child)
  const lost: ClaimedWork[] = []
  const running = works.map(async (work) => {
    const message = messages.get(work.id)
    if (message?.state !== 'waiting') {
      context.watcher.fault('waiting.load', new Error(`work ${work.id} has no message that waits`))
      lost.push(work)
      return
    }
    const named = judgeAwaited({
      reason: message.reason,
      deadlineAt: message.deadline_at,
      awaited: byChild.get(message.id) ?? [],
      now,
    })
    if (named !== undefined) await moveWaiting(context, { message, named, now })
    else
      await giveBackUnlessWoken(context.store, {
        work,
        node: context.node,
        at: nextLookAt(context, message, now),
      })
  })
  await allDone(running)
  await dropWork(context.store, { works: lost, node: context.node })
}

/** Commits what waiting comes to. A message that somebody moved meanwhile is looked at again. */
export async function moveWaiting(
  context: PipelineContext,
  of: { message: MessageRow; named: Named; now: Date },
): Promise<void> {
  const { message, named, now } = of
  const moved = moveMessage(message, named, moveContext(context, now))
  try {
    await context.committer.submit(joinChanges([{ owned: [message.id] }, moved.change]))
    context.watcher.moved(moved.state, 1)
  } catch (error) {
    if (!(error instanceof StaleChange)) throw error
    // Somebody moved the message meanwhile: their change stands, ours is dropped whole.
    context.watcher.fault('waiting.stale', error)
    await giveBack(context.store, { ids: [message.id], node: context.node, at: now })
  }
}

/** When to look again: not later than its deadline. */
export function nextLookAt(context: PipelineContext, message: MessageRow, now: Date): Date {
  const at = lookAgainAt(message.state_at, now, context.settings.parentRecheckMs)
  const { deadline_at: deadline } = message
  return deadline !== null && deadline > now && deadline < at ? deadline : at
}
