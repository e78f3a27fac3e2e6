// Refusals of the trust list and of files to trust, told to the person on duty: a part of the table of refusals.

import { ofSettings } from './kinds.ts'

/** Rows `trust-list.*`, `trust-files.*`, and the document of `hub verify`. */
export const trustRefusals = {
  'trust-list.broken': {
    ...ofSettings,
    ru: 'Перечень аккредитованных УЦ не разобран',
    en: 'The list of accredited authorities cannot be read',
    advice: 'Take the list from its publisher again; the edition in force stays.',
  },
  'trust-list.unsigned': {
    ...ofSettings,
    ru: 'Перечень аккредитованных УЦ не подписан',
    en: 'The list of accredited authorities is not signed',
    advice: 'Take the list from its publisher again; the edition in force stays.',
  },
  'trust-list.signature': {
    ...ofSettings,
    ru: 'Подпись перечня аккредитованных УЦ неверна',
    en: 'The signature of the list of accredited authorities does not hold',
    advice: 'Treat the list as forged; the edition in force stays.',
  },
  'trust-list.signer': {
    ...ofSettings,
    ru: 'Перечень аккредитованных УЦ подписан не тем, кому доверяют',
    en: 'The list of accredited authorities is signed by somebody who is not accepted',
    advice: 'Compare the signer with the publisher, then add it to the accepted signers.',
  },
  'trust-list.older': {
    ...ofSettings,
    ru: 'Редакция перечня старее действующей',
    en: 'The edition of the list is older than the one in force',
    advice: 'Find out why the source gives an old edition; the edition in force stays.',
  },
  'trust-list.differs': {
    ...ofSettings,
    ru: 'Под номером действующей редакции перечня пришло другое содержимое',
    en: 'The edition in force came again with other content',
    advice: 'Compare both files with the publisher; the edition in force stays.',
  },
  'trust-list.future': {
    ...ofSettings,
    ru: 'Дата редакции перечня в будущем',
    en: 'The edition of the list is dated in the future',
    advice: 'Check the clock of the hub, then the source; the edition in force stays.',
  },
  'trust-list.shrunk': {
    ...ofSettings,
    ru: 'В новой редакции перечня пропало слишком много',
    en: 'The new edition of the list lost too much of the one in force',
    advice: 'Compare both editions with the publisher, then install the new one by hand.',
  },
  'trust-files.unreadable': {
    ...ofSettings,
    ru: 'Файл или папку нельзя прочитать',
    en: 'The file or folder cannot be read',
    advice: 'Correct the path or the rights on what is named here.',
  },
  'trust-files.broken': {
    ...ofSettings,
    ru: 'Содержимое файла не разобрано',
    en: 'The content of the file cannot be read',
    advice: 'Replace or remove the file named here.',
  },
  'trust-files.limits': {
    ...ofSettings,
    ru: 'Файлов слишком много, или они слишком велики',
    en: 'There are too many files, or they are too large',
    advice: 'Remove what is not needed from what is named here.',
  },
  'verify.document': {
    ...ofSettings,
    ru: 'Документ больше, чем читается',
    en: 'The document is larger than is read',
    advice: 'Give the document itself: a pipe without an end has none.',
  },
  'trust-files.empty': {
    ...ofSettings,
    ru: 'Нет ни одного подходящего файла',
    en: 'There is no file to read',
    advice: 'Put certificates (.crt, .cer, .pem, .der) or lists (.crl, .pem) there.',
  },
} as const
