// Refusals of the admin plane: a part of the table of refusals.

import { asked, ofHub } from './kinds.ts'

/** Rows `admin.*`. */
export const adminRefusals = {
  'admin.unauthorised': {
    ...asked,
    ru: 'Нет доступа',
    en: 'The token is missing or wrong',
    advice: 'Give the admin token.',
  },
  'admin.invalid': {
    ...asked,
    ru: 'Недопустимый запрос',
    en: 'The request is not valid',
    advice: 'Correct the value named in the answer.',
  },
  'admin.not-found': {
    ...asked,
    ru: 'Не найдено',
    en: 'There is no such thing',
    advice: 'Check the id.',
  },
  'admin.not-now': {
    ...asked,
    ru: 'В этом состоянии невозможно',
    en: 'Not possible in this state',
    advice: 'See the state of the message.',
  },
  'admin.too-large': {
    ...asked,
    ru: 'Слишком большой запрос',
    en: 'The request is too large',
    advice: 'Split it.',
  },
  'admin.busy': {
    ...ofHub,
    ru: 'Хаб сейчас не может ответить',
    en: 'The hub cannot answer now',
    advice: 'Ask again in a moment; see /health/ready.',
  },
  'admin.failed': {
    ...ofHub,
    ru: 'Внутренняя ошибка хаба',
    en: 'The hub failed',
    advice: 'See the log of the hub at this time.',
  },
} as const
