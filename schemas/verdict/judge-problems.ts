// Problems that show only when the facts are put together: documents, time, accreditation, qualification, signer.

import type { ProblemRow } from './indications.ts'

/** By code `document.<what>`, `time.<what>`, `authority.<what>`, `qualified.<what>`, `signer.<what>`. */
export const judgeProblems = {
  'trust.not-configured': {
    main: 'INDETERMINATE',
    sub: 'GENERIC',
    clause: 'RULES 25',
    ru: 'У хаба не заданы ни перечень аккредитованных центров, ни доверенные сертификаты: цепочка не проверена',
    en: 'The hub was given neither a list of authorities nor anchors: the chain was not checked',
  },
  'document.absent': {
    main: 'INDETERMINATE',
    sub: 'SIGNED_DATA_NOT_FOUND',
    clause: 'RULES 16; EN 319 102-1, 5.1.3',
    ru: 'Подписанного документа нет в пакете и у хаба: подпись не с чем сверить',
    en: 'The signed document is neither in the package nor kept here: nothing to check the signature against',
  },
  'document.encrypted': {
    main: 'INDETERMINATE',
    sub: 'GENERIC',
    clause: 'RULES 16',
    ru: 'Документ зашифрован: подпись проверит получатель',
    en: 'The document is encrypted: the recipient can check the signature, the hub cannot',
  },
  'signature.absent': {
    main: 'TOTAL-FAILED',
    sub: 'FORMAT_FAILURE',
    clause: 'RULES 9',
    ru: 'Файл подписи не прочитан',
    en: 'The signature file cannot be read',
  },
  'time.revoked': {
    main: 'INDETERMINATE',
    sub: 'REVOKED_NO_POE',
    clause: 'RULES 25; EN 319 102-1, 5.2.6 and 5.5.4; 63-ФЗ, ст. 11',
    ru: 'Сертификат отозван раньше, чем доказано существование подписи',
    en: 'The certificate was revoked before the signature is proven to exist',
  },
  'time.authority-revoked': {
    main: 'INDETERMINATE',
    sub: 'REVOKED_CA_NO_POE',
    clause: 'RULES 25; EN 319 102-1, 5.2.6 and 5.5.4',
    ru: 'Сертификат удостоверяющего центра отозван раньше, чем доказано существование подписи',
    en: 'A certificate of an authority was revoked before the signature is proven to exist',
  },
  'time.revocation-unknown': {
    main: 'INDETERMINATE',
    sub: 'TRY_LATER',
    clause: 'RULES 25; EN 319 102-1, 5.2.6; RFC 5280, 6.3',
    ru: 'Отзыв сертификата не проверен: нет свежего списка или ответа удостоверяющего центра',
    en: 'Revocation was not checked: no fresh list or answer of the authority is at hand',
  },
  'time.order': {
    main: 'INDETERMINATE',
    sub: 'TIMESTAMP_ORDER_FAILURE',
    clause: 'EN 319 102-1, 5.5.4',
    ru: 'Метка времени новее получения документа',
    en: 'The time-stamp is later than our receipt of the document',
  },
  'timestamp.unusable': {
    main: 'INDETERMINATE',
    sub: 'NO_POE',
    clause: 'RFC 3161; EN 319 102-1, 5.4',
    ru: 'Метка времени есть, но доказательством не служит: учтено время получения',
    en: 'There is a time-stamp but it proves nothing: the time of our receipt was used',
  },
  'authority.not-listed': {
    main: 'INDETERMINATE',
    sub: 'NO_CERTIFICATE_CHAIN_FOUND',
    clause: '63-ФЗ, ст. 11 п. 1; EN 319 102-1, 5.2.6',
    ru: 'Удостоверяющий центр не был в перечне аккредитованных',
    en: 'The authority was not on the list of accredited ones',
  },
  'authority.not-accredited': {
    main: 'INDETERMINATE',
    sub: 'CHAIN_CONSTRAINTS_FAILURE',
    clause: '63-ФЗ, ст. 11 п. 1 and ст. 16',
    ru: 'На день выдачи сертификата аккредитация удостоверяющего центра не действовала',
    en: 'The accreditation of the authority was not in force when it issued the certificate',
  },
  'authority.ended': {
    main: 'INDETERMINATE',
    sub: 'CHAIN_CONSTRAINTS_FAILURE',
    clause: '63-ФЗ, ст. 11 п. 1 and ст. 14 п. 6',
    ru: 'Аккредитация удостоверяющего центра приостановлена или прекращена после выдачи сертификата',
    en: 'The accreditation of the authority was suspended or ended after it issued the certificate',
  },
  'qualified.policy': {
    main: 'INDETERMINATE',
    sub: 'CHAIN_CONSTRAINTS_FAILURE',
    clause: '63-ФЗ, ст. 5 п. 4; приказ ФСБ № 795',
    ru: 'В сертификате не указан класс средств ЭП (КС1–КА1): подпись не квалифицированная',
    en: 'The certificate names no class of signature tools (КС1 to КА1): the signature is not a qualified one',
  },
  'qualified.algorithm': {
    main: 'INDETERMINATE',
    sub: 'CHAIN_CONSTRAINTS_FAILURE',
    clause: '63-ФЗ, ст. 5 п. 4; ГОСТ Р 34.10-2012',
    ru: 'Подпись не по ГОСТ Р 34.10-2012: квалифицированной быть не может',
    en: 'Not a signature of GOST R 34.10-2012: it cannot be a qualified one',
  },
  'signer.other-organisation': {
    main: 'INDETERMINATE',
    sub: 'SIG_CONSTRAINTS_FAILURE',
    clause: 'domain rule: ИНН of the certificate and of the sender',
    ru: 'Сертификат выдан другой организации, не отправителю',
    en: 'The certificate belongs to another organisation than the sender',
  },
  'signer.sender-unknown': {
    main: 'INDETERMINATE',
    sub: 'GENERIC',
    clause: 'domain rule: ИНН of the certificate and of the sender',
    ru: 'ИНН отправителя неизвестен: подписант с ним не сверен',
    en: "The sender's ИНН is not known: the signer was not compared with it",
  },
} as const satisfies Record<string, ProblemRow>
