// Counts of links and invitations by day: made with each event, so that they are committed with it and its entry.

import { dayOf } from '../../routing/periods.ts'
import type { InviteRow, LinkEventRow, LinkMeasureRow, LinkRow } from '../store/links/rows.ts'

/**
 * What an event of a link counts: `link`, by its news and whether a side is ours. For a link that opened `total_ms` is the time
 * from the request that was accepted, as it was heard here.
 */
export function measureOfLink(link: LinkRow, event: LinkEventRow, isHome: boolean): LinkMeasureRow[] {
  const { at, news } = event
  const label = `${news}:${isHome ? 'home' : 'transit'}`
  return [
    {
      day: dayOf(at),
      measure: 'link',
      label,
      count: 1,
      total_ms: news === 'accepted' ? waitedMs(link, event) : 0,
    },
  ]
}

function waitedMs({ sayings }: LinkRow, { at, said_by: by }: LinkEventRow): number {
  const asked = sayings.findLast(({ side, type }) => side !== by && type === 'ask')
  return asked === undefined ? 0 : Math.max(0, at.getTime() - new Date(asked.at).getTime())
}

/** What a change of an invitation counts: `invite`, by its state and how or why it came to it. */
export function measureOfInvite(invite: InviteRow, at: Date): LinkMeasureRow[] {
  const { state, reason, is_automatic: isAutomatic, made_at: made } = invite
  const isLinked = state === 'linked'
  const how = isLinked ? (isAutomatic ? 'automatic' : 'manual') : reason
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
