// Hop PROCESS, lane of those that wait for a parent: looks whether what they wait for has got through (RULES 15, 18).

import { readAwaited, readMessages } from '../../store/hot/reads.ts'
import type { ClaimedWork } from '../../store/hot/rows.ts'
import type { PipelineContext } from '../context.ts'
import { judgeAwaited } from '../parents.ts'
import { lookAtWaiting } from './look.ts'

/** Looks at claimed messages. Only rows are read: a message is opened again when it goes on. */
export async function lookAtParentWaits(
  context: PipelineContext,
  works: readonly ClaimedWork[],
): Promise<void> {
  const now = context.clock.now()
  const ids = works.map((work) => work.id)
  const [messages, awaited] = await Promise.all([
    readMessages(context.store, ids),
    readAwaited(context.store, ids),
  ])
  const byChild = Map.groupBy(awaited, (one) => one.child)
  await lookAtWaiting(context, {
    works,
    messages,
    states: ['waiting'],
    place: 'waiting.load',
    now,
    judge: ({ id, reason, deadline_at: deadlineAt }) =>
      judgeAwaited({ reason, deadlineAt, awaited: byChild.get(id) ?? [], now }),
  })
}
