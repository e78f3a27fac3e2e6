// Refusals of who sends, and of changes of operators, peers and grants: a part of the table of refusals.

import { asked, ofSettings, unregistered } from './kinds.ts'

/** Rows `peer.*`, `grant.*`: who sends. */
export const peerRefusals = {
  'peer.unknown': {
    ...unregistered,
    ru: 'Сертификат отправителя не зарегистрирован',
    en: 'The signing certificate is registered for no peer',
    advice: {
      ru: 'Попросите оператора хаба зарегистрировать ваш сертификат.',
      en: 'Ask the hub to register your certificate.',
    },
  },
  'peer.inactive': {
    ...unregistered,
    ru: 'Обмен с отправителем не активен',
    en: 'The peer is not active',
    advice: {
      ru: 'Попросите оператора хаба включить обмен.',
      en: 'Ask the hub to activate the exchange.',
    },
  },
  'peer.suspended': {
    fault: 'configuration',
    class: 'transient',
    status: 503,
    ru: 'Обмен с отправителем временно приостановлен',
    en: 'The exchange with the peer is suspended for a while',
    advice: {
      ru: 'Сохраните пакет и отправьте его же позже.',
      en: 'Keep the package and send the same again later.',
    },
  },
  'peer.certificate-time': {
    ...unregistered,
    ru: 'Сертификат отправителя не действует в это время',
    en: 'The signing certificate is not valid at this time',
    advice: {
      ru: 'Зарегистрируйте и используйте действующий сертификат.',
      en: 'Register and use a valid certificate.',
    },
  },
  'grant.missing': {
    ...unregistered,
    ru: 'Нет права передавать от имени этого оператора',
    en: 'No grant to speak for the operator of the sender',
    advice: {
      ru: 'Попросите оператора хаба дать право или исправьте отправителя.',
      en: 'Ask the hub for a grant, or correct the sender.',
    },
  },
} as const

/** Rows `partner.*`: changes of operators, peers and grants. */
export const partnerRefusals = {
  'partner.invalid': {
    ...asked,
    ru: 'Строка справочника партнёров недопустима',
    en: 'A row of operators, peers or grants is not valid',
    advice: {
      ru: 'Исправьте значение, названное в ответе.',
      en: 'Correct the value named in the answer.',
    },
  },
  'partner.conflict': {
    fault: 'sender',
    class: 'configuration',
    ru: 'Строка противоречит другим строкам справочника',
    en: 'The row contradicts another row of operators, peers or grants',
    advice: {
      ru: 'Исправьте одну из двух строк.',
      en: 'Correct one of the two rows.',
    },
  },
  'partner.incomplete': {
    ...ofSettings,
    ru: 'Для обмена не хватает данных',
    en: 'The exchange cannot be active yet',
    advice: {
      ru: 'Добавьте недостающее, названное в ответе, затем включите обмен снова.',
      en: 'Add what the answer says is lacking, then activate again.',
    },
  },
} as const
