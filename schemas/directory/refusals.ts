// Refusals of ИНН and КПП and of the directory of subscribers: rows of the table of refusals.

/** Rows `inn.*`, `kpp.*`, `directory.*`. */
export const directoryRefusals = {
  'inn.form': {
    fault: 'sender',
    class: 'permanent',
    ru: 'ИНН записан неверно',
    en: 'The ИНН is not well-formed',
    advice: {
      ru: 'Укажите 10 цифр для организации или 12 для человека; первые две цифры не могут быть обе нулями.',
      en: 'Give 10 digits of an organisation or 12 of a person; not all of the first two are zeros.',
    },
  },
  'inn.check-digit': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Контрольное число ИНН не сходится',
    en: 'The check digit of the ИНН is wrong',
    advice: {
      ru: 'Найдите неверную цифру или переставленные цифры.',
      en: 'Look for a digit that is wrong or out of its place.',
    },
  },
  'kpp.form': {
    fault: 'sender',
    class: 'permanent',
    ru: 'КПП записан неверно',
    en: 'The КПП is not well-formed',
    advice: {
      ru: 'Укажите 9 символов: 4 цифры, 2 цифры или заглавные латинские буквы, 3 цифры.',
      en: 'Give 9 characters: 4 digits, 2 digits or capital Latin letters, 3 digits.',
    },
  },
  'kpp.of-a-person': {
    fault: 'sender',
    class: 'permanent',
    ru: 'У ИНН из 12 цифр не бывает КПП',
    en: 'There is no КПП beside an ИНН of 12 digits',
    advice: {
      ru: 'Не указывайте КПП: он есть только у организаций.',
      en: 'Leave the КПП out: only organisations have one.',
    },
  },

  'directory.inactive': {
    fault: 'sender',
    class: 'transient',
    ru: 'Приглашение ещё никто не принял: идентификатор пока не действует',
    en: 'Nobody has accepted the invitation yet: the id is not active',
    advice: {
      ru: 'Дождитесь, пока контрагент ответит на письмо.',
      en: 'Wait until the counterparty answers its letter.',
    },
  },
  'directory.retired': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Этот идентификатор больше не действует',
    en: 'This id is not in use any more',
    advice: {
      ru: 'Используйте идентификатор, который его заменил, если он назван.',
      en: 'Use the id it went to, where one is named.',
    },
  },
  'directory.name-short': {
    fault: 'sender',
    class: 'permanent',
    ru: 'По такому наименованию искать нельзя: оно слишком короткое',
    en: 'The name is too short to search by',
    advice: {
      ru: 'Укажите слово из наименования не короче трёх букв, а не только организационно-правовую форму.',
      en: 'Give a word of the name with at least three letters, not only the legal form.',
    },
  },
  'directory.not-set-up': {
    fault: 'configuration',
    class: 'configuration',
    ru: 'Справочник участников ЭДО не настроен',
    en: 'The directory of participants is not set up',
    advice: {
      ru: 'Задайте directory.participantsUrl.',
      en: 'Set directory.participantsUrl.',
    },
  },
  'directory.kpp-needed': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Для ИНН из 10 цифр нужно указать КПП',
    en: 'An ИНН of 10 digits needs its КПП',
    advice: {
      ru: 'Укажите КПП: без него справочник участников ЭДО организацию не находит.',
      en: 'Give the КПП: the directory of participants finds no organisation without it.',
    },
  },
  'directory.own-id': {
    fault: 'sender',
    class: 'permanent',
    ru: 'О собственных абонентах справочник участников ЭДО не запрашивается',
    en: 'The directory of participants is not asked about our own subscribers',
    advice: {
      ru: 'Ищите без справочника участников ЭДО.',
      en: 'Look it up without the directory of participants.',
    },
  },
  'directory.silent': {
    fault: 'configuration',
    class: 'transient',
    ru: 'Справочник участников ЭДО сейчас не отвечает',
    en: 'The directory of participants does not answer now',
    advice: {
      ru: 'Повторите запрос позже: есть ли такой участник, пока неизвестно.',
      en: 'Ask again later; nothing is said about whether there is such a participant.',
    },
  },
  'directory.not-allowed': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Участник скрыл свои данные',
    en: 'The participant has hidden its data',
    advice: {
      ru: 'Узнайте идентификатор у самого контрагента.',
      en: 'Ask the counterparty for its id.',
    },
  },
  'directory.row': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Не удалось прочитать строку',
    en: 'The row cannot be read',
    advice: {
      ru: 'Укажите id, а inn, kpp и name — если известны: по объекту JSON в строке или CSV с заголовком.',
      en: 'Give id, and inn, kpp, name where known: a JSON object a line, or CSV with a head.',
    },
  },
} as const
