// Hop PROCESS, messages that wait: how claimed ones are looked at, moved on or left to wait, whatever they wait for.

import { StaleChange } from '../../store/hot/batcher.ts'
import { joinChanges } from '../../store/hot/change.ts'
import { giveBack, giveBackUnlessWoken } from '../../store/hot/claim.ts'
import { dropWork } from '../../store/hot/faults.ts'
import type { ClaimedWork, MessageRow } from '../../store/hot/rows.ts'
import { moveContext, type PipelineContext } from '../context.ts'
import { lookAgainAt } from '../look-again.ts'
import { allDone } from '../run/faults.ts'
import { moveMessage } from '../run/moves.ts'
import type { Named } from '../run/named.ts'

/** Claimed works with the rows of their messages, as one lane looks at them. */
export type Waiting = {
  works: readonly ClaimedWork[]
  messages: ReadonlyMap<string, MessageRow>
  /** States of messages that wait in this lane; work on anything else is a fault and is dropped. */
  states: readonly MessageRow['state'][]
  /** Where such a fault is said to be. */
  place: string
  now: Date
  /** What the waiting comes to; undefined while it goes on. */
  judge(message: MessageRow): Named | undefined
}

/**
 * Moves on what has waited long enough and gives back the rest, to be looked at again. What they wait for wakes them; the
 * look by the clock finds the deadline, and what a wake-up missed that came while they were being parked, so its pauses grow
 * with the time they have waited.
 */
export async function lookAtWaiting(context: PipelineContext, waiting: Waiting): Promise<void> {
  const { works, messages, states, place, now, judge } = waiting
  const lost: ClaimedWork[] = []
  const running = works.map(async (work) => {
    const message = messages.get(work.id)
    if (message === undefined || !states.includes(message.state)) {
      context.watcher.fault(place, new Error(`work ${work.id} has no message that is ${states.join(' or ')}`))
      lost.push(work)
      return
    }
    const named = judge(message)
    if (named !== undefined) await moveOn(context, { message, named, now })
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
async function moveOn(
  context: PipelineContext,
  { message, named, now }: { message: MessageRow; named: Named; now: Date },
): Promise<void> {
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
function nextLookAt(context: PipelineContext, message: MessageRow, now: Date): Date {
  const at = lookAgainAt(message.state_at, now, context.settings.parentRecheckMs)
  const { deadline_at: deadline } = message
  return deadline !== null && deadline > now && deadline < at ? deadline : at
}
