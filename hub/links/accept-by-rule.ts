// Answers a Запрос to a subscriber of ours by the rule of that subscriber, without a person.

import { log } from '../../monitoring/log.ts'
import { operatorCodeOf, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { FollowedNews } from '../store/links/follow-reads.ts'
import { type LinkRuleRow, readRule } from '../store/links/rules.ts'
import { answerLink } from './answer.ts'
import { homeOf } from './home-of.ts'

/**
 * Accepts where the rule says so. The key of idempotency is made of the message that asks, so that a second run sends nothing
 * more; a space in it keeps it apart from the keys of services. What is refused is left to a person: the request stands.
 * Throws when the link does not come to rest, so that the news is followed again.
 */
export async function acceptByRule(context: PipelineContext, news: FollowedNews): Promise<void> {
  const [own, counterparty] = [news.to_id as ParticipantId, news.from_id as ParticipantId]
  const at = context.clock.now()
  const home = homeOf(context, own, at)
  const rule = home === undefined ? undefined : await readRule(context.store, participantKey(own))
  if (home === undefined || rule === undefined || rule.home !== home || !accepts(rule, news)) return
  const { inn, kpp, name } = rule
  const entry = {
    id: context.clock.newId(),
    at,
    kind: 'link.rule-applied' as const,
    subject: news.message,
    facts: { own, counterparty, accepts: rule.accepts },
  }
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

function accepts(
  { accepts, operators, inns }: Pick<LinkRuleRow, 'accepts' | 'operators' | 'inns'>,
  { from_id: from, from_inn: inn }: Pick<FollowedNews, 'from_id' | 'from_inn'>,
): boolean {
  if (accepts === 'all') return true
  return operators.includes(operatorCodeOf(from as ParticipantId)) || (inn !== null && inns.includes(inn))
}
