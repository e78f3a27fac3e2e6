// What one subscriber says to another, put to the record of the two: a pure change, for whoever commits.

import assert from 'node:assert/strict'
import {
  advance,
  cellFor,
  compact,
  eventOf,
  inOrder,
  type LinkSide,
  noLink,
  replay,
  takeBack,
} from '../../routing/link.ts'
import type { LinkCell, LinkNews } from '../../routing/machines/link.ts'
import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { Change } from '../store/hot/change.ts'
import { readLink } from '../store/links/reads.ts'
import type { KeptSaying, LinkEventRow, LinkRow } from '../store/links/rows.ts'
import { homeOf } from './home-of.ts'
import { measureOfLink } from './measures.ts'

/** A Запрос or Разрыв that counts: one of ours as it is made, one from elsewhere once it is delivered. */
export type NewSaying = {
  by: ParticipantId
  to: ParticipantId
  type: 'ask' | 'break'
  /** @ДатаОтправки. */
  sentAt: string
  /** Row of the message that carries it. */
  message?: string
  at: Date
}

/** What it comes to, seen by the one who said it. `change` is empty when nothing was said that is not known. */
export type Said = { link: LinkRow; from: LinkCell; to: LinkCell; change: Change }

/** What say needs of the pipeline. */
export type SayContext = Pick<PipelineContext, 'store' | 'book' | 'clock'> & {
  settings: Pick<PipelineContext['settings'], 'homeCodes' | 'linkAnswerWithinMs'>
}

/**
 * Reads the link of the two and gives the change that puts the saying on it: the row, an event, and its news for each
 * side that is ours. The row rests on the version that was read: a StaleChange at the commit means to say it again.
 * A message that was said before says nothing more.
 */
export async function say(context: SayContext, saying: NewSaying): Promise<Said> {
  const { first, second } = sidesOf(saying)
  const stored = await readLink(context.store, participantKey(first), participantKey(second))
  return sayOn(context, stored, saying)
}

/** The same on a row that the caller has read, or got from a saying before it. */
export function sayOn(context: SayContext, stored: LinkRow | undefined, saying: NewSaying): Said {
  const { first, second, side } = sidesOf(saying)
  const link = stored ?? newLink(context, { first, second, at: saying.at })
  if (saying.message !== undefined && link.sayings.some(({ message }) => message === saying.message)) {
    return { link, from: cellFor(side, link.cell), to: cellFor(side, link.cell), change: {} }
  }
  const { type, sentAt, message, at } = saying
  const kept: KeptSaying = {
    side,
    type,
    sentAt: notAhead(sentAt, at),
    at: at.toISOString(),
    ...(message === undefined ? {} : { message }),
  }
  const named = side === 'first' ? { first_id: saying.by } : { second_id: saying.by }
  const changed = { ...link, ...named, sayings: [...link.sayings, kept] }
  return moved(context, { link, changed, side, said: kept, message, at })
}

/**
 * A clock that is far ahead must not make everything its side says afterwards an older saying: what is dated more than
 * limits.linkSentAheadMaxMs after it was heard counts as of then.
 */
export function notAhead(sentAt: string, heardAt: Date): string {
  const isAhead = Date.parse(sentAt) > heardAt.getTime() + limits.linkSentAheadMaxMs
  return isAhead ? heardAt.toISOString() : sentAt
}

/**
 * Takes a saying back that did not reach the other side: what was said is replayed without it, and the sides that are
 * ours learn `undelivered`.
 */
export function unsay(context: SayContext, of: { link: LinkRow; message: string; at: Date }): Said {
  const { link, message, at } = of
  const gone = link.sayings.find((one) => one.message === message)
  const older = gone === undefined ? takeBack(link.base, message) : undefined
  const side = gone?.side ?? older?.side
  if (side === undefined) return { link, from: link.cell, to: link.cell, change: {} }
  const base = older?.base ?? link.base
  const changed = { ...link, base, sayings: link.sayings.filter((one) => one !== gone) }
  return moved(context, { link, changed, side, said: 'taken back', message, at })
}

/** The two in the order of their keys, and which of them speaks. A subscriber has no link with itself. */
export function sidesOf({ by, to }: Pick<NewSaying, 'by' | 'to'>): {
  first: ParticipantId
  second: ParticipantId
  side: LinkSide
} {
  assert(participantKey(by) !== participantKey(to), 'two subscribers make a link')
  return participantKey(by) < participantKey(to)
    ? { first: by, second: to, side: 'first' }
    : { first: to, second: by, side: 'second' }
}

