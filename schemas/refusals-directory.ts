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
} as const
