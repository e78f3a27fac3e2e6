// Refusals of lists that people upload, of bulk jobs, and of applications to operators without autoroaming.

const inRequest = { fault: 'sender', class: 'permanent' } as const

/** A part of the table of refusals. */
export const bulkRefusals = {
  // a whole list
  'list.empty': {
    ...inRequest,
    ru: 'В списке нет строк',
    en: 'The list has no rows',
    advice: 'Send a list with one organisation in each row.',
  },
  'list.rows': {
    ...inRequest,
    ru: 'В списке больше строк, чем принимается',
    en: 'The list has more rows than are taken',
    advice: 'Cut the list into several and send each as a job of its own.',
  },
  'list.encoding': {
    ...inRequest,
    ru: 'Кодировка списка не распознана',
    en: 'The encoding of the list is not known',
    advice: 'Save the list as UTF-8, as windows-1251, or as XLSX.',
  },
  'list.broken': {
    ...inRequest,
    ru: 'Список не читается',
    en: 'The list cannot be read',
    advice: 'Save the list anew as CSV or XLSX.',
  },
  'list.unpacked': {
    ...inRequest,
    ru: 'Таблица слишком велика в распакованном виде',
    en: 'The workbook is too large when unpacked',
    advice: 'Leave one sheet with the columns ИНН, КПП, e-mail and name, without formats, and save it anew.',
  },
  'list.columns': {
    ...inRequest,
    ru: 'Столбец с ИНН не найден',
    en: 'There is no column of ИНН',
    advice: 'Name the column ИНН in the first row.',
  },
  // one row of a list
  'list.row-inn': {
    ...inRequest,
    ru: 'В строке нет ИНН',
    en: 'The row has no ИНН',
    advice: 'Write the ИНН, or delete the row.',
  },
  'list.row-doubled': {
    ...inRequest,
    ru: 'Организация уже есть в списке выше',
    en: 'The organisation stands in the list before',
    advice: 'Nothing has to be done: the first row counts.',
  },
  'list.row-formula': {
    ...inRequest,
    ru: 'В строке формула вместо значения',
    en: 'The row has a formula in the place of a value',
    advice: 'Replace formulas by their values (paste as values) and send the list again.',
  },
  'list.row-cell': {
    ...inRequest,
    ru: 'Ячейка слишком длинная или с недопустимыми знаками',
    en: 'A cell is too long or has characters that are not allowed',
    advice: 'Shorten the cell.',
  },
  'list.row-email': {
    ...inRequest,
    ru: 'Адрес электронной почты записан неверно',
    en: 'The e-mail is not well-formed',
    advice: 'Correct the e-mail, or leave the cell empty.',
  },

  // bulk jobs
  'bulk.key-reused': {
    ...inRequest,
    ru: 'Этот ключ идемпотентности уже был у другого списка',
    en: 'This idempotency key was used for another list',
    advice: 'Give every list a key of its own; repeat a list with the very same content.',
  },
  'bulk.too-many': {
    ...inRequest,
    ru: 'Слишком много заданий или строк в работе',
    en: 'There are too many jobs, or rows that wait',
    advice: 'Wait for the jobs under way, or cancel those that are not needed.',
  },
  'bulk.state': {
    ...inRequest,
    ru: 'Задание в таком состоянии, что это невозможно',
    en: 'The job is in a state in which this is not possible',
    advice: 'Look at the state of the job.',
  },
  'bulk.rows': {
    ...inRequest,
    ru: 'Эти строки задания пригласить нельзя',
    en: 'These rows of the job cannot be invited',
    advice: 'Name rows that are found and not invited yet; one that is not found needs an e-mail.',
  },
  'bulk.failed': {
    fault: 'hub',
    class: 'transient',
    ru: 'Строку не удалось обработать',
    en: 'The row could not be worked through',
    advice: 'See the log of the hub; invite the row again.',
  },

  // applications
  'application.state': {
    fault: 'configuration',
    class: 'permanent',
    ru: 'Заявка в таком состоянии, что это невозможно',
    en: 'The application is in a state in which this is not possible',
    advice: 'Look at the application: hub applications show.',
  },
  'application.rows': {
    fault: 'configuration',
    class: 'permanent',
    ru: 'Таких открытых строк в заявке нет',
    en: 'The application has no such open rows',
    advice: 'Name positions of rows that are open: hub applications show.',
  },
  'application.refused': {
    fault: 'next-operator',
    class: 'permanent',
    ru: 'Оператор контрагента отказал по заявке',
    en: "The counterparty's operator refused the application",
    advice: "Ask the counterparty's operator why.",
  },
  'application.no-autoroaming': {
    fault: 'configuration',
    class: 'configuration',
    ru: 'Оператор не принимает приглашений',
    en: 'The operator takes no invitations',
    advice: 'Turn invitations on in the policy of the peer that speaks for the operator, then convert again.',
  },
} as const
