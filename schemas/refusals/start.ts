// Refusals to start, told to the person who started the hub: a part of the table of refusals.

import { ofHub, ofSettings } from './kinds.ts'

/** Rows `start.*`. */
export const startRefusals = {
  'start.data-folder': {
    ...ofSettings,
    ru: 'Папку данных нельзя создать или в неё нельзя писать',
    en: 'The data folder cannot be made or written to',
    advice: 'Correct data.folder or the rights on the folder named here.',
  },
  'start.blobs-not-ours': {
    ...ofSettings,
    ru: 'Папка данных не та, с которой работала эта база: пакетов в ней нет',
    en: 'The data folder is not the one of this database: its packages are elsewhere',
    advice: 'Correct data.folder, mount its volume, or restore the folder; nodes of one database share it.',
  },
  'start.file': {
    ...ofSettings,
    ru: 'Файл или папку из настройки нельзя прочитать или использовать',
    en: 'A file or folder named by a setting cannot be read or used',
    advice: 'Correct the setting named here, or the file and the rights on it.',
  },
  'start.address': {
    ...ofSettings,
    ru: 'Порт занят, или на этом адресе нельзя принимать соединения',
    en: 'The port is taken, or this address cannot be listened on',
    advice: 'Stop what uses the port, or correct the settings named here.',
  },
  'start.database': {
    ...ofSettings,
    ru: 'База данных недоступна или не подходит',
    en: 'The database cannot be reached, entered or used',
    advice: 'Correct database.url, or the server, role and database it names.',
  },
  'start.database-platform': {
    ...ofSettings,
    ru: 'Для этой системы нет встроенного PostgreSQL',
    en: 'There is no embedded PostgreSQL for this machine',
    advice: 'Give the URL of a PostgreSQL 15 or later in the settings.',
  },
  'start.database-place': {
    ...ofSettings,
    ru: 'Негде разместить встроенную базу данных',
    en: 'The embedded database has no usable folder',
    advice: 'Correct the folder named here, or give the URL of a PostgreSQL.',
  },
  'start.database-in-use': {
    ...ofSettings,
    ru: 'С этой папкой данных уже работает другой хаб',
    en: 'Another hub works on this data folder',
    advice: 'Stop it first, or start this one with another data folder.',
  },
  'start.database-not-ours': {
    ...ofSettings,
    ru: 'База данных в папке принадлежит не нам',
    en: 'The database in the folder does not belong to us',
    advice: 'Start the hub as the user who made it, or use another data folder.',
  },
  'start.database-version': {
    ...ofSettings,
    ru: 'База данных создана другой версией PostgreSQL',
    en: 'The database was made by another version of PostgreSQL',
    advice: 'Use the version that made it to move the contents.',
  },
  'start.database-setting': {
    ...ofSettings,
    ru: 'Недопустимая настройка базы данных',
    en: 'A setting of the database is not allowed',
    advice: 'Leave the setting out.',
  },
  'start.database-failed': {
    ...ofHub,
    ru: 'Встроенная база данных не запустилась',
    en: 'The embedded database did not start',
    advice: 'See the log of the server named here.',
  },
} as const

/** Rows `journal.*`. */
export const journalRefusals = {
  'journal.moved': {
    ...ofSettings,
    ru: 'База перенесена: номера транзакций меньше опечатанных',
    en: 'The database was moved: its transaction ids are behind the sealed ones',
    advice:
      'Raise the transaction counter of the server with pg_resetwal above the id named here, then start again.',
  },
} as const
