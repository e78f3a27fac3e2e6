// Follows invitations to the end of their way: each is said to the link of its two subscribers, or taken back.

import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { RefusalCode } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { againWhenStale } from '../store/hot/again-when-stale.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import type { Lease } from '../store/lease.ts'
import {
  type FollowedNews,
  putOffNews,
  readInvitesOfMessage,
  readLinkNews,
} from '../store/links/follow-reads.ts'
import { readLink } from '../store/links/reads.ts'
import { homeOf } from './home-of.ts'
import { moveInvite } from './move-invite.ts'
import { moveInvitesOf } from './pair-invites.ts'
import { say, sidesOf, unsay } from './say.ts'
import { subscribersOf } from './subscribers-of.ts'

/** What following needs. `answerAsk` is called for every Запрос to a subscriber of ours, once it is said. */
export type Following = {
  context: PipelineContext
  lease: Lease
  signal: AbortSignal
  answerAsk(news: FollowedNews): Promise<void>
  onFault(place: string, error: unknown): void
}

/**
 * Follows one batch and tells whether there may be more. News of one pair goes in the order of arrival, pairs go side by side.
 * What is said and the end of its news are one commit, so that a second run finds nothing to do. News that fails waits
 * for its next turn and keeps nobody back: a saying that comes late is put in its place.
 */
export async function followBatch(of: Following): Promise<boolean> {
  const { context } = of
  const due = { at: context.clock.now(), countMax: limits.linkNewsBatchMax }
  const news = await readLinkNews(context.store, due)
  const inOrder = news.toSorted((a, b) => (a.message < b.message ? -1 : 1))
  const pairs = Map.groupBy(inOrder, pairOf)
  await Promise.all([...pairs.values()].map((ofPair) => followPair(of, ofPair)))
  return news.length === limits.linkNewsBatchMax
}

function pairOf({ type, message, from_id: from, to_id: to }: FollowedNews): string {
  if (type === null) return message
  return [from, to]
    .map((id) => participantKey(id as ParticipantId))
    .sort()
    .join(' ')
}

async function followPair(of: Following, news: readonly FollowedNews[]): Promise<void> {
  for (const one of news) {
    if (of.signal.aborted) return
    try {
      await followOne(of, one)
    } catch (error) {
      of.onFault('links.follow', error)
      const pauseMs = Math.min(limits.linkPutOffMs * 2 ** Math.min(one.faults, 20), limits.linkPutOffMaxMs)
      const until = new Date(of.context.clock.now().getTime() + pauseMs)
      await putOffNews(of.context.store, { message: one.message, until })
    }
  }
}

async function followOne(of: Following, news: FollowedNews): Promise<void> {
  const { context, lease } = of
  const done: Change = { leases: [lease], linkNewsDone: [news.message] }
  if (!isAskToOurs(context, news))
    return commitFresh(context, async () => joinChanges([await changeOf(context, news), done]))
  // The news stays until the answer that needs no person is given: after a crash in between both run again.
  await commitFresh(context, async () => joinChanges([await changeOf(context, news), { leases: [lease] }]))
  await of.answerAsk(news)
  await context.committer.submit(done)
}

function isAskToOurs(context: PipelineContext, { type, outcome, to_id: to }: FollowedNews): boolean {
  if (type !== 'ask' || outcome !== 'delivered') return false
  return homeOf(context, to as ParticipantId, context.clock.now()) !== undefined
}

/** Commits what `make` reads and makes; what became stale is made again (againWhenStale). */
export async function commitFresh(
  { committer }: Pick<PipelineContext, 'committer'>,
  make: () => Promise<Change>,
): Promise<void> {
  await againWhenStale(async () => committer.submit(await make()))
}

/** A message of ours is said as it is made, one of another operator when it is delivered. */
function isOurs({ peer }: FollowedNews): boolean {
  return peer?.startsWith('home:') === true
}

async function changeOf(context: PipelineContext, news: FollowedNews): Promise<Change> {
  const { type, from_id: from, to_id: to, sent_at: sentAt, message, outcome } = news
  const [by, other] = [from as ParticipantId, to as ParticipantId]
  // Without its row there is nothing to say, and nobody has a link with itself.
  if (type === null || participantKey(by) === participantKey(other)) return {}
  const at = context.clock.now()
  if (outcome === 'refused') return isOurs(news) ? takenBack(context, news, at) : {}
  const subscribers = subscribersOf(context, news, at)
  if (isOurs(news)) return { subscribers }
  const said = await say(context, { by, to: other, type, sentAt, message, at })
  const invites = await moveInvitesOf(context, { said, by, type, at })
  return joinChanges([said.change, invites, { subscribers }])
}

async function takenBack(context: PipelineContext, news: FollowedNews, at: Date): Promise<Change> {
  const { message, reason } = news
  const { first, second } = sidesOf({ by: news.from_id as ParticipantId, to: news.to_id as ParticipantId })
  const link = await readLink(context.store, participantKey(first), participantKey(second))
  const unsaid = link === undefined ? {} : unsay(context, { link, message, at }).change
  const why = reason === null ? {} : { reason: reason as RefusalCode }
  const countMax = limits.linkInvitesMovedMax
  const invites = await readInvitesOfMessage(context.store, { message, countMax })
  const moved = invites.map((invite) => moveInvite(context, { invite, event: 'undelivered', ...why, at }))
  return joinChanges([unsaid, ...moved.map(({ change }) => change)])
}
