// Refusals of messages between subscribers without a link, and of new versions of returned ones.

const told = (ru: string, en: string, advice: { ru: string; en: string }) =>
  ({ fault: 'sender', class: 'permanent', ru, en, advice }) as const

/** Rows of the table of refusals; none is told by a transport receipt. */
export const waitingRefusals = {
  'link.awaited': told(
    'Сообщение ждёт связи с контрагентом',
    'The message waits for the link with the counterparty',
    {
      ru: 'Ничего делать не нужно: сообщение уйдёт само, когда приглашение примут.',
      en: 'Nothing is to be done: it goes by itself when the invitation is accepted.',
    },
  ),
  'link.none': told(
    'Связи с контрагентом нет: приглашение не отправлено или ещё не принято',
    'There is no link with the counterparty: no invitation was sent, or it was not accepted yet',
    {
      ru: 'Пригласите контрагента, дождитесь согласия и отправьте документ снова.',
      en: 'Invite the counterparty, wait for the acceptance and send the document again.',
    },
  ),
  'link.refused': told(
    'Контрагент отклонил приглашение или разорвал связь',
    'The counterparty declined the invitation or broke the link',
    {
      ru: 'Свяжитесь с контрагентом; отправьте новое приглашение, а когда его примут — документ снова.',
      en: 'Ask the counterparty; send a new invitation and, once it is accepted, the document again.',
    },
  ),
  'link.broken': told('Отправитель сам разорвал связь', 'The sender itself broke the link', {
    ru: 'Пригласите контрагента снова и отправьте документ, когда он примет приглашение.',
    en: 'Invite the counterparty again and send the document once it has accepted.',
  }),
  'link.lapsed': told(
    'Контрагент не ответил на приглашение в срок',
    'The counterparty did not answer the invitation in time',
    {
      ru: 'Напомните контрагенту, пригласите его снова и отправьте документ ещё раз.',
      en: 'Remind the counterparty, invite it again and send the document again.',
    },
  ),
  'link.withdrawn': told('Отправитель отозвал приглашение', 'The sender withdrew the invitation', {
    ru: 'Пригласите контрагента снова, если документ всё ещё нужно передать.',
    en: 'Invite the counterparty again if the document is still to go.',
  }),
  'link.undelivered': told(
    'Приглашение не доставлено оператору контрагента',
    "The invitation was not delivered to the counterparty's operator",
    {
      ru: 'Посмотрите причину у приглашения, устраните её, пригласите снова и отправьте документ ещё раз.',
      en: 'See the reason of the invitation; correct it, invite again and send the document again.',
    },
  ),
  'link.not-invited': told(
    'Получатель ещё не подключён, и отправитель его не приглашал',
    'The recipient is not connected yet, and the sender did not invite it',
    {
      ru: 'Сначала пригласите контрагента и используйте идентификатор из приглашения.',
      en: 'Invite the counterparty first and use the id that the invitation gives.',
    },
  ),
  'link.retired': told(
    'Этот идентификатор получателя больше не действует',
    'This id of the recipient is no longer in use',
    {
      ru: 'Узнайте у контрагента его идентификатор и отправьте документ туда.',
      en: 'Ask the counterparty for its id and send the document there.',
    },
  ),
  'link.overdue': told(
    'Связь с контрагентом не установлена в срок',
    'The link with the counterparty was not established in time',
    {
      ru: 'Договоритесь с контрагентом о связи и отправьте документ снова.',
      en: 'Agree on the link with the counterparty and send the document again.',
    },
  ),
  'link.needs-version': told(
    'Документ нужно сформировать и подписать заново: в нём указан прежний идентификатор получателя',
    'The document must be re-formed and signed again: it holds the former id of the recipient',
    {
      ru: 'Впишите новый идентификатор в перечисленные места, подпишите заново и отправьте с `replaces`.',
      en: 'Put the new id where the list of places says, sign again and send it with `replaces`.',
    },
  ),
  'link.version-overdue': told(
    'Новая версия сообщения не поступила в срок',
    'The new version of the message did not arrive in time',
    {
      ru: 'Отправьте документ снова, на новый идентификатор получателя.',
      en: 'Send the document again under the new id of the recipient.',
    },
  ),
  'home.replaces': told(
    'Заменять нечего: нет сообщения этого отправителя этому получателю, которое ждёт новой версии',
    'There is nothing to replace: no message from this sender to this recipient awaits a new version',
    {
      ru: 'Укажите возвращённое сообщение, его отправителя и новый идентификатор получателя, названный в нём.',
      en: 'Name the returned message, its sender, and the new id of the recipient that it asks for.',
    },
  ),
} as const
