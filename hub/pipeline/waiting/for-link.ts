// Hop PROCESS, lane of those that wait for a link or a new version: looks whether something changed, or time is over.

import { refusalText, refuse } from '../../../schemas/refusals.ts'
import { readMessages } from '../../store/hot/reads.ts'
import type { ClaimedWork, MessageRow } from '../../store/hot/rows.ts'
import type { PipelineContext } from '../context.ts'
import { judgeLink, type KnownLinks, namedOf, readLinks } from '../linkless/judge.ts'
import type { Named } from '../run/named.ts'
import { lookAtWaiting } from './look.ts'

/**
 * Looks at claimed messages. Changes of links and invitations wake them in the very commit. Only rows are read here: what
 * goes on is opened and judged anew.
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
  await lookAtWaiting(context, {
    works,
    messages,
    states: ['awaiting-link', 'returned'],
    place: 'links.load',
    now,
    judge: (message) => judgeLinkWait(context, { message, links, now }),
  })
}

/** Once time is over, waiting comes to its end; before that only to what the links say. */
function judgeLinkWait(
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
