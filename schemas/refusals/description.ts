// Refusals of description.xml and receipts.xml: a part of the table of refusals.

import { malformed } from './kinds.ts'

/** Rows `description.*`, `receipts.*`. */
export const descriptionRefusals = {
  'description.attribute': {
    ...malformed,
    ru: 'Нет обязательного атрибута или значение недопустимо',
    en: 'A required attribute is missing or wrong',
    advice: {
      ru: 'Исправьте значение, названное в ответе.',
      en: 'Correct the value named in the answer.',
    },
  },
  'description.participant': {
    ...malformed,
    ru: 'Недопустимый идентификатор участника',
    en: 'A participant id has a wrong form',
    advice: {
      ru: 'Укажите идентификатор из 3–46 символов.',
      en: 'Use an id of 3 to 46 characters.',
    },
  },
  'description.id': {
    ...malformed,
    ru: 'Недопустимый идентификатор',
    en: 'An id has a wrong form',
    advice: {
      ru: 'Укажите 32 символа a-z и 0-9.',
      en: 'Use 32 characters of a-z and 0-9.',
    },
  },
  'description.duplicate-id': {
    ...malformed,
    ru: 'Идентификатор повторяется',
    en: 'An id stands twice',
    advice: {
      ru: 'Дайте каждому документу и каждой подписи свой идентификатор.',
      en: 'Give every document and signature its own id.',
    },
  },
  'description.body-missing': {
    ...malformed,
    ru: 'Нет файла документа',
    en: 'A file the description needs is missing',
    advice: {
      ru: 'Добавьте файл.',
      en: 'Add the file.',
    },
  },
  'description.body-unnamed': {
    ...malformed,
    ru: 'Файл не описан',
    en: 'A file is not named by the description',
    advice: {
      ru: 'Опишите файл или уберите его.',
      en: 'Describe or leave out the file.',
    },
  },
  'description.empty': {
    ...malformed,
    ru: 'Сообщение ничего не содержит',
    en: 'The message holds neither documents nor signatures',
    advice: {
      ru: 'Отправьте документ или подпись.',
      en: 'Send a document or a signature.',
    },
  },
  'receipts.invalid': {
    ...malformed,
    ru: 'Квитанция не разобрана',
    en: 'The receipts cannot be read',
    advice: {
      ru: 'Исправьте значение, названное в ответе.',
      en: 'Correct the value named in the answer.',
    },
  },
} as const
