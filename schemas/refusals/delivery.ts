// Refusals by the next operator, and reasons to hold a message: a part of the table of refusals.

import { ofHub, ofSettings } from './kinds.ts'

/** `next.error` is told by a processing receipt; the others are reasons to hold, never told by themselves. */
export const deliveryRefusals = {
  'next.error': {
    fault: 'next-operator',
    class: 'permanent',
    ru: 'Оператор получателя сообщил об ошибке',
    en: "The recipient's operator reported an error",
    advice: {
      ru: 'Прочитайте текст ошибки.',
      en: 'See the text of the error.',
    },
  },
  'deliver.rejected': {
    fault: 'hub',
    class: 'permanent',
    ru: 'Следующий оператор не принял наш пакет',
    en: 'The next operator rejected our package',
    advice: {
      ru: 'Сравните сохранённый пакет с ответом оператора, затем отпустите сообщение или откажите в нём.',
      en: 'Compare the stored package with its answer, then release or refuse.',
    },
  },
  'deliver.exhausted': {
    fault: 'next-operator',
    class: 'transient',
    ru: 'Попытки доставки исчерпаны',
    en: 'All attempts of delivery failed',
    advice: {
      ru: 'Свяжитесь с оператором, затем отпустите сообщение.',
      en: 'Talk to the operator, then release.',
    },
  },
  'deliver.ambiguous': {
    fault: 'next-operator',
    class: 'transient',
    ru: 'Неизвестно, дошёл ли пакет',
    en: 'It is not known whether the package arrived',
    advice: {
      ru: 'Узнайте у оператора, получен ли пакет, затем отпустите сообщение или откажите в нём.',
      en: 'Ask the operator whether it has the package, then release or refuse.',
    },
  },
  'deliver.address': {
    ...ofSettings,
    ru: 'Адрес оператора недопустим',
    en: "The operator's address is not allowed",
    advice: {
      ru: 'Исправьте адрес узла.',
      en: 'Correct the address of the peer.',
    },
  },
  'receipt.overdue': {
    fault: 'next-operator',
    class: 'transient',
    ru: 'Нет технологической квитанции в срок',
    en: 'No processing receipt in time',
    advice: {
      ru: 'Обратитесь к оператору, затем отпустите сообщение или откажите в нём.',
      en: 'Ask the operator, then release or refuse.',
    },
  },
  'parent.overdue': {
    fault: 'sender',
    class: 'transient',
    ru: 'Родительский документ не дождались',
    en: 'The parent document did not arrive in time',
    advice: {
      ru: 'Отпустите сообщение без родительского документа или откажите в нём.',
      en: 'Release to send it anyway, or refuse.',
    },
  },
  'hub.faulted': {
    ...ofHub,
    ru: 'Хаб не смог обработать сообщение: одна и та же ошибка повторяется',
    en: 'The hub failed at the message again and again',
    advice: {
      ru: 'Найдите ошибку в журнале работы, устраните причину, затем отпустите сообщение или откажите в нём.',
      en: 'Look for the fault in the log, mend its cause, then release the message, or refuse it.',
    },
  },
} as const