/** The link of two who said nothing yet. */
export function newLink(
  context: SayContext,
  { first, second, at }: { first: ParticipantId; second: ParticipantId; at: Date },
): LinkRow {
  return {
    id: context.clock.newId(),
    first_key: participantKey(first),
    second_key: participantKey(second),
    first_id: first,
    second_id: second,
    cell: 'none',
    before: null,
    base: noLink,
    sayings: [],
    changed_at: at,
    linked_at: null,
    deadline_at: null,
    version: 0,
  }
}

type Moving = {
  link: LinkRow
  changed: LinkRow
  side: LinkSide
  said: KeptSaying | 'taken back'
  message: string | undefined
  at: Date
}

function moved(context: SayContext, { link, changed, side, said, message, at }: Moving): Said {
  const kept = withoutOldest(changed)
  const { cell, before } = replay(kept.sayings, kept.base)
  const news = newsBetween(link, cell, said)
  const row: LinkRow = { ...kept, cell, before: before ?? null, version: link.version + 1 }
  if (cell !== link.cell) {
    row.changed_at = at
    row.linked_at = cell === 'linked' ? at : null
    row.deadline_at = isStanding(cell) ? new Date(at.getTime() + context.settings.linkAnswerWithinMs) : null
  }
  const seen = { link: row, from: cellFor(side, link.cell), to: cellFor(side, cell) }
  if (news === undefined) return { ...seen, change: { links: [row] } }
  const saidBy = said === 'taken back' ? 'hub' : side
  const event = eventRow(context, { link: row, saidBy, news, message: message ?? null, at })
  return { ...seen, change: { links: [row], ...eventParts(context, row, event) } }
}

/** A request of one side stands and is not answered. */
export function isStanding(cell: LinkCell): boolean {
  return cell.startsWith('asked')
}

/** What a change of cells is to people. A late older saying may change nothing, or more than one step would. */
function newsBetween(
  from: LinkRow,
  to: LinkCell,
  said: Moving['said'],
): LinkNews | 'undelivered' | undefined {
  if (said === 'taken back') return 'undelivered'
  if (from.cell === to) return undefined
  const stepped = advance({ cell: from.cell, before: from.before ?? undefined }, eventOf(said))
  return stepped.standing.cell === to ? stepped.news : newsOfJump(from.cell, to)
}

/** An older saying that comes late may change the cell by more than one step of the table. */
export function newsOfJump(from: LinkCell, to: LinkCell): LinkNews {
  if (to === 'linked') return 'accepted'
  if (from === 'linked') return 'broken'
  if (isStanding(to)) return 'invited'
  return to === 'none' ? 'withdrawn' : 'refused'
}

/** An event of a link, as it is kept. */
export function eventRow(
  context: Pick<SayContext, 'clock'>,
  of: {
    link: LinkRow
    saidBy: LinkEventRow['said_by']
    news: LinkEventRow['news']
    message: string | null
    at: Date
  },
): LinkEventRow {
  const { link, saidBy, news, message, at } = of
  return {
    id: context.clock.newId(),
    link: link.id,
    invite: null,
    at,
    said_by: saidBy,
    news,
    cell: link.cell,
    state: null,
    reason: null,
    message,
  }
}

/** The event with its entries for the inboxes of the sides that are ours, and its journal entry. */
export function eventParts(context: SayContext, link: LinkRow, event: LinkEventRow): Change {
  const { at } = event
  const ids = [link.first_id, link.second_id] as ParticipantId[]
  const homes = new Set(ids.flatMap((id) => homeOf(context, id, at) ?? []))
  const where = homes.size > 0 ? 'home' : 'transit'
  return {
    linkEvents: [event],
    linkMeasures: measureOfLink(link, event, where),
    homeArrivals: [...homes].map((home) => ({
      id: context.clock.newId(),
      home,
      kind: 'link' as const,
      message: event.id,
      at,
    })),
    journal: [
      {
        id: context.clock.newId(),
        at,
        kind: 'link.moved',
        subject: link.id,
        facts: {
          first: link.first_id,
          second: link.second_id,
          saidBy: event.said_by,
          news: event.news,
          cell: event.cell,
          where,
          message: event.message ?? undefined,
        },
      },
    ],
  }
}

/** Of many sayings only the last are kept; what the older ones came to is the base of the replay. */
export function withoutOldest(link: LinkRow): LinkRow {
  if (link.sayings.length <= limits.linkSayingsMax) return link
  const ordered = inOrder(link.sayings)
  const kept = Math.ceil(limits.linkSayingsMax / 2)
  const old = ordered.slice(0, -kept)
  return { ...link, base: compact(old, link.base), sayings: ordered.slice(-kept) }
}
