// Refusals to start, told to the person who started the hub: a part of the table of refusals.

import { ofHub, ofSettings } from './kinds.ts'

/** Rows `start.*`. */
export const startRefusals = {
  'start.data-folder': {
    ...ofSettings,
    ru: 'Папку данных нельзя создать или в неё нельзя писать',
    en: 'The data folder cannot be made or written to',
    advice: {
      ru: 'Исправьте data.folder или права на названную здесь папку.',
      en: 'Correct data.folder or the rights on the folder named here.',
    },
  },
  'start.blobs-not-ours': {
    ...ofSettings,
    ru: 'Папка данных не та, с которой работала эта база: пакетов в ней нет',
    en: 'The data folder is not the one of this database: its packages are elsewhere',
    advice: {
      ru: 'Исправьте data.folder, подключите её том или восстановите папку; у нод одной базы она общая.',
      en: 'Correct data.folder, mount its volume, or restore the folder; nodes of one database share it.',
    },
  },
  'start.file': {
    ...ofSettings,
    ru: 'Файл или папку из настройки нельзя прочитать или использовать',
    en: 'A file or folder named by a setting cannot be read or used',
    advice: {
      ru: 'Исправьте названную здесь настройку либо сам файл и права на него.',
      en: 'Correct the setting named here, or the file and the rights on it.',
    },
  },
  'start.address': {
    ...ofSettings,
    ru: 'Порт занят, или на этом адресе нельзя принимать соединения',
    en: 'The port is taken, or this address cannot be listened on',
    advice: {
      ru: 'Остановите то, что занимает порт, или исправьте названные здесь настройки.',
      en: 'Stop what uses the port, or correct the settings named here.',
    },
  },
  'start.database': {
    ...ofSettings,
    ru: 'База данных недоступна или не подходит',
    en: 'The database cannot be reached, entered or used',
    advice: {
      ru: 'Исправьте database.url либо сервер, роль и базу данных, которые там указаны.',
      en: 'Correct database.url, or the server, role and database it names.',
    },
  },
  'start.database-platform': {
    ...ofSettings,
    ru: 'Для этой системы нет встроенного PostgreSQL',
    en: 'There is no embedded PostgreSQL for this machine',
    advice: {
      ru: 'Укажите в настройках адрес (URL) PostgreSQL 15 или новее.',
      en: 'Give the URL of a PostgreSQL 15 or later in the settings.',
    },
  },
  'start.database-place': {
    ...ofSettings,
    ru: 'Негде разместить встроенную базу данных',
    en: 'The embedded database has no usable folder',
    advice: {
      ru: 'Исправьте названную здесь папку или укажите адрес (URL) PostgreSQL.',
      en: 'Correct the folder named here, or give the URL of a PostgreSQL.',
    },
  },
  'start.database-in-use': {
    ...ofSettings,
    ru: 'С этой папкой данных уже работает другой хаб',
    en: 'Another hub works on this data folder',
    advice: {
      ru: 'Сначала остановите его или запустите этот хаб с другой папкой данных.',
      en: 'Stop it first, or start this one with another data folder.',
    },
  },
  'start.database-not-ours': {
    ...ofSettings,
    ru: 'База данных в папке принадлежит не нам',
    en: 'The database in the folder does not belong to us',
    advice: {
      ru: 'Запустите хаб от имени создавшего её пользователя или укажите другую папку данных.',
      en: 'Start the hub as the user who made it, or use another data folder.',
    },
  },
  'start.database-version': {
    ...ofSettings,
    ru: 'База данных создана другой версией PostgreSQL',
    en: 'The database was made by another version of PostgreSQL',
    advice: {
      ru: 'Перенесите содержимое с помощью той версии, которой создана база.',
      en: 'Use the version that made it to move the contents.',
    },
  },
  'start.database-setting': {
    ...ofSettings,
    ru: 'Недопустимая настройка базы данных',
    en: 'A setting of the database is not allowed',
    advice: {
      ru: 'Уберите эту настройку.',
      en: 'Leave the setting out.',
    },
  },
  'start.database-failed': {
    ...ofHub,
    ru: 'Встроенная база данных не запустилась',
    en: 'The embedded database did not start',
    advice: {
      ru: 'Посмотрите названный здесь журнал сервера.',
      en: 'See the log of the server named here.',
    },
  },
} as const

/** Rows `journal.*`. */
export const journalRefusals = {
  'journal.moved': {
    ...ofSettings,
    ru: 'База перенесена: номера транзакций меньше опечатанных',
    en: 'The database was moved: its transaction ids are behind the sealed ones',
    advice: {
      ru:
        'Поднимите счётчик транзакций сервера с помощью pg_resetwal выше названного здесь номера и ' +
        'запустите хаб снова.',
      en: 'Raise the transaction counter of the server with pg_resetwal above the id named here, then start again.',
    },
  },
} as const
