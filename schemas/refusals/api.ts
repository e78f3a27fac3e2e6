// Refusals of the internal API, told to services of the home operator: a part of the table of refusals.

import { asked, ofHub, ofSettings } from './kinds.ts'

/** Rows `api.*`. */
export const apiRefusals = {
  'api.unauthorised': {
    ...asked,
    ru: 'Нет доступа: ключ не дан или не известен',
    en: 'The API key is missing or not known',
    advice: {
      ru: 'Передайте Authorization: Bearer с ключом, созданным командой `hub keys create`.',
      en: 'Give Authorization: Bearer with a key made by `hub keys create`.',
    },
  },
  'api.key-expired': {
    ...asked,
    ru: 'Срок ключа истёк',
    en: 'The API key has expired',
    advice: {
      ru: 'Запросите новый ключ.',
      en: 'Ask for a new key.',
    },
  },
  'api.key-revoked': {
    ...asked,
    ru: 'Ключ отозван',
    en: 'The API key was revoked',
    advice: {
      ru: 'Запросите новый ключ.',
      en: 'Ask for a new key.',
    },
  },
  'api.scope': {
    ...asked,
    ru: 'Ключ не даёт этого права',
    en: 'The API key does not allow this',
    advice: {
      ru: 'Используйте ключ с правом, названным в ответе.',
      en: 'Use a key with the verb named in the answer.',
    },
  },
  'api.home-closed': {
    ...ofSettings,
    ru: 'Код ключа больше не обслуживается этим хабом',
    en: 'The home code of the key is not served by this hub any more',
    advice: {
      ru: 'Попросите оператора хаба добавить код в home.codes.',
      en: 'Ask the hub to add the code to home.codes.',
    },
  },
  'api.not-found': {
    ...asked,
    ru: 'Не найдено',
    en: 'There is no such thing',
    advice: {
      ru: 'Проверьте идентификатор и адрес.',
      en: 'Check the id and the address.',
    },
  },
  'api.invalid': {
    ...asked,
    ru: 'Недопустимый запрос',
    en: 'The request is not valid',
    advice: {
      ru: 'Исправьте значение, названное в ответе.',
      en: 'Correct the value named in the answer.',
    },
  },
  'api.cursor': {
    ...asked,
    ru: 'Курсор не от этого вопроса',
    en: 'The cursor is not of this question',
    advice: {
      ru: 'Передавайте курсор без изменений, с тем же ключом и теми же фильтрами, или начните заново без него.',
      en: 'Use a cursor as it was given, with the same key and filters; begin again without one.',
    },
  },
  'api.content-type': {
    ...asked,
    ru: 'Такой вид содержимого не принимается',
    en: 'This content type is not taken',
    advice: {
      ru: 'Отправьте application/json или multipart/form-data.',
      en: 'Send application/json or multipart/form-data.',
    },
  },
  'api.too-large': {
    ...asked,
    ru: 'Запрос больше допустимого',
    en: 'The request is larger than allowed',
    advice: {
      ru: 'Передавайте большое содержимое как multipart/form-data и меньшими частями на сообщение.',
      en: 'Send large contents as multipart/form-data, and fewer of them in one message.',
    },
  },
  'api.cut-short': {
    fault: 'sender',
    class: 'transient',
    ru: 'Передача оборвана',
    en: 'The request ended early',
    advice: {
      ru: 'Отправьте запрос повторно с тем же Idempotency-Key.',
      en: 'Send it again under the same Idempotency-Key.',
    },
  },
  'api.idempotency-key': {
    ...asked,
    ru: 'Нет ключа идемпотентности или он недопустим',
    en: 'The Idempotency-Key is missing or not allowed',
    advice: {
      ru: 'Передайте в заголовке Idempotency-Key от 1 до 100 печатных символов ASCII по своему выбору.',
      en: 'Give the header Idempotency-Key with 1 to 100 visible ASCII characters of your own.',
    },
  },
  'api.base64': {
    ...asked,
    ru: 'Содержимое не в base64',
    en: 'The content is not base64',
    advice: {
      ru: 'Закодируйте байты в base64 с дополнением (=) и без переносов строк.',
      en: 'Encode the bytes in base64 with padding, without line breaks.',
    },
  },
  'api.part': {
    ...asked,
    ru: 'Части multipart не соответствуют сообщению',
    en: 'The parts of the multipart body do not fit the message',
    advice: {
      ru: 'Передайте одну часть `message` (JSON) и по одной части на каждый названный в ней файл.',
      en: 'Send one part `message` (JSON) and one part for every file it names.',
    },
  },
  'api.digest': {
    ...asked,
    ru: 'SHA-256 не совпадает с содержимым',
    en: 'The SHA-256 given is not that of the content',
    advice: {
      ru: 'Передайте содержимое снова; выясните, что меняет его в пути.',
      en: 'Send the contents again; check what changes them on their way.',
    },
  },
  'api.sender': {
    ...asked,
    ru: 'Отправитель — не абонент кода этого ключа',
    en: 'The sender is no subscriber of the home code of this key',
    advice: {
      ru: 'Отправляйте за абонентов кода этого ключа.',
      en: 'Send for subscribers of the home code of the key.',
    },
  },
  'api.signature-missing': {
    ...asked,
    ru: 'Для такого документа нужна подпись',
    en: 'This type of document needs a signature',
    advice: {
      ru: 'Добавьте отсоединённую подпись документа.',
      en: 'Add a detached signature over the document.',
    },
  },
  'api.parent-missing': {
    ...asked,
    ru: 'Для такого документа нужно указать, к какому документу он относится',
    en: 'This type of document needs the document it answers',
    advice: {
      ru: 'Укажите этот документ в `parents`.',
      en: 'Name it in `parents`.',
    },
  },
  'api.duplicate-id': {
    ...asked,
    ru: 'Идентификатор повторяется',
    en: 'An id stands twice in the message',
    advice: {
      ru: 'Дайте каждому документу и каждой подписи свой идентификатор.',
      en: 'Give every document and signature an id of its own.',
    },
  },
  'api.busy': {
    ...ofHub,
    ru: 'Хаб сейчас не может ответить',
    en: 'The hub cannot answer now',
    advice: {
      ru: 'Отправьте то же самое повторно через время, указанное в Retry-After.',
      en: 'Send the same again after the time in Retry-After.',
    },
  },
  'api.failed': {
    ...ofHub,
    ru: 'Внутренняя ошибка хаба',
    en: 'The hub failed',
    advice: {
      ru: 'Отправьте то же с тем же Idempotency-Key; если повторится, сообщите оператору хаба время ошибки.',
      en: 'Send the same again under the same Idempotency-Key; tell the hub the time if it stays.',
    },
  },
} as const
