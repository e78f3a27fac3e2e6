// Answers a Запрос to a subscriber of ours by the rule of that subscriber, without a person.

import { log } from '../../monitoring/log.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { FollowedNews } from '../store/links/follow-reads.ts'
import { answerLink } from './answer.ts'
import { homeOf } from './home-of.ts'
import { ruleEntry, ruleFor } from './rule.ts'

/**
 * Accepts where the rule says so. The key of idempotency is made of the message that asks, so that a second run sends nothing
 * more; a space in it keeps it apart from the keys of services. What is refused is left to a person: the request stands.
 * Throws when the link does not come to rest, so that the news is followed again.
 */
export async function acceptByRule(context: PipelineContext, news: FollowedNews): Promise<void> {
  const [own, counterparty] = [news.to_id as ParticipantId, news.from_id as ParticipantId]
  const at = context.clock.now()
  const home = homeOf(context, own, at)
  if (home === undefined) return
  const asking = { id: counterparty, inn: news.from_inn ?? undefined }
  const rule = await ruleFor(context, { home, own, asking })
  if (rule === undefined) return
  const { inn, kpp, name } = rule
  const entry = ruleEntry(context, { rule, own, counterparty, subject: news.message, at })
  const answered = await answerLink(context, {
    home,
    own,
    counterparty,
    answer: 'accept',
    comment: undefined,
    organisation: { inn, kpp: kpp ?? undefined, name },
    key: `rule ${news.message}`,
    remote: 'rule',
    apiKey: undefined,
    also: { journal: [entry] },
    at,
  })
  if (!isRefusal(answered)) return
  if (answered.code === 'api.busy') throw new Error('a link does not come to rest')
  log.warn('links.rule-refused', { messageId: news.message, code: answered.code })
}
