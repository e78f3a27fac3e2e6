// Refusals of the structure of a package and of its XML: a part of the table of refusals.

import { malformed } from './kinds.ts'

/** Rows `package.*`, `xml.*`. */
export const packageRefusals = {
  'package.root-files': {
    ...malformed,
    ru: 'Лишние файлы в корне архива',
    en: 'Files in the root of the ZIP',
    advice: {
      ru: 'В корне архива оставьте только receipts.xml.',
      en: 'Only receipts.xml may stand in the root.',
    },
  },
  'package.mixed': {
    ...malformed,
    ru: 'Квитанции вместе с сообщениями',
    en: 'Receipts together with messages',
    advice: {
      ru: 'Отправьте квитанции отдельным пакетом.',
      en: 'Send receipts in a package of their own.',
    },
  },
  'package.nested': {
    ...malformed,
    ru: 'Вложенная папка в сообщении',
    en: 'A folder inside a message',
    advice: {
      ru: 'Положите файлы прямо в папку сообщения.',
      en: 'Put the files directly into the folder of the message.',
    },
  },
  'package.folder-name': {
    ...malformed,
    ru: 'Недопустимое имя папки сообщения',
    en: 'The name of a message folder is not allowed',
    advice: {
      ru: 'Назовите папку по ИдЛС, 32 символа.',
      en: 'Name it by the 32-character id of the message.',
    },
  },
  'package.file-name': {
    ...malformed,
    ru: 'Недопустимое имя файла сообщения',
    en: 'The name of a file of a message is not allowed',
    advice: {
      ru: 'Назовите файл `<id>.bin`, `<id>.p7s` или description.xml.',
      en: 'Name it `<id>.bin`, `<id>.p7s` or description.xml.',
    },
  },
  'package.no-description': {
    ...malformed,
    ru: 'В сообщении нет description.xml',
    en: 'A message has no description.xml',
    advice: {
      ru: 'Добавьте description.xml.',
      en: 'Add description.xml.',
    },
  },
  'package.too-many-messages': {
    ...malformed,
    ru: 'Слишком много сообщений в пакете',
    en: 'Too many messages in the package',
    advice: {
      ru: 'Разделите пакет на несколько.',
      en: 'Split the package.',
    },
  },
  'package.signature-large': {
    ...malformed,
    ru: 'Файл подписи больше допустимого',
    en: 'A signature file is larger than allowed',
    advice: {
      ru: 'Отправьте отсоединённую подпись, без содержимого внутри.',
      en: 'Send the signature without attached content.',
    },
  },
  'xml.encoding': {
    ...malformed,
    ru: 'XML не в кодировке UTF-8',
    en: 'The XML is not in UTF-8',
    advice: {
      ru: 'Запишите XML в UTF-8.',
      en: 'Write the XML in UTF-8.',
    },
  },
  'xml.doctype': {
    ...malformed,
    ru: 'DOCTYPE запрещён',
    en: 'DOCTYPE is not allowed',
    advice: {
      ru: 'Уберите DOCTYPE.',
      en: 'Leave the DOCTYPE out.',
    },
  },
  'xml.broken': {
    ...malformed,
    ru: 'XML не разобран',
    en: 'The XML is not well-formed',
    advice: {
      ru: 'Исправьте XML.',
      en: 'Correct the XML.',
    },
  },
  'xml.limits': {
    ...malformed,
    ru: 'XML превышает пределы',
    en: 'The XML is beyond the limits',
    advice: {
      ru: 'Сократите XML.',
      en: 'Send a smaller XML.',
    },
  },
  'xml.root': {
    ...malformed,
    ru: 'Неизвестный корневой элемент',
    en: 'The root element or namespace is not known',
    advice: {
      ru: 'Используйте пространство имён протокола обмена.',
      en: 'Use the namespace of the exchange protocol.',
    },
  },
} as const
