// Hop PROCESS, lane of those that wait for a link or a new version: looks whether something changed, or time is over.

import { refusalText, refuse } from '../../../schemas/refusals.ts'
import { giveBackUnlessWoken } from '../../store/hot/claim.ts'
import { dropWork } from '../../store/hot/faults.ts'
import { readMessages } from '../../store/hot/reads.ts'
import type { ClaimedWork, MessageRow } from '../../store/hot/rows.ts'
import type { PipelineContext } from '../context.ts'
import { judgeLink, type KnownLinks, namedOf, readLinks } from '../linkless/judge.ts'
import { allDone } from './faults.ts'
import type { Named } from './named.ts'
import { moveWaiting, nextLookAt } from './waiting.ts'

/**
 * Looks at claimed messages. Changes of links and invitations wake them in the very commit; the look by the clock finds the
 * deadline, and what a wake-up missed that came while they were being parked. Only rows are read here: what goes on is
 * opened and judged anew.
 */
export async function lookAtLinkWaits(
  context: PipelineContext,
  works: readonly ClaimedWork[],
): Promise<void> {
  const now = context.clock.now()
  const messages = await readMessages(
    context.store,
    works.map((work) => work.id),
  )
  const parked = [...messages.values()].filter(({ state }) => state === 'awaiting-link')
  const links = await readLinks(context, parked, now)
  const lost: ClaimedWork[] = []
  const running = works.map(async (work) => {
    const message = messages.get(work.id)
    if (message?.state !== 'awaiting-link' && message?.state !== 'returned') {
      context.watcher.fault('links.load', new Error(`work ${work.id} has no message that waits for a link`))
      lost.push(work)
      return
    }
    const named = lookAt(context, { message, links, now })
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

/** What the waiting comes to; undefined while it goes on. */
function lookAt(
  context: PipelineContext,
  { message, links, now }: { message: MessageRow; links: KnownLinks; now: Date },
): Named | undefined {
  const isOver = message.deadline_at !== null && message.deadline_at <= now
  if (message.state === 'returned')
    return isOver ? overdue('version-overdue', 'link.version-overdue') : undefined
  const facts = links.get(message.id)
  if (facts === undefined) return { event: 'link-looked-at' }
  const answer = judgeLink(context, { message, facts, isAnswer: false, now })
  if (answer.is === 'waits') return isOver ? overdue('link-overdue', 'link.overdue') : undefined
  // Whether it only answers what got through is known to stage 4 alone.
  if (answer.is === 'refused' && answer.code !== 'link.none') return namedOf(answer, { message, facts })
  return { event: 'link-looked-at' }
}

function overdue(
  event: 'version-overdue' | 'link-overdue',
  code: 'link.version-overdue' | 'link.overdue',
): Named {
  const refusal = refuse(code, 'срок вышел (time is over)')
  return { event, reason: code, text: refusalText(refusal) }
}
