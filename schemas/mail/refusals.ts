// Refusals of letters: why one was put off, bounced or dropped. A part of the table of refusals.

const notTaken = { fault: 'next-operator', class: 'permanent' } as const
const ours = { fault: 'configuration', class: 'configuration' } as const

/** Rows `mail.*`; the reasons that stand with letters. */
export const mailRefusals = {
  'mail.address': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Адрес электронной почты записан неверно',
    en: 'The form of the e-mail address is wrong',
    advice: 'Give an address of the form name@domain.',
  },
  'mail.refused': {
    ...notTaken,
    ru: 'Почтовый сервер окончательно отказал в доставке по этому адресу',
    en: 'The mail server refused delivery to this address for good',
    advice: 'Check the address with the counterparty; make a new invitation with another one.',
  },
  'mail.expired': {
    ...notTaken,
    ru: 'Письмо не удалось доставить за отведённое время',
    en: 'The letter could not be delivered in the time allowed',
    advice: 'Look at why the attempts failed (hub mail list); make a new invitation when it is mended.',
  },
  'mail.later': {
    fault: 'next-operator',
    class: 'transient',
    ru: 'Почтовый сервер просит повторить попытку позже',
    en: 'The mail server asks to try again later',
    advice: 'Nothing needs to be done: the letter is tried again.',
  },
  'mail.away': {
    fault: 'next-operator',
    class: 'transient',
    ru: 'Почтовый сервер недоступен или не ответил вовремя',
    en: 'The mail server cannot be reached or did not answer in time',
    advice: 'Check mail.smtpHost, mail.smtpPort and the network; the letter is tried again.',
  },
  'mail.login': {
    ...ours,
    ru: 'Не удалось войти на почтовый сервер или защитить соединение',
    en: 'Logging in to the mail server or protecting the connection failed',
    advice: 'Check mail.user, mail.password, mail.tls and mail.caFile; letters are tried again.',
  },
  'mail.policy': {
    ...ours,
    ru: 'Почтовый сервер не принимает письма от хаба',
    en: 'The mail server takes no letters of the hub',
    advice: 'Let the server relay for this hub and accept mail.from; letters are tried again.',
  },
  'mail.network': {
    ...ours,
    ru: 'Подключение к такому адресу почтового сервера запрещено',
    en: 'Connecting to this address of the mail server is forbidden',
    advice: 'Check what mail.smtpHost resolves to, or set mail.allowPrivateAddresses.',
  },
  'mail.not-needed': {
    fault: 'hub',
    class: 'permanent',
    ru: 'Письмо больше не нужно: состояние приглашения изменилось',
    en: 'The letter is not needed any more: the invitation has moved on',
    advice: 'Nothing needs to be done.',
  },
} as const

/** Why a letter did not go. */
export type LetterReason = keyof typeof mailRefusals
