// Refusals of ИНН and КПП and of the directory of subscribers: rows of the table of refusals.

/** Rows `inn.*`, `kpp.*`, `directory.*`. */
export const directoryRefusals = {
  'inn.form': {
    fault: 'sender',
    class: 'permanent',
    ru: 'ИНН записан неверно',
    en: 'The ИНН has a wrong form',
    advice: 'Give 10 digits of an organisation or 12 of a person; not all of the first two are zeros.',
  },
  'inn.check-digit': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Не сходится контрольная цифра ИНН',
    en: 'The check digit of the ИНН is wrong',
    advice: 'Look for a digit that is wrong or out of its place.',
  },
  'kpp.form': {
    fault: 'sender',
    class: 'permanent',
    ru: 'КПП записан неверно',
    en: 'The КПП has a wrong form',
    advice: 'Give 9 characters: 4 digits, 2 digits or capital Latin letters, 3 digits.',
  },
  'kpp.of-a-person': {
    fault: 'sender',
    class: 'permanent',
    ru: 'У ИНН из 12 цифр не бывает КПП',
    en: 'There is no КПП beside an ИНН of 12 digits',
    advice: 'Leave the КПП out: only organisations have one.',
  },

  'directory.inactive': {
    fault: 'sender',
    class: 'transient',
    ru: 'Приглашение ещё никто не принял: ящика пока нет',
    en: 'Nobody has claimed the invitation yet: there is no box',
    advice: 'Wait until the counterparty answers its letter.',
  },
  'directory.retired': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Этот идентификатор больше не действует',
    en: 'This id is not in use any more',
    advice: 'Use the id it went to, where one is named.',
  },
  'directory.name-short': {
    fault: 'sender',
    class: 'permanent',
    ru: 'По такому имени не найти',
    en: 'The name does not tell enough',
    advice: 'Give a word of the name with at least three letters, not only the legal form.',
  },
  'directory.not-set-up': {
    fault: 'configuration',
    class: 'configuration',
    ru: 'Справочник участников не настроен',
    en: 'The directory of participants is not set up',
    advice: 'Set directory.participantsUrl.',
  },
  'directory.kpp-needed': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Для ИНН из 10 цифр нужен КПП',
    en: 'An ИНН of 10 digits needs its КПП',
    advice: 'Give the КПП: the directory of participants finds no organisation without it.',
  },
  'directory.own-id': {
    fault: 'sender',
    class: 'permanent',
    ru: 'О своём абоненте справочник участников не спрашивают',
    en: 'The directory of participants is not asked about our own subscribers',
    advice: 'Look it up without the directory of participants.',
  },
  'directory.silent': {
    fault: 'configuration',
    class: 'transient',
    ru: 'Справочник участников сейчас не ответил',
    en: 'The directory of participants did not answer now',
    advice: 'Ask again later; nothing is said about whether there is such a participant.',
  },
  'directory.not-allowed': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Участник скрыл свои данные',
    en: 'The participant hid what it is known by',
    advice: 'Ask the counterparty for its id.',
  },
  'directory.row': {
    fault: 'sender',
    class: 'permanent',
    ru: 'Строка не прочитана',
    en: 'The row cannot be read',
    advice: 'Give id, and inn, kpp, name where known: a JSON object a line, or CSV with a head.',
  },
} as const
