// Refusals of the admin plane: a part of the table of refusals.

import { asked, ofHub } from './kinds.ts'

/** Rows `admin.*`. */
export const adminRefusals = {
  'admin.unauthorised': {
    ...asked,
    ru: 'Нет доступа',
    en: 'The token is missing or wrong',
    advice: {
      ru: 'Передайте токен плоскости управления.',
      en: 'Give the admin token.',
    },
  },
  'admin.invalid': {
    ...asked,
    ru: 'Недопустимый запрос',
    en: 'The request is not valid',
    advice: {
      ru: 'Исправьте значение, названное в ответе.',
      en: 'Correct the value named in the answer.',
    },
  },
  'admin.not-found': {
    ...asked,
    ru: 'Не найдено',
    en: 'There is no such thing',
    advice: {
      ru: 'Проверьте идентификатор.',
      en: 'Check the id.',
    },
  },
  'admin.not-now': {
    ...asked,
    ru: 'В этом состоянии невозможно',
    en: 'Not possible in this state',
    advice: {
      ru: 'Посмотрите состояние сообщения.',
      en: 'See the state of the message.',
    },
  },
  'admin.too-large': {
    ...asked,
    ru: 'Слишком большой запрос',
    en: 'The request is too large',
    advice: {
      ru: 'Разделите запрос на несколько.',
      en: 'Split it.',
    },
  },
  'admin.busy': {
    ...ofHub,
    ru: 'Хаб сейчас не может ответить',
    en: 'The hub cannot answer now',
    advice: {
      ru: 'Повторите запрос чуть позже; посмотрите /health/ready.',
      en: 'Ask again in a moment; see /health/ready.',
    },
  },
  'admin.failed': {
    ...ofHub,
    ru: 'Внутренняя ошибка хаба',
    en: 'The hub failed',
    advice: {
      ru: 'Посмотрите журнал работы хаба за это время.',
      en: 'See the log of the hub at this time.',
    },
  },
} as const
