// From what two subscribers said to the state of their link: which of two sayings is later, and what they come to.

import { step } from './machine.ts'
import { type LinkCell, type LinkEvent, type LinkNews, linkMachine, mirroredCell } from './machines/link.ts'

/** The two subscribers of a link, in the order of their keys. */
export type LinkSide = 'first' | 'second'

/** One Запрос or Разрыв of one side. */
export type Saying = {
  side: LinkSide
  type: 'ask' | 'break'
  /** @ДатаОтправки: UTC, seconds with or without a fraction. */
  sentAt: string
}

/** Where a link stands, seen from its first side; `before` is the cell that a withdrawn request goes back to. */
export type LinkStanding = { cell: LinkCell; before: LinkCell | undefined }

/**
 * What sayings that are kept no more came to. `asks`: of a request whose message may yet be refused, that message and what
 * they come to without it; of each side the last one that counts.
 */
export type LinkPast = LinkStanding & {
  asks?: Readonly<Partial<Record<LinkSide, { message: string; without: LinkStanding }>>>
}

/** Where every link begins. */
export const noLink: LinkStanding = { cell: 'none', before: undefined }

/** The cell as a side sees it. */
export function cellFor(side: LinkSide, cell: LinkCell): LinkCell {
  return side === 'first' ? cell : mirroredCell[cell]
}

/** What a saying is to the first side. */
export function eventOf({ side, type }: Pick<Saying, 'side' | 'type'>): Exclude<LinkEvent, 'unanswered'> {
  const who = side === 'first' ? 'we' : 'they'
  return `${who}-${type}`
}

/**
 * Replays what was said, given in the order of arrival. Between the sides arrival decides; of one side's sayings the later
 * @ДатаОтправки is the later one, and of two with the same time the one that arrived later. So an older one that came late
 * takes its place right before the newer one of its side, which stays where it was heard, and changes nothing that came
 * after. A link needs two fresh requests, so that no order makes one that a side did not want.
 */
export function replay(sayings: readonly Saying[], from: LinkStanding = noLink): LinkStanding {
  return inOrder(sayings).reduce((standing, saying) => advance(standing, eventOf(saying)).standing, from)
}

/** Whether sayings were put into it: which ones is not known any more. */
export function isCompacted(past: LinkPast): boolean {
  return past.asks !== undefined
}

/** Puts the oldest sayings, in the order that counts, into what those before them came to. */
export function compact(sayings: readonly (Saying & { message?: string })[], from: LinkPast): LinkPast {
  return sayings.reduce<LinkPast>(({ asks = {}, ...standing }, saying) => {
    const event = eventOf(saying)
    const next = advance(standing, event).standing
    const kept = Object.entries(asks).map(([side, { message, without }]) => {
      return [side, { message, without: advance(without, event).standing }] as const
    })
    const { side, type, message } = saying
    const own =
      type === 'ask' && message !== undefined ? [[side, { message, without: standing }] as const] : []
    const differing = [...kept, ...own].filter(([, { without }]) => !isSameStanding(without, next))
    return { ...next, asks: Object.fromEntries(differing) }
  }, from)
}

/**
 * Takes a request back that counts in a base; undefined when none that counts came with the message. What the base came to
 * without the request of the other side is then without both.
 */
export function takeBack(base: LinkPast, message: string): { base: LinkPast; side: LinkSide } | undefined {
  const { first, second } = base.asks ?? {}
  const side = first?.message === message ? 'first' : second?.message === message ? 'second' : undefined
  if (side === undefined) return undefined
  const [gone, left, other] =
    side === 'first' ? ([first, second, 'second'] as const) : ([second, first, 'first'] as const)
  const standing = gone?.without ?? noLink
  if (left === undefined) return { base: { ...standing, asks: {} }, side }
  const without = advance(left.without, eventOf({ side, type: 'break' })).standing
  return { base: { ...standing, asks: { [other]: { ...left, without } } }, side }
}

function isSameStanding(one: LinkStanding, other: LinkStanding): boolean {
  return one.cell === other.cell && one.before === other.before
}

/** One step of the table: the next standing, and what it is to people; nothing for a repeat. */
export function advance(
  standing: LinkStanding,
  event: LinkEvent,
): { standing: LinkStanding; news: LinkNews | undefined; means: 'transition' | 'late' | 'impossible' } {
  const guards: Readonly<Record<string, boolean>> = {
    'after-our-break': standing.before === 'broken-by-us',
    'after-their-break': standing.before === 'broken-by-them',
  }
  const found = step(linkMachine, standing.cell, event, (guard) => guards[guard] === true)
  if (found.means !== 'transition') return { standing, news: undefined, means: found.means }
  const to: LinkCell = found.row.to
  const [news] = found.row.effects
  if (to === standing.cell) return { standing, news, means: 'transition' }
  const isRequest = news === 'invited'
  return { standing: { cell: to, before: isRequest ? standing.cell : undefined }, news, means: 'transition' }
}

/** The sayings in the order that counts. */
export function inOrder<One extends Saying>(sayings: readonly One[]): One[] {
  const ordered: One[] = []
  for (const saying of sayings) {
    const isNewer = (one: One) => one.side === saying.side && compareTimes(one.sentAt, saying.sentAt) > 0
    const place = ordered.findIndex(isNewer)
    ordered.splice(place < 0 ? ordered.length : place, 0, saying)
  }
  return ordered
}

/** Compares times of the form 2026-11-27T10:00:00Z or with any number of digits of a fraction. */
function compareTimes(a: string, b: string): number {
  const [left, right] = [timeKey(a), timeKey(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Without the Z and without zeros at the end of a fraction, the texts sort as their times do. */
function timeKey(text: string): string {
  return text
    .replace(/Z$/, '')
    .replace(/(\.\d*?)0*$/, '$1')
    .replace(/\.$/, '')
}
