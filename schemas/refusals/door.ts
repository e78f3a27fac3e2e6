// Refusals of requests at the door, before a package is looked into: a part of the table of refusals.

import { malformed } from './kinds.ts'

/** Rows `door.*`. */
export const doorRefusals = {
  'door.method': {
    fault: 'sender',
    class: 'permanent',
    status: 405,
    ru: 'Пакеты принимаются только методом POST',
    en: 'Packages are accepted by POST only',
    advice: 'Send the package with POST.',
  },
  'door.path': {
    fault: 'sender',
    class: 'permanent',
    status: 404,
    ru: 'Адрес не найден',
    en: 'There is nothing at this address',
    advice: 'Use the address given to you at onboarding.',
  },
  'door.header-missing': {
    ...malformed,
    ru: 'Нет обязательного заголовка',
    en: 'A required header is missing',
    advice: 'Send Content-Disposition with the name of the package.',
  },
  'door.header-doubled': {
    ...malformed,
    ru: 'Заголовок повторён',
    en: 'A header is given more than once',
    advice: 'Send the header once.',
  },
  'door.header-invalid': {
    ...malformed,
    ru: 'Заголовок не разобран',
    en: 'A header cannot be read',
    advice: 'Correct the header named in the answer.',
  },
  'door.headers-too-large': {
    fault: 'sender',
    class: 'permanent',
    status: 431,
    ru: 'Слишком большие заголовки',
    en: 'The headers are too large',
    advice: 'Send fewer and shorter headers.',
  },
  'door.request-malformed': {
    ...malformed,
    ru: 'Запрос HTTP не разобран',
    en: 'The HTTP request cannot be read',
    advice: 'Send a well-formed HTTP/1.1 request.',
  },
  'door.name-invalid': {
    ...malformed,
    ru: 'Недопустимое имя пакета',
    en: 'The name of the package is not allowed',
    advice: 'Name it [a-z0-9_-]{1,100}.cms.',
  },
  'door.empty': {
    ...malformed,
    ru: 'Пустое тело запроса',
    en: 'The body is empty',
    advice: 'Send the signed package as the body.',
  },
  'door.too-large': {
    ...malformed,
    ru: 'Пакет больше допустимого',
    en: 'The package is larger than allowed',
    advice: 'Split the package.',
  },
  'door.too-slow': {
    fault: 'sender',
    class: 'transient',
    status: 408,
    ru: 'Тело запроса передаётся слишком медленно',
    en: 'The body arrives too slowly',
    advice: 'Send it again over a better line.',
  },
  'door.cut-short': {
    fault: 'sender',
    class: 'transient',
    status: 408,
    ru: 'Передача оборвана',
    en: 'The body ended early',
    advice: 'Send the same package again.',
  },
  'door.busy': {
    fault: 'hub',
    class: 'transient',
    status: 503,
    ru: 'Хаб перегружен',
    en: 'The hub is at its limits',
    advice: 'Send the same package again after the time in Retry-After.',
  },
  'door.failed': {
    fault: 'hub',
    class: 'transient',
    status: 500,
    ru: 'Внутренняя ошибка приёма',
    en: 'The hub could not take the package in',
    advice: 'Send the same package again.',
  },
  'door.stopping': {
    fault: 'hub',
    class: 'transient',
    status: 503,
    ru: 'Хаб останавливается',
    en: 'The hub is stopping',
    advice: 'Send the same package again.',
  },
  'door.name-reused': {
    ...malformed,
    ru: 'Под этим именем уже принят другой пакет',
    en: 'Another package was already received under this name',
    advice: 'Give every package a name of its own.',
  },
} as const
