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
    advice: {
      ru: 'Укажите адрес вида name@domain.',
      en: 'Give an address of the form name@domain.',
    },
  },
  'mail.refused': {
    ...notTaken,
    ru: 'Почтовый сервер окончательно отказал в доставке по этому адресу',
    en: 'The mail server refused delivery to this address for good',
    advice: {
      ru: 'Уточните адрес у контрагента; создайте новое приглашение с другим адресом.',
      en: 'Check the address with the counterparty; make a new invitation with another one.',
    },
  },
  'mail.expired': {
    ...notTaken,
    ru: 'Письмо не удалось доставить за отведённое время',
    en: 'The letter could not be delivered in the time allowed',
    advice: {
      ru: 'Посмотрите, почему не удались попытки (hub mail list); устраните причину и создайте новое приглашение.',
      en: 'Look at why the attempts failed (hub mail list); make a new invitation when it is mended.',
    },
  },
  'mail.later': {
    fault: 'next-operator',
    class: 'transient',
    ru: 'Почтовый сервер просит повторить попытку позже',
    en: 'The mail server asks to try again later',
    advice: {
      ru: 'Ничего делать не нужно: хаб повторит отправку письма.',
      en: 'Nothing needs to be done: the letter is tried again.',
    },
  },
  'mail.away': {
    fault: 'next-operator',
    class: 'transient',
    ru: 'Почтовый сервер недоступен или не ответил вовремя',
    en: 'The mail server cannot be reached or did not answer in time',
    advice: {
      ru: 'Проверьте mail.smtpHost, mail.smtpPort и сеть; хаб повторит отправку письма.',
      en: 'Check mail.smtpHost, mail.smtpPort and the network; the letter is tried again.',
    },
  },
  'mail.login': {
    ...ours,
    ru: 'Не удалось войти на почтовый сервер или защитить соединение',
    en: 'Logging in to the mail server or protecting the connection failed',
    advice: {
      ru: 'Проверьте mail.user, mail.password, mail.tls и mail.caFile; хаб повторит отправку писем.',
      en: 'Check mail.user, mail.password, mail.tls and mail.caFile; letters are tried again.',
    },
  },
  'mail.policy': {
    ...ours,
    ru: 'Почтовый сервер не принимает письма от хаба',
    en: 'The mail server takes no letters of the hub',
    advice: {
      ru: 'Разрешите на сервере отправку писем хаба и адрес mail.from; хаб повторит отправку.',
      en: 'Let the server relay for this hub and accept mail.from; letters are tried again.',
    },
  },
  'mail.network': {
    ...ours,
    ru: 'Подключение к такому адресу почтового сервера запрещено',
    en: 'Connecting to this address of the mail server is forbidden',
    advice: {
      ru: 'Проверьте, в какой адрес разрешается mail.smtpHost, или включите mail.allowPrivateAddresses.',
      en: 'Check what mail.smtpHost resolves to, or set mail.allowPrivateAddresses.',
    },
  },
  'mail.not-needed': {
    fault: 'hub',
    class: 'permanent',
    ru: 'Письмо больше не нужно: состояние приглашения изменилось',
    en: 'The letter is not needed any more: the invitation has moved on',
    advice: {
      ru: 'Ничего делать не нужно.',
      en: 'Nothing needs to be done.',
    },
  },
} as const

/** Why a letter did not go. */
export type LetterReason = keyof typeof mailRefusals
