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
    advice: {
      ru: 'Отправьте пакет методом POST.',
      en: 'Send the package with POST.',
    },
  },
  'door.path': {
    fault: 'sender',
    class: 'permanent',
    status: 404,
    ru: 'Адрес не найден',
    en: 'There is nothing at this address',
    advice: {
      ru: 'Используйте адрес, выданный при подключении.',
      en: 'Use the address given to you at onboarding.',
    },
  },
  'door.header-missing': {
    ...malformed,
    ru: 'Нет обязательного заголовка',
    en: 'A required header is missing',
    advice: {
      ru: 'Передайте заголовок Content-Disposition с именем пакета.',
      en: 'Send Content-Disposition with the name of the package.',
    },
  },
  'door.header-doubled': {
    ...malformed,
    ru: 'Заголовок повторён',
    en: 'A header is given more than once',
    advice: {
      ru: 'Передайте заголовок один раз.',
      en: 'Send the header once.',
    },
  },
  'door.header-invalid': {
    ...malformed,
    ru: 'Заголовок не разобран',
    en: 'A header cannot be read',
    advice: {
      ru: 'Исправьте заголовок, названный в ответе.',
      en: 'Correct the header named in the answer.',
    },
  },
  'door.headers-too-large': {
    fault: 'sender',
    class: 'permanent',
    status: 431,
    ru: 'Слишком большие заголовки',
    en: 'The headers are too large',
    advice: {
      ru: 'Передайте меньше заголовков или сократите их.',
      en: 'Send fewer and shorter headers.',
    },
  },
  'door.request-malformed': {
    ...malformed,
    ru: 'Запрос HTTP не разобран',
    en: 'The HTTP request cannot be read',
    advice: {
      ru: 'Отправьте правильный запрос HTTP/1.1.',
      en: 'Send a well-formed HTTP/1.1 request.',
    },
  },
  'door.name-invalid': {
    ...malformed,
    ru: 'Недопустимое имя пакета',
    en: 'The name of the package is not allowed',
    advice: {
      ru: 'Назовите пакет по образцу [a-z0-9_-]{1,100}.cms.',
      en: 'Name it [a-z0-9_-]{1,100}.cms.',
    },
  },
  'door.empty': {
    ...malformed,
    ru: 'Пустое тело запроса',
    en: 'The body is empty',
    advice: {
      ru: 'Передайте подписанный пакет в теле запроса.',
      en: 'Send the signed package as the body.',
    },
  },
  'door.too-large': {
    ...malformed,
    ru: 'Пакет больше допустимого',
    en: 'The package is larger than allowed',
    advice: {
      ru: 'Разделите пакет на несколько.',
      en: 'Split the package.',
    },
  },
  'door.too-slow': {
    fault: 'sender',
    class: 'transient',
    status: 408,
    ru: 'Тело запроса передаётся слишком медленно',
    en: 'The body arrives too slowly',
    advice: {
      ru: 'Отправьте пакет повторно по более быстрому каналу.',
      en: 'Send it again over a better line.',
    },
  },
  'door.cut-short': {
    fault: 'sender',
    class: 'transient',
    status: 408,
    ru: 'Передача оборвана',
    en: 'The body ended early',
    advice: {
      ru: 'Отправьте тот же пакет повторно.',
      en: 'Send the same package again.',
    },
  },
  'door.busy': {
    fault: 'hub',
    class: 'transient',
    status: 503,
    ru: 'Хаб перегружен',
    en: 'The hub is at its limits',
    advice: {
      ru: 'Отправьте тот же пакет повторно через время, указанное в Retry-After.',
      en: 'Send the same package again after the time in Retry-After.',
    },
  },
  'door.failed': {
    fault: 'hub',
    class: 'transient',
    status: 500,
    ru: 'Внутренняя ошибка приёма',
    en: 'The hub could not take the package in',
    advice: {
      ru: 'Отправьте тот же пакет повторно.',
      en: 'Send the same package again.',
    },
  },
  'door.stopping': {
    fault: 'hub',
    class: 'transient',
    status: 503,
    ru: 'Хаб останавливается',
    en: 'The hub is stopping',
    advice: {
      ru: 'Отправьте тот же пакет повторно.',
      en: 'Send the same package again.',
    },
  },
  'door.name-reused': {
    ...malformed,
    ru: 'Под этим именем уже принят другой пакет',
    en: 'Another package was already received under this name',
    advice: {
      ru: 'Давайте каждому пакету собственное имя.',
      en: 'Give every package a name of its own.',
    },
  },
} as const
