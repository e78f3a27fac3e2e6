// Refusals of the desk of the home operator: a part of the table of refusals.

import { asked } from './kinds.ts'

/** Rows `home.*` of messages submitted and answered. */
export const homeRefusals = {
  'home.sender': {
    ...asked,
    ru: 'Отправитель — не абонент этого кода',
    en: 'The sender is no subscriber of this home code',
    advice: {
      ru: 'Отправляйте за абонентов своего кода или используйте ключ другого кода.',
      en: 'Send for subscribers of your own home code, or use the key of the other one.',
    },
  },
  'home.key-reused': {
    ...asked,
    ru: 'Этот ключ идемпотентности уже был у другого сообщения',
    en: 'This idempotency key was used for another message',
    advice: {
      ru: 'Давайте каждому сообщению свой ключ; под тем же ключом повторяйте только то же содержимое.',
      en: 'Give every message a key of its own; repeat a message with the very same content.',
    },
  },
  'home.unknown-reference': {
    ...asked,
    ru: 'Нет документа, к которому относится сообщение',
    en: 'The document referred to is not known for this home code',
    advice: {
      ru: 'Исправьте идентификатор или разрешите неизвестные ссылки, если документ передан не через хаб.',
      en: 'Correct the id, or allow unknown references if the document was exchanged elsewhere.',
    },
  },
  'home.not-found': {
    ...asked,
    ru: 'Такого входящего сообщения нет',
    en: 'There is no such message in the inbox',
    advice: {
      ru: 'Возьмите идентификатор из входящих.',
      en: 'Take the id from the inbox.',
    },
  },
  'home.already-answered': {
    ...asked,
    ru: 'На сообщение уже дан окончательный ответ',
    en: 'The message has its final answer already',
    advice: {
      ru: 'Ничего делать не нужно: ответ изменить нельзя.',
      en: 'Nothing is to be done; an answer cannot be changed.',
    },
  },
} as const
