// The subscribers an invitation tells of, as the directory keeps them.

import type { ParticipantId } from '../../schemas/ids.ts'
import { seenOf, stateOfNew } from '../directory/seen.ts'
import type { FollowedNews } from '../store/links/follow-reads.ts'
import type { SubscriberSeen } from '../store/links/rows.ts'

/**
 * Both sides, ours as active and those of others as known. ИНН, КПП and name are taken from what a side says of itself
 * alone: nobody else changes what is known of a subscriber.
 */
export function subscribersOf(
  context: Parameters<typeof stateOfNew>[0],
  news: Pick<FollowedNews, 'from_id' | 'from_inn' | 'from_kpp' | 'from_name' | 'to_id'>,
  at: Date,
): SubscriberSeen[] {
  const from = news.from_id as ParticipantId
  const to = news.to_id as ParticipantId
  const howOf = (id: ParticipantId) =>
    ({ state: stateOfNew(context, id, at), source: 'invitation', at }) as const
  return [
    seenOf({ id: from, inn: news.from_inn, kpp: news.from_kpp, name: news.from_name }, howOf(from)),
    seenOf({ id: to }, howOf(to)),
  ]
}
