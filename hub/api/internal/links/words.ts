// What a home service is told of links and invitations in words, Russian first.

import type { Words } from '../../../../schemas/api.ts'
import type { SaidBy } from '../../../../schemas/links/api.ts'
import type { LinkEventRow } from '../../../store/links/rows.ts'

type News = LinkEventRow['news']
const both = (ru: string, en: string): Readonly<Record<'us' | 'counterparty', Words>> => ({
  us: { ru, en },
  counterparty: { ru, en },
})
const by = (us: readonly [string, string], them: readonly [string, string]) => ({
  us: { ru: us[0], en: us[1] },
  counterparty: { ru: them[0], en: them[1] },
})

const texts: Readonly<Record<News, Readonly<Record<'us' | 'counterparty', Words>>>> = {
  invited: by(
    ['Мы пригласили контрагента', 'We invited them'],
    ['Контрагент приглашает нас', 'They invite us'],
  ),
  accepted: by(
    ['Мы приняли приглашение, связь установлена', 'We accepted the invitation, the link is established'],
    [
      'Контрагент принял приглашение, связь установлена',
      'They accepted the invitation, the link is established',
    ],
  ),
  refused: by(
    ['Мы отклонили приглашение', 'We declined the invitation'],
    ['Контрагент отклонил приглашение', 'They declined the invitation'],
  ),
  withdrawn: by(
    ['Мы отозвали приглашение', 'We withdrew the invitation'],
    ['Контрагент отозвал приглашение', 'They withdrew the invitation'],
  ),
  broken: by(
    ['Мы разорвали связь', 'We broke the link'],
    ['Контрагент разорвал связь', 'They broke the link'],
  ),
  unanswered: both(
    'Ответ на приглашение в срок не получен; приглашение остаётся в силе',
    'No answer in time; the invitation still stands',
  ),
  undelivered: both(
    'Приглашение или ответ не доставлены оператору контрагента',
    "The invitation or the answer was not delivered to the counterparty's operator",
  ),
  'needs-version': both(
    'Сообщение нужно сформировать и подписать заново: у контрагента другой идентификатор',
    'A message needs to be re-formed and signed again: the counterparty has another id',
  ),
  made: both('Приглашение создано', 'The invitation was made'),
  bounced: both('Письмо не доставлено', 'The letter was not delivered'),
  linked: both(
    'Приглашение завершено: связь установлена',
    'The invitation is complete: the link is established',
  ),
  lapsed: both('Срок приглашения истёк', 'The invitation has expired'),
  joined: both('Контрагент стал нашим абонентом', 'The counterparty became our subscriber'),
  claimed: both(
    'Контрагент указал свой идентификатор, приглашение направлено его оператору',
    'The counterparty gave its id, the invitation went to its operator',
  ),
  'application-needed': both(
    'Оператор контрагента не принимает приглашения: нужна заявка',
    "The counterparty's operator does not accept invitations: an application is needed",
  ),
  converted: both(
    'Оператор контрагента теперь принимает приглашения: приглашение отправлено',
    "The counterparty's operator accepts invitations now: the invitation was sent",
  ),
}

/** What an event is to a side. What the clock or the hub says is the same to both. */
export function newsWords(news: News, saidBy: SaidBy): Words {
  return texts[news][saidBy === 'counterparty' ? 'counterparty' : 'us']
}
