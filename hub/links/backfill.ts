// Says to the links what was delivered before the hub kept them: once, in its place, and without telling services of old news.

import { inOrder, isCompacted, replay } from '../../routing/link.ts'
import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { againWhenStale } from '../store/hot/again-when-stale.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { type Delivered, readDelivered, readDeliveredOfPair } from '../store/links/backfill-reads.ts'
import { readOrganisations } from '../store/links/link-reads.ts'
import { readLink } from '../store/links/reads.ts'
import type { KeptSaying, LinkRow, SubscriberSeen } from '../store/links/rows.ts'
import { moveInvitesOf } from './pair-invites.ts'
import {
  eventParts,
  eventRow,
  isStanding,
  newLink,
  newsOfJump,
  notAhead,
  sidesOf,
  withoutOldest,
} from './say.ts'
import { subscribersOf } from './subscribers-of.ts'

/** What one batch did, or would do: `after` names the next one, null after the last. */
export type Backfilled = { looked: number; said: number; links: number; after: string | null }

/** `actor` is whoever had it done. */
type Order = { after: string | undefined; isTrial: boolean; actor: string; signal: AbortSignal }

/**
 * Looks through limits.linkBackfillBatchMax delivered invitations of partners, the oldest first, and says what their links do
 * not know; of one pair the last limits.linkSayingsMax. What a link knows is said once, so that any run may come again. A
 * link whose old sayings were put together is left as it is.
 */
export async function backfillLinks(context: PipelineContext, order: Order): Promise<Backfilled> {
  const countMax = limits.linkBackfillBatchMax
  const page = await readDelivered(context.store, { after: order.after, countMax })
  const pairs = new Map<string, Pair>()
  for (const { message, from_id: by, to_id: to } of page) {
    const [one, other] = [by as ParticipantId, to as ParticipantId]
    if (participantKey(one) === participantKey(other)) continue
    const { first, second } = sidesOf({ by: one, to: other })
    const key = `${participantKey(first)} ${participantKey(second)}`
    const pair = pairs.get(key) ?? { first, second, messages: new Set() }
    pairs.set(key, pair)
    pair.messages.add(message)
  }
  const done = { looked: page.length, said: 0, links: 0 }
  for (const pair of pairs.values()) {
    order.signal.throwIfAborted()
    const said = await againWhenStale(() => backfillPair(context, pair, order))
    done.said += said
    if (said > 0) done.links += 1
  }
  return { ...done, after: page.length < countMax ? null : (page.at(-1)?.message ?? null) }
}

/** Two subscribers in the order of their keys, and which messages between them the batch holds. */
type Pair = { first: ParticipantId; second: ParticipantId; messages: Set<string> }

/** All of a pair at once, with the batch that holds its first unknown one: so a trial counts each once as well. */
async function backfillPair(context: PipelineContext, pair: Pair, order: Order): Promise<number> {
  const [first, second] = [participantKey(pair.first), participantKey(pair.second)]
  const countMax = limits.linkSayingsMax
  const delivered = await readDeliveredOfPair(context.store, { first, second, countMax })
  // Read after them: what was followed in between is known by now.
  const link = await readLink(context.store, first, second)
  if (link !== undefined && isCompacted(link.base)) return 0
  const known = new Set(link?.sayings.map(({ message }) => message))
  const unknown = delivered.filter(({ message }) => !known.has(message))
  const [oldest] = unknown
  if (oldest === undefined || !pair.messages.has(oldest.message)) return 0
  if (!order.isTrial) await context.committer.submit(await changeOf(context, { pair, link, unknown, order }))
  return unknown.length
}

type Unsaid = { pair: Pair; link: LinkRow | undefined; unknown: Delivered[]; order: Order }

/**
 * Services are told where they spoke since, for then something changed for them, and of their invitations that wait. What
 * was so before the hub kept links is no news, and counts in no measure.
 */
async function changeOf(context: PipelineContext, of: Unsaid): Promise<Change> {
  const { pair, link, unknown, order } = of
  const at = context.clock.now()
  const stored = link ?? newLink(context, { first: pair.first, second: pair.second, at })
  const row = withUnsaid(context, stored, unknown)
  const told = link === undefined || link.cell === row.cell ? {} : toldOf(context, link, row)
  const said = { link: row, from: stored.cell, to: row.cell, change: {} }
  const invites = await moveInvitesOf(context, { said, by: pair.first, type: 'ask', at })
  const subscribers = await unknownOf(context, unknown)
  const { id: subject, first_id: first, second_id: second, cell } = row
  const facts = { first, second, cell, said: unknown.length, actor: order.actor }
  const journal = [{ id: context.clock.newId(), at, kind: 'link.backfilled' as const, subject, facts }]
  return joinChanges([{ links: [row], subscribers, journal }, told, invites])
}

function toldOf(context: PipelineContext, link: LinkRow, row: LinkRow): Change {
  const at = context.clock.now()
  const news = newsOfJump(link.cell, row.cell)
  return eventParts(context, row, eventRow(context, { link: row, saidBy: 'hub', news, message: null, at }))
}

/** Each is put where it was heard. A request past its time already has no deadline: nobody is told of it now. */
function withUnsaid(context: PipelineContext, link: LinkRow, unknown: readonly Delivered[]): LinkRow {
  const added = unknown.map((one): KeptSaying => {
    const { type, sent_at: sentAt, message, delivered_at: heardAt } = one
    const { side } = sidesOf({ by: one.from_id as ParticipantId, to: one.to_id as ParticipantId })
    return { side, type, sentAt: notAhead(sentAt, heardAt), at: heardAt.toISOString(), message }
  })
  const sayings = [...link.sayings, ...added].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const kept = withoutOldest({ ...link, sayings })
  const { cell, before } = replay(kept.sayings, kept.base)
  const row: LinkRow = { ...kept, cell, before: before ?? null, version: link.version + 1 }
  if (cell === link.cell) return row
  const since = cameAt(kept)
  const due = new Date(since.getTime() + context.settings.linkAnswerWithinMs)
  row.changed_at = since
  row.linked_at = cell === 'linked' ? since : null
  row.deadline_at = isStanding(cell) && due > context.clock.now() ? due : null
  return row
}

/** When the link came to where it stands. */
function cameAt({ sayings, base, changed_at: changedAt }: LinkRow): Date {
  let [standing, since] = [base, changedAt]
  for (const saying of inOrder(sayings)) {
    const next = replay([saying], standing)
    if (next.cell !== standing.cell) since = new Date(saying.at)
    standing = next
  }
  return since
}

/** Subscribers nobody has heard of since: what is known of others is newer. Each as it says of itself, if it spoke. */
async function unknownOf(context: PipelineContext, unknown: readonly Delivered[]): Promise<SubscriberSeen[]> {
  const seen = new Map<string, SubscriberSeen>()
  for (const one of unknown) {
    const [from, to] = subscribersOf(context, one, one.delivered_at)
    if (from !== undefined) seen.set(from.key, from)
    if (to !== undefined && !seen.has(to.key)) seen.set(to.key, to)
  }
  const known = await readOrganisations(context.store, [...seen.keys()])
  return [...seen.values()].filter(({ key }) => !known.has(key))
}
