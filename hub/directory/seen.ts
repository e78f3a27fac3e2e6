// The row of a subscriber that was heard of, from what was learned of it.

import { subscriberName } from '../../schemas/directory/subscriber-name.ts'
import { operatorCodeOf, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { homeOf } from '../links/home-of.ts'
import type { SubscriberSeen } from '../store/links/rows.ts'

/** Who it is, and what was said of it; what was not said leaves what is known. */
export type Learned = {
  id: ParticipantId
  inn?: string | null | undefined
  kpp?: string | null | undefined
  name?: string | null | undefined
}

/** The row, its name no longer than is kept; `state` counts for a subscriber that nobody heard of before. */
export function seenOf(
  { id, inn, kpp, name }: Learned,
  how: Pick<SubscriberSeen, 'state' | 'source' | 'at'>,
): SubscriberSeen {
  const said = {
    inn: inn ?? null,
    kpp: kpp ?? null,
    name: typeof name === 'string' ? subscriberName(name) : null,
  }
  return { key: participantKey(id), id, code: operatorCodeOf(id), ...said, ...how }
}

/** The state of a subscriber that is new: ours are active, of others we only know that they are there. */
export function stateOfNew(
  context: Parameters<typeof homeOf>[0],
  id: ParticipantId,
  at: Date,
): 'active' | 'known' {
  return homeOf(context, id, at) === undefined ? 'known' : 'active'
}
