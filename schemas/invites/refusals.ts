// Refusals of invitations and of what is chosen behind claim links: rows of the table of refusals.

const asked = { fault: 'sender', class: 'permanent' } as const

/** Rows `invite.*` and `claim.*`. */
export const inviteRefusals = {
  'invite.key-reused': {
    ...asked,
    ru: 'Под этим ключом уже сделано другое приглашение',
    en: 'Another invitation was made under this key',
    advice: 'Give every invitation a key of its own; repeat it only with the same request.',
  },
  'invite.sender-unknown': {
    ...asked,
    ru: 'Об отправителе неизвестны ИНН или название, а без них приглашение не оформить',
    en: 'The ИНН or the name of the sender is not known, and an invitation needs both',
    advice: 'Give inn and name of the sender; they are remembered for the next time.',
  },
  'invite.own': {
    ...asked,
    ru: 'Абонент приглашает сам себя',
    en: 'A subscriber invites itself',
    advice: 'Give the id of the counterparty.',
  },
  'invite.text': {
    ...asked,
    ru: 'Текст слишком длинный или содержит недопустимые знаки',
    en: 'A text is too long or holds characters that are not allowed',
    advice: 'Names are one line; messages hold line breaks, but no other control characters.',
  },
  'invite.email': {
    ...asked,
    ru: 'Адрес электронной почты записан неверно',
    en: 'The e-mail address has a wrong form',
    advice: 'Give one plain address, name@host, without a display name.',
  },
  'invite.open': {
    ...asked,
    ru: 'Этот абонент уже пригласил этого контрагента, ответа ещё нет',
    en: 'This subscriber invited this counterparty already and there is no answer yet',
    advice: 'Wait for the answer, resend the letter, or withdraw the invitation named here.',
  },
  'invite.retired': {
    ...asked,
    ru: 'Под этим идентификатором абонента больше нет или ещё нет',
    en: 'There is no subscriber under this id any more, or not yet',
    advice: 'Invite the id named here, or wait until the claim link was used.',
  },
  'invite.attachment': {
    ...asked,
    ru: 'К приглашению можно приложить один документ с одной подписью',
    en: 'An invitation takes one document with one signature',
    advice:
      'Invite with one document or with none, then send the others as messages to the counterparty named in the ' +
      'answer: they wait and follow once the link opens.',
  },
  'invite.not-open': {
    ...asked,
    ru: 'Приглашение уже завершено, или сейчас с ним этого сделать нельзя',
    en: 'The invitation has ended, or its state does not allow this',
    advice: 'Look at the state of the invitation; make a new one if it has ended.',
  },
  'invite.no-letter': {
    ...asked,
    ru: 'У приглашения нет электронной почты: повторять нечего',
    en: 'The invitation has no e-mail: there is no letter to send again',
    advice: 'Withdraw the invitation and make one with an e-mail.',
  },
  'invite.resend-too-soon': {
    fault: 'sender',
    class: 'transient',
    ru: 'Письмо отправлено недавно, или писем уже слишком много',
    en: 'A letter was sent not long ago, or there were too many letters',
    advice: 'Wait until the time named here. The links of earlier letters are still good.',
  },
  'claim.unknown': {
    ...asked,
    ru: 'Ссылка неверна или отозвана',
    en: 'The link is wrong or was taken back',
    advice: 'Open the link of the last letter as it stands there, or ask its sender for a new one.',
  },
  'claim.expired': {
    ...asked,
    ru: 'Срок ссылки или приглашения истёк',
    en: 'The time of the link or of the invitation is over',
    advice: 'Ask the organisation that invited you to send the letter again.',
  },
  'claim.used': {
    ...asked,
    ru: 'По этому приглашению выбор уже сделан',
    en: 'Somebody has already chosen for this invitation',
    advice: 'Ask your colleagues, or the organisation that invited you, what was chosen.',
  },
  'claim.text': {
    ...asked,
    ru: 'Название, КПП или контакт записаны неверно',
    en: 'The name, the КПП or the contact has a wrong form',
    advice: 'Each is one line without control characters; name and contact are needed.',
  },
  'claim.id': {
    ...asked,
    ru: 'Идентификатор участника ЭДО записан неверно',
    en: 'The id of the participant has a wrong form',
    advice: 'Copy it from your operator: 4 to 46 Latin letters, digits and @ . - signs.',
  },
  'claim.operator': {
    ...asked,
    ru: 'Оператор этого идентификатора неизвестен, или обмена с ним сейчас нет',
    en: 'The operator of this id is not known, or there is no exchange with it now',
    advice: 'Check the first three characters; if they are right, choose another way or try later.',
  },
  'claim.home-id': {
    ...asked,
    ru: 'Это идентификатор нашего собственного оператора',
    en: 'This is an id of our own operator',
    advice: 'Choose to become our subscriber, or enter an id at another operator.',
  },
  'claim.own': {
    ...asked,
    ru: 'Это идентификатор того, кто приглашает',
    en: 'This is the id of the inviter itself',
    advice: 'Enter the id of your own organisation.',
  },
  'claim.not-in-directory': {
    ...asked,
    ru: 'В справочнике участников такого идентификатора нет',
    en: 'The directory of participants does not know this id',
    advice: 'Copy the id from your operator; a new one may appear there only the next day.',
  },
} as const
