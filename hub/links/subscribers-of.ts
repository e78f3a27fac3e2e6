// The subscribers an invitation tells of, as the directory keeps them.

import { subscriberName } from '../../schemas/directory/subscriber-name.ts'
import { operatorCodeOf, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { FollowedNews } from '../store/links/follow-reads.ts'
import type { SubscriberSeen } from '../store/links/rows.ts'
import { homeOf } from './home-of.ts'

/**
 * Both sides, ours as active and those of others as known. ИНН, КПП and name are taken from what a side says of itself
 * alone: nobody else changes what is known of a subscriber.
 */
export function subscribersOf(
  context: Parameters<typeof homeOf>[0],
  news: Pick<FollowedNews, 'from_id' | 'from_inn' | 'from_kpp' | 'from_name' | 'to_id'>,
  at: Date,
): SubscriberSeen[] {
  const { from_inn: inn, from_kpp: kpp, from_name } = news
  const name = from_name === null ? null : subscriberName(from_name)
  return [
    seen(context, { id: news.from_id as ParticipantId, inn, kpp, name, at }),
    seen(context, { id: news.to_id as ParticipantId, inn: null, kpp: null, name: null, at }),
  ]
}

function seen(
  context: Pick<PipelineContext, 'book'> & Parameters<typeof homeOf>[0],
  { id, ...of }: { id: ParticipantId } & Pick<SubscriberSeen, 'inn' | 'kpp' | 'name' | 'at'>,
): SubscriberSeen {
  return {
    ...of,
    id,
    key: participantKey(id),
    code: operatorCodeOf(id),
    state: homeOf(context, id, of.at) === undefined ? 'known' : 'active',
    source: 'invitation',
  }
}
