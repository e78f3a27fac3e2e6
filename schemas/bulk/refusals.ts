// Refusals of lists that people upload, of bulk jobs, and of applications to operators without autoroaming.

const inRequest = { fault: 'sender', class: 'permanent' } as const

/** A part of the table of refusals. */
export const bulkRefusals = {
  // a whole list
  'list.empty': {
    ...inRequest,
    ru: 'В списке нет строк',
    en: 'The list has no rows',
    advice: {
      ru: 'Отправьте список, в котором на каждую организацию приходится одна строка.',
      en: 'Send a list with one organisation in each row.',
    },
  },
  'list.rows': {
    ...inRequest,
    ru: 'В списке слишком много строк',
    en: 'The list has too many rows',
    advice: {
      ru: 'Разделите список на несколько и отправьте каждый отдельным заданием.',
      en: 'Cut the list into several and send each as a job of its own.',
    },
  },
  'list.encoding': {
    ...inRequest,
    ru: 'Не удалось распознать кодировку списка',
    en: 'The encoding of the list was not recognised',
    advice: {
      ru: 'Сохраните список в UTF-8, windows-1251 или XLSX.',
      en: 'Save the list as UTF-8, as windows-1251, or as XLSX.',
    },
  },
  'list.broken': {
    ...inRequest,
    ru: 'Не удалось прочитать список',
    en: 'The list cannot be read',
    advice: {
      ru: 'Сохраните список заново в CSV или XLSX.',
      en: 'Save the list anew as CSV or XLSX.',
    },
  },
  'list.unpacked': {
    ...inRequest,
    ru: 'Таблица в распакованном виде слишком велика',
    en: 'The workbook is too large when unpacked',
    advice: {
      ru: 'Оставьте один лист со столбцами ИНН, КПП, e-mail и наименование, без оформления, и сохраните заново.',
      en: 'Leave one sheet with the columns ИНН, КПП, e-mail and name, without formats, and save it anew.',
    },
  },
  'list.columns': {
    ...inRequest,
    ru: 'Столбец с ИНН не найден',
    en: 'There is no ИНН column',
    advice: {
      ru: 'Назовите столбец ИНН в первой строке.',
      en: 'Name the column ИНН in the first row.',
    },
  },
  // one row of a list
  'list.row-inn': {
    ...inRequest,
    ru: 'В строке нет ИНН',
    en: 'The row has no ИНН',
    advice: {
      ru: 'Впишите ИНН или удалите строку.',
      en: 'Write the ИНН, or delete the row.',
    },
  },
  'list.row-doubled': {
    ...inRequest,
    ru: 'Эта организация уже есть в списке выше',
    en: 'This organisation is already in the list above',
    advice: {
      ru: 'Ничего делать не нужно: учитывается первая строка.',
      en: 'Nothing has to be done: the first row counts.',
    },
  },
  'list.row-formula': {
    ...inRequest,
    ru: 'В строке вместо значения стоит формула',
    en: 'The row has a formula instead of a value',
    advice: {
      ru: 'Замените формулы значениями (вставка только значений) и отправьте список снова.',
      en: 'Replace formulas by their values (paste as values) and send the list again.',
    },
  },
  'list.row-cell': {
    ...inRequest,
    ru: 'Текст в ячейке слишком длинный или содержит недопустимые символы',
    en: 'The text of a cell is too long or contains characters that are not allowed',
    advice: {
      ru: 'Сократите текст в ячейке и уберите недопустимые символы.',
      en: 'Shorten the text of the cell and take out characters that are not allowed.',
    },
  },
  'list.row-email': {
    ...inRequest,
    ru: 'Адрес электронной почты записан неверно',
    en: 'The e-mail address is not well-formed',
    advice: {
      ru: 'Исправьте адрес или оставьте ячейку пустой.',
      en: 'Correct the e-mail, or leave the cell empty.',
    },
  },

  // bulk jobs
  'bulk.key-reused': {
    ...inRequest,
    ru: 'С этим ключом идемпотентности уже принят другой список',
    en: 'This idempotency key was used for another list',
    advice: {
      ru: 'Давайте каждому списку свой ключ; под тем же ключом повторяйте только то же содержимое.',
      en: 'Give every list a key of its own; repeat a list with the very same content.',
    },
  },
  'bulk.too-many': {
    ...inRequest,
    ru: 'В работе слишком много заданий или строк',
    en: 'Too many jobs or rows are under way',
    advice: {
      ru: 'Дождитесь текущих заданий или отмените ненужные.',
      en: 'Wait for the jobs under way, or cancel those that are not needed.',
    },
  },
  'bulk.state': {
    ...inRequest,
    ru: 'В текущем состоянии задания это действие невозможно',
    en: 'The state of the job does not allow this',
    advice: {
      ru: 'Посмотрите состояние задания.',
      en: 'Look at the state of the job.',
    },
  },
  'bulk.rows': {
    ...inRequest,
    ru: 'По этим строкам задания пригласить нельзя',
    en: 'These rows of the job cannot be invited',
    advice: {
      ru: 'Укажите найденные и ещё не приглашённые строки; для ненайденной нужна электронная почта.',
      en: 'Name rows that are found and not invited yet; one that is not found needs an e-mail.',
    },
  },
  'bulk.failed': {
    fault: 'hub',
    class: 'transient',
    ru: 'Строку не удалось обработать',
    en: 'The row could not be processed',
    advice: {
      ru: 'Посмотрите журнал работы хаба; пригласите по этой строке снова.',
      en: 'See the log of the hub; invite the row again.',
    },
  },

  // applications
  'application.state': {
    fault: 'configuration',
    class: 'permanent',
    ru: 'В текущем состоянии заявки это действие невозможно',
    en: 'The state of the application does not allow this',
    advice: {
      ru: 'Посмотрите заявку: hub applications show.',
      en: 'Look at the application: hub applications show.',
    },
  },
  'application.rows': {
    fault: 'configuration',
    class: 'permanent',
    ru: 'В заявке нет таких открытых строк',
    en: 'The application has no such open rows',
    advice: {
      ru: 'Укажите номера открытых строк: hub applications show.',
      en: 'Name positions of rows that are open: hub applications show.',
    },
  },
  'application.refused': {
    fault: 'next-operator',
    class: 'permanent',
    ru: 'Оператор контрагента отклонил заявку',
    en: "The counterparty's operator refused the application",
    advice: {
      ru: 'Узнайте причину у оператора контрагента.',
      en: "Ask the counterparty's operator why.",
    },
  },
  'application.no-autoroaming': {
    fault: 'configuration',
    class: 'configuration',
    ru: 'Оператор не принимает приглашения',
    en: 'The operator does not accept invitations',
    advice: {
      ru: 'Включите приглашения в политике узла, который действует за оператора, затем повторите перевод заявки.',
      en: 'Turn invitations on in the policy of the peer that speaks for the operator, then convert again.',
    },
  },
} as const
