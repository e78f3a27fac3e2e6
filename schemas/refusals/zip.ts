// Refusals of the ZIP of a package: a part of the table of refusals.

import { malformed } from './kinds.ts'

/** Rows `zip.*`. */
export const zipRefusals = {
  'zip.broken': {
    ...malformed,
    ru: 'ZIP повреждён',
    en: 'The ZIP is broken',
    advice: {
      ru: 'Сформируйте пакет заново.',
      en: 'Form the package again.',
    },
  },
  'zip.empty': {
    ...malformed,
    ru: 'Пустой архив',
    en: 'The ZIP is empty',
    advice: {
      ru: 'Положите в пакет сообщения или квитанции.',
      en: 'Put messages or receipts into the package.',
    },
  },
  'zip.crc': {
    ...malformed,
    ru: 'Контрольная сумма файла не совпала',
    en: 'The CRC of an entry does not match',
    advice: {
      ru: 'Сформируйте пакет заново.',
      en: 'Form the package again.',
    },
  },
  'zip.encrypted': {
    ...malformed,
    ru: 'Файл архива зашифрован',
    en: 'An entry is encrypted',
    advice: {
      ru: 'Не используйте шифрование ZIP.',
      en: 'Do not use the encryption of ZIP.',
    },
  },
  'zip.method': {
    ...malformed,
    ru: 'Метод сжатия не поддерживается',
    en: 'The compression method is not supported',
    advice: {
      ru: 'Используйте метод store или deflate.',
      en: 'Use store or deflate.',
    },
  },
  'zip.lying': {
    ...malformed,
    ru: 'Заголовки архива противоречат друг другу',
    en: 'The headers of the ZIP contradict each other',
    advice: {
      ru: 'Сформируйте пакет заново.',
      en: 'Form the package again.',
    },
  },
  'zip.bomb': {
    ...malformed,
    ru: 'Архив разворачивается сверх пределов',
    en: 'The ZIP unpacks beyond the limits',
    advice: {
      ru: 'Отправляйте пакеты меньшего объёма.',
      en: 'Send smaller packages.',
    },
  },
  'zip.too-many': {
    ...malformed,
    ru: 'Слишком много файлов в архиве',
    en: 'The ZIP has too many entries',
    advice: {
      ru: 'Отправляйте пакеты с меньшим числом файлов.',
      en: 'Send smaller packages.',
    },
  },
  'zip.name': {
    ...malformed,
    ru: 'Недопустимое имя в архиве',
    en: 'A name in the ZIP is not allowed',
    advice: {
      ru: 'Используйте только имена из протокола обмена.',
      en: 'Use only the names of the exchange protocol.',
    },
  },
  'zip.duplicate': {
    ...malformed,
    ru: 'Имя в архиве повторяется',
    en: 'A name stands twice in the ZIP',
    advice: {
      ru: 'Сформируйте пакет заново.',
      en: 'Form the package again.',
    },
  },
  'zip.link': {
    ...malformed,
    ru: 'В архиве ссылка или особый файл',
    en: 'The ZIP holds a link or a special file',
    advice: {
      ru: 'Кладите в архив только обычные файлы.',
      en: 'Send plain files only.',
    },
  },
  'zip.unsupported': {
    ...malformed,
    ru: 'Вид архива не поддерживается',
    en: 'This kind of ZIP is not supported',
    advice: {
      ru: 'Используйте обычный однотомный ZIP меньше 4 ГиБ.',
      en: 'Use a plain single-volume ZIP below 4 GiB.',
    },
  },
} as const
