// Counts of links and invitations by day: made with each event, so that they are committed with it and its entry.

import { dayOf } from '../../routing/periods.ts'
import type { InviteRow, LinkEventRow, LinkMeasureRow, LinkRow } from '../store/links/rows.ts'

/**
 * What an event of a link counts: `link`, by its news and whether a side is ours. For a link that opened `total_ms` is the time
 * from the request that was accepted, as it was heard here.
 */
export function measureOfLink(
  link: LinkRow,
  event: LinkEventRow,
  where: 'home' | 'transit',
): LinkMeasureRow[] {
  const { at, news } = event
  return [
    {
      day: dayOf(at),
      measure: 'link',
      label: `${news}:${where}`,
      count: 1,
      total_ms: news === 'accepted' ? waitedMs(link, event) : 0,
    },
  ]
}

function waitedMs({ sayings }: LinkRow, { at, said_by: by }: LinkEventRow): number {
  const asked = sayings.findLast(({ side, type }) => side !== by && type === 'ask')
  return asked === undefined ? 0 : Math.max(0, at.getTime() - new Date(asked.at).getTime())
}

/**
 * What a new invitation counts: `made`, by the state it begins in. One that begins linked opened nothing of its own: its
 * link is counted as such.
 */
export function measureOfMade({ state, made_at: at }: InviteRow): LinkMeasureRow[] {
  return [{ day: dayOf(at), measure: 'invite', label: `made:${state}`, count: 1, total_ms: 0 }]
}

/** What a change of an invitation counts: `invite`, by its state and how or why it came to it. */
export function measureOfInvite(invite: InviteRow, at: Date): LinkMeasureRow[] {
  const { state, reason, is_automatic: isAutomatic, made_at: made } = invite
  const isLinked = state === 'linked'
  const how = isLinked ? howOf(isAutomatic) : reason
  return [
    {
      day: dayOf(at),
      measure: 'invite',
      label: how === null ? state : `${state}:${how}`,
      count: 1,
      total_ms: isLinked ? Math.max(0, at.getTime() - made.getTime()) : 0,
    },
  ]
}

/** By whose hand a link came. */
export function howOf(isAutomatic: boolean): 'automatic' | 'manual' {
  return isAutomatic ? 'automatic' : 'manual'
}
