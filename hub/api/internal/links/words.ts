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
  invited: by(['Мы пригласили контрагента', 'We asked'], ['Контрагент приглашает нас', 'They ask us']),
  accepted: by(
    ['Мы приняли приглашение, связь установлена', 'We accepted: linked'],
    ['Контрагент принял приглашение, связь установлена', 'They accepted: linked'],
  ),
  refused: by(
    ['Мы отклонили приглашение', 'We refused'],
    ['Контрагент отклонил приглашение', 'They refused'],
  ),
  withdrawn: by(
    ['Мы отозвали приглашение', 'We withdrew our request'],
    ['Контрагент отозвал приглашение', 'They withdrew their request'],
  ),
  broken: by(
    ['Мы разорвали связь', 'We broke the link'],
    ['Контрагент разорвал связь', 'They broke the link'],
  ),
  unanswered: both(
    'На приглашение нет ответа в срок; оно остаётся в силе',
    'No answer in time; the request still stands',
  ),
  undelivered: both(
    'Приглашение или ответ не доставлены оператору контрагента',
    "The counterparty's operator did not take the message",
  ),
  'needs-version': both(
    'Сообщение нужно переформировать и подписать заново: у контрагента другой идентификатор',
    'A message needs to be re-formed and signed again: the counterparty has another id',
  ),
  made: both('Приглашение создано', 'The invitation was made'),
  bounced: both('Письмо не доставлено', 'The letter was not delivered'),
  linked: both('Приглашение завершено: связь установлена', 'The invitation ended: linked'),
  lapsed: both('Срок приглашения истёк', 'The invitation is over: no answer in time'),
  joined: both('Контрагент стал нашим абонентом', 'The counterparty became our subscriber'),
  claimed: both(
    'Контрагент назвал свой идентификатор, приглашение отправлено туда',
    'The counterparty named its id and is asked there',
  ),
  'application-needed': both(
    'Оператор контрагента не принимает приглашения: нужна заявка',
    "The counterparty's operator takes no invitations: an application is needed",
  ),
  converted: both(
    'Оператор контрагента теперь принимает приглашения: отправлено',
    "The counterparty's operator takes invitations now: sent",
  ),
}

/** What an event is to a side. What the clock or the hub says is the same to both. */
export function newsWords(news: News, saidBy: SaidBy): Words {
  return texts[news][saidBy === 'counterparty' ? 'counterparty' : 'us']
}
