// Refusals of the trust list and of files to trust, told to the person on duty: a part of the table of refusals.

import { ofSettings } from './kinds.ts'

/** Rows `trust-list.*`, `trust-files.*`, and the document of `hub verify`. */
export const trustRefusals = {
  'trust-list.broken': {
    ...ofSettings,
    ru: 'Перечень аккредитованных УЦ не разобран',
    en: 'The list of accredited authorities cannot be read',
    advice: {
      ru: 'Получите перечень заново там, где его публикуют; действует прежняя редакция.',
      en: 'Take the list from its publisher again; the edition in force stays.',
    },
  },
  'trust-list.unsigned': {
    ...ofSettings,
    ru: 'Перечень аккредитованных УЦ не подписан',
    en: 'The list of accredited authorities is not signed',
    advice: {
      ru: 'Получите перечень заново там, где его публикуют; действует прежняя редакция.',
      en: 'Take the list from its publisher again; the edition in force stays.',
    },
  },
  'trust-list.signature': {
    ...ofSettings,
    ru: 'Подпись перечня аккредитованных УЦ неверна',
    en: 'The signature of the list of accredited authorities does not hold',
    advice: {
      ru: 'Считайте перечень поддельным; действует прежняя редакция.',
      en: 'Treat the list as forged; the edition in force stays.',
    },
  },
  'trust-list.signer': {
    ...ofSettings,
    ru: 'Перечень аккредитованных УЦ подписан не тем, кому доверяют',
    en: 'The list of accredited authorities is signed by somebody who is not accepted',
    advice: {
      ru: 'Сверьте подписанта с издателем, затем добавьте его к тем, кому доверяете.',
      en: 'Compare the signer with the publisher, then add it to the accepted signers.',
    },
  },
  'trust-list.older': {
    ...ofSettings,
    ru: 'Редакция перечня старее действующей',
    en: 'The edition of the list is older than the one in force',
    advice: {
      ru: 'Выясните, почему источник отдаёт старую редакцию; действует прежняя.',
      en: 'Find out why the source gives an old edition; the edition in force stays.',
    },
  },
  'trust-list.differs': {
    ...ofSettings,
    ru: 'Под номером действующей редакции перечня пришло другое содержимое',
    en: 'The edition in force came again with other content',
    advice: {
      ru: 'Сверьте оба файла с издателем; действует прежняя редакция.',
      en: 'Compare both files with the publisher; the edition in force stays.',
    },
  },
  'trust-list.future': {
    ...ofSettings,
    ru: 'Дата редакции перечня в будущем',
    en: 'The edition of the list is dated in the future',
    advice: {
      ru: 'Проверьте часы хаба, затем источник; действует прежняя редакция.',
      en: 'Check the clock of the hub, then the source; the edition in force stays.',
    },
  },
  'trust-list.shrunk': {
    ...ofSettings,
    ru: 'В новой редакции перечня пропало слишком много',
    en: 'The new edition of the list lost too much of the one in force',
    advice: {
      ru: 'Сверьте обе редакции с издателем, затем установите новую вручную.',
      en: 'Compare both editions with the publisher, then install the new one by hand.',
    },
  },
  'trust-files.unreadable': {
    ...ofSettings,
    ru: 'Файл или папку нельзя прочитать',
    en: 'The file or folder cannot be read',
    advice: {
      ru: 'Исправьте путь или права на названное здесь.',
      en: 'Correct the path or the rights on what is named here.',
    },
  },
  'trust-files.broken': {
    ...ofSettings,
    ru: 'Содержимое файла не разобрано',
    en: 'The content of the file cannot be read',
    advice: {
      ru: 'Замените или удалите названный здесь файл.',
      en: 'Replace or remove the file named here.',
    },
  },
  'trust-files.limits': {
    ...ofSettings,
    ru: 'Файлов слишком много, или они слишком велики',
    en: 'There are too many files, or they are too large',
    advice: {
      ru: 'Уберите лишнее из названного здесь.',
      en: 'Remove what is not needed from what is named here.',
    },
  },
  'verify.document': {
    ...ofSettings,
    ru: 'Документ больше, чем читается',
    en: 'The document is larger than is read',
    advice: {
      ru: 'Укажите сам документ, а не бесконечный поток.',
      en: 'Give the document itself: a pipe without an end has none.',
    },
  },
  'trust-files.empty': {
    ...ofSettings,
    ru: 'Нет ни одного подходящего файла',
    en: 'There is no file to read',
    advice: {
      ru: 'Положите туда сертификаты (.crt, .cer, .pem, .der) или списки отзыва (.crl, .pem).',
      en: 'Put certificates (.crt, .cer, .pem, .der) or lists (.crl, .pem) there.',
    },
  },
} as const
