// Refusals of invitations and of what is chosen behind claim links: rows of the table of refusals.

const asked = { fault: 'sender', class: 'permanent' } as const

/** Rows `invite.*` and `claim.*`. */
export const inviteRefusals = {
  'invite.key-reused': {
    ...asked,
    ru: 'С этим ключом идемпотентности уже создано другое приглашение',
    en: 'Another invitation was made under this idempotency key',
    advice: {
      ru: 'Давайте каждому приглашению свой ключ; под тем же ключом повторяйте только тот же запрос.',
      en: 'Give every invitation a key of its own; repeat it only with the same request.',
    },
  },
  'invite.sender-unknown': {
    ...asked,
    ru: 'Неизвестны ИНН или наименование отправителя, а без них приглашение не оформить',
    en: 'The ИНН or the name of the sender is not known, and an invitation needs both',
    advice: {
      ru: 'Укажите inn и name отправителя; хаб запомнит их на следующий раз.',
      en: 'Give inn and name of the sender; they are remembered for the next time.',
    },
  },
  'invite.own': {
    ...asked,
    ru: 'Абонент приглашает сам себя',
    en: 'A subscriber invites itself',
    advice: {
      ru: 'Укажите идентификатор контрагента.',
      en: 'Give the id of the counterparty.',
    },
  },
  'invite.text': {
    ...asked,
    ru: 'Текст слишком длинный или содержит недопустимые символы',
    en: 'A text is too long or contains characters that are not allowed',
    advice: {
      ru:
        'Пишите наименования в одну строку; в сообщениях допустимы переносы строк, но не другие ' +
        'управляющие символы.',
      en: 'Names are one line; messages hold line breaks, but no other control characters.',
    },
  },
  'invite.email': {
    ...asked,
    ru: 'Адрес электронной почты записан неверно',
    en: 'The form of the e-mail address is wrong',
    advice: {
      ru: 'Укажите один адрес вида name@host, без имени получателя.',
      en: 'Give one plain address, name@host, without a display name.',
    },
  },
  'invite.open': {
    ...asked,
    ru: 'Этот абонент уже пригласил этого контрагента; ответа ещё нет',
    en: 'This subscriber has already invited this counterparty; there is no answer yet',
    advice: {
      ru: 'Дождитесь ответа, повторите письмо или отзовите названное здесь приглашение.',
      en: 'Wait for the answer, resend the letter, or withdraw the invitation named here.',
    },
  },
  'invite.retired': {
    ...asked,
    ru: 'Абонента с таким идентификатором уже нет или ещё нет',
    en: 'There is no subscriber with this id any more, or not yet',
    advice: {
      ru: 'Пригласите названный здесь идентификатор или дождитесь ответа по ссылке из письма.',
      en: 'Invite the id named here, or wait until the claim link was used.',
    },
  },
  'invite.attachment': {
    ...asked,
    ru: 'К приглашению можно приложить один документ с одной подписью',
    en: 'An invitation takes one document with one signature',
    advice: {
      ru:
        'Пригласите с одним документом или без документов, а остальные отправьте сообщениями ' +
        'контрагенту, названному в ответе: они подождут и уйдут, когда появится связь.',
      en:
        'Invite with one document or with none, then send the others as messages to the counterparty ' +
        'named in the answer: they wait and follow once the link opens.',
    },
  },
  'invite.not-open': {
    ...asked,
    ru: 'Приглашение уже завершено, или в его состоянии это действие невозможно',
    en: 'The invitation has ended, or its state does not allow this',
    advice: {
      ru: 'Посмотрите состояние приглашения; если оно завершено, создайте новое.',
      en: 'Look at the state of the invitation; make a new one if it has ended.',
    },
  },
  'invite.no-letter': {
    ...asked,
    ru: 'В приглашении не указана электронная почта: отправлять повторно нечего',
    en: 'The invitation has no e-mail: there is no letter to send again',
    advice: {
      ru: 'Отзовите приглашение и создайте новое, с электронной почтой.',
      en: 'Withdraw the invitation and make one with an e-mail.',
    },
  },
  'invite.resend-too-soon': {
    fault: 'sender',
    class: 'transient',
    ru: 'Письмо отправлено совсем недавно, или писем уже слишком много',
    en: 'A letter was sent not long ago, or there were too many letters',
    advice: {
      ru: 'Дождитесь указанного здесь времени. Ссылки из прежних писем действуют.',
      en: 'Wait until the time named here. The links of earlier letters are still good.',
    },
  },
  'claim.unknown': {
    ...asked,
    ru: 'Ссылка неверна или больше не действует',
    en: 'The link is wrong or was taken back',
    advice: {
      ru: 'Откройте ссылку из последнего письма целиком или попросите у отправителя новую.',
      en: 'Open the link of the last letter as it stands there, or ask its sender for a new one.',
    },
  },
  'claim.expired': {
    ...asked,
    ru: 'Срок действия ссылки или приглашения истёк',
    en: 'The link or the invitation has expired',
    advice: {
      ru: 'Попросите пригласившую организацию повторить письмо.',
      en: 'Ask the organisation that invited you to send the letter again.',
    },
  },
  'claim.used': {
    ...asked,
    ru: 'На это приглашение уже ответили',
    en: 'This invitation has already been answered',
    advice: {
      ru: 'Спросите коллег или пригласившую организацию, какой дан ответ.',
      en: 'Ask your colleagues, or the organisation that invited you, what the answer was.',
    },
  },
  'claim.text': {
    ...asked,
    ru: 'Наименование, КПП или контакт указаны неверно',
    en: 'The name, the КПП or the contact is not well-formed',
    advice: {
      ru: 'Укажите каждое значение одной строкой без управляющих символов; наименование и контакт обязательны.',
      en: 'Each is one line without control characters; name and contact are needed.',
    },
  },
  'claim.id': {
    ...asked,
    ru: 'Идентификатор участника ЭДО записан неверно',
    en: 'The id of the EDI participant is not well-formed',
    advice: {
      ru: 'Скопируйте идентификатор у своего оператора: 4–46 знаков — латинские буквы, цифры, @, точка и дефис.',
      en: 'Copy it from your operator: 4 to 46 Latin letters, digits and @ . - signs.',
    },
  },
  'claim.operator': {
    ...asked,
    ru: 'Оператор с таким кодом неизвестен, или обмен с ним сейчас невозможен',
    en: 'The operator with this code is not known, or no exchange with it is possible now',
    advice: {
      ru: 'Проверьте первые три символа; если они верны, выберите другой способ или повторите попытку позже.',
      en: 'Check the first three characters; if they are right, choose another way or try later.',
    },
  },
  'claim.home-id': {
    ...asked,
    ru: 'Это идентификатор абонента нашего оператора',
    en: 'This is the id of a subscriber of our own operator',
    advice: {
      ru: 'Выберите подключение к нашему оператору или введите идентификатор у другого оператора.',
      en: 'Choose to become our subscriber, or enter an id at another operator.',
    },
  },
  'claim.own': {
    ...asked,
    ru: 'Это идентификатор приглашающего',
    en: 'This is the id of the inviter itself',
    advice: {
      ru: 'Введите идентификатор своей организации.',
      en: 'Enter the id of your own organisation.',
    },
  },
  'claim.not-in-directory': {
    ...asked,
    ru: 'Такого идентификатора нет в справочнике участников ЭДО',
    en: 'The directory of EDI participants does not have this id',
    advice: {
      ru: 'Скопируйте идентификатор у своего оператора; новый может появиться там только на следующий день.',
      en: 'Copy the id from your operator; a new one may appear there only the next day.',
    },
  },
} as const
