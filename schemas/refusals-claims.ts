// Refusals of claim links, as the page behind a link tells them. A part of the table of refusals.

const asked = { fault: 'sender', class: 'permanent' } as const

/** Rows `claim.*`. */
export const claimRefusals = {
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
