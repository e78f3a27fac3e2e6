// Refusals of a message on its way through the hub: a part of the table of refusals.

import { asked, ofSettings } from './kinds.ts'

/** Rows `route.*`, `message.*`, told by a processing receipt. */
export const routeRefusals = {
  'route.unknown-operator': {
    ...asked,
    ru: 'Оператор получателя не известен',
    en: 'The code of the recipient belongs to no known operator',
    advice: {
      ru: 'Проверьте идентификатор получателя.',
      en: "Check the recipient's id.",
    },
  },
  'route.no-peer': {
    ...ofSettings,
    ru: 'С оператором получателя нет обмена',
    en: "There is no exchange with the recipient's operator",
    advice: {
      ru: 'Узнайте у оператора хаба, какие операторы подключены.',
      en: 'Ask the hub which operators are connected.',
    },
  },
  'route.loop': {
    ...asked,
    ru: 'Сообщение возвращается туда, откуда пришло',
    en: 'The message would go back where it came from',
    advice: {
      ru: 'Проверьте идентификатор получателя.',
      en: "Check the recipient's id.",
    },
  },
  'route.capability': {
    fault: 'next-operator',
    class: 'permanent',
    ru: 'Оператор получателя не поддерживает такие сообщения',
    en: "The recipient's operator does not take this kind of message",
    advice: {
      ru: 'Передайте документ другим способом, согласованным с оператором.',
      en: 'Use another way agreed with the operator.',
    },
  },
  'message.differs': {
    ...asked,
    ru: 'Под этим идентификатором уже передано другое сообщение',
    en: 'Another message was already sent under this id',
    advice: {
      ru: 'Дайте сообщению собственный ИдЛС.',
      en: 'Give the message an id of its own.',
    },
  },
  'message.parent-refused': {
    ...asked,
    ru: 'Отказано в документе, к которому относится сообщение',
    en: 'The document this message refers to was refused',
    advice: {
      ru: 'Сначала отправьте родительский документ.',
      en: 'Send the parent document first.',
    },
  },
  'message.parent-unknown': {
    ...asked,
    ru: 'Документ, к которому относится сообщение, не известен',
    en: 'The document this message refers to is not known',
    advice: {
      ru: 'Сначала отправьте родительский документ.',
      en: 'Send the parent document first.',
    },
  },
  'message.refused-by-person': {
    fault: 'hub',
    class: 'permanent',
    ru: 'Отказано дежурным инженером',
    en: 'Refused by an engineer on duty',
    advice: {
      ru: 'Прочитайте текст отказа.',
      en: 'See the text of the refusal.',
    },
  },
} as const
