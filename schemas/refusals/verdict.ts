// Refusals of signatures of documents and of powers of attorney: a part of the table of refusals.

import { asked } from './kinds.ts'

/** Rows `attorney.*`: what stands in a power of attorney. */
export const attorneyRefusals = {
  'attorney.other-format': {
    ...asked,
    ru: 'Доверенность не в единой форме EMCHD_1',
    en: 'The power of attorney is not in EMCHD_1',
    advice: {
      ru: 'Передайте доверенность в единой форме: другие проверить нельзя.',
      en: 'Send it in the unified form; others cannot be validated.',
    },
  },
  'attorney.invalid': {
    ...asked,
    ru: 'Доверенность не соответствует единой форме EMCHD_1',
    en: 'The power of attorney does not follow EMCHD_1',
    advice: {
      ru: 'Исправьте указанное место, подпишите доверенность заново и зарегистрируйте её.',
      en: 'Correct the place that is named, sign it again and register it.',
    },
  },
} as const

/** Rows `verdict.*`, told by a processing receipt. */
export const verdictRefusals = {
  'verdict.tampered': {
    ...asked,
    ru: 'Документ изменён после подписания или подпись не от него',
    en: 'The document was changed after it was signed, or the signature is not its own',
    advice: {
      ru: 'Отправьте документ в том виде, в котором он подписан, и его собственную подпись.',
      en: 'Send the document exactly as it was signed, with its own signature.',
    },
  },
  'verdict.unreadable': {
    ...asked,
    ru: 'Файл подписи документа не прочитан',
    en: 'The signature file of a document cannot be read',
    advice: {
      ru: 'Отправьте подпись как CMS SignedData (CAdES-BES) в DER, PEM или base64.',
      en: 'Send the signature as CMS SignedData (CAdES-BES) in DER, PEM or base64.',
    },
  },
  'verdict.not-in-force': {
    ...asked,
    ru: 'Сертификат подписанта отозван или вне срока действия',
    en: "The signer's certificate is revoked or out of its period",
    advice: {
      ru: 'Подпишите документ заново действующим сертификатом.',
      en: 'Sign the document anew with a certificate in force.',
    },
  },
  'verdict.untrusted': {
    ...asked,
    ru: 'Нет пригодной цепочки сертификатов до аккредитованного удостоверяющего центра',
    en: 'There is no sound chain of certificates to an accredited authority',
    advice: {
      ru: 'Подпишите сертификатом аккредитованного УЦ; приложите цепочку сертификатов.',
      en: 'Sign with a certificate of an accredited authority; send its chain along.',
    },
  },
  'verdict.attorney': {
    ...asked,
    ru: 'Нет действующей доверенности подписанта',
    en: 'There is no power of attorney of the signer in force',
    advice: {
      ru: 'Передайте с документом доверенность либо её номер и ИНН доверителя.',
      en: 'Send the power of attorney with the document, or its number and the ИНН of the principal.',
    },
  },
  'verdict.not-accepted': {
    ...asked,
    ru: 'Подпись документа не принимается по правилам обмена с этим партнёром',
    en: 'The signature is not accepted under the rules agreed with this partner',
    advice: {
      ru: 'Посмотрите протокол проверки; узнайте у оператора хаба правила вашего обмена.',
      en: 'See the protocol of checks; ask the hub about the rules of your exchange.',
    },
  },
} as const
