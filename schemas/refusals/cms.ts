// Refusals of the signed container of a package: a part of the table of refusals.

import { malformed } from './kinds.ts'

/** Rows `cms.*`. */
export const cmsRefusals = {
  'cms.not-cms': {
    ...malformed,
    ru: 'Содержимое не является CMS',
    en: 'The body is not a CMS',
    advice: {
      ru: 'Отправьте CMS SignedData в кодировке DER.',
      en: 'Send CMS SignedData in DER.',
    },
  },
  'cms.broken': {
    ...malformed,
    ru: 'CMS повреждён',
    en: 'The CMS is broken',
    advice: {
      ru: 'Сформируйте и подпишите пакет заново.',
      en: 'Form and sign the package again.',
    },
  },
  'cms.not-signed': {
    ...malformed,
    ru: 'CMS без подписи',
    en: 'The CMS has no signer',
    advice: {
      ru: 'Подпишите пакет.',
      en: 'Sign the package.',
    },
  },
  'cms.signers-many': {
    ...malformed,
    ru: 'В CMS больше одной подписи',
    en: 'The CMS has more than one signer',
    advice: {
      ru: 'Подпишите пакет один раз, подписью оператора.',
      en: 'Sign the package once, by the operator.',
    },
  },
  'cms.detached': {
    ...malformed,
    ru: 'CMS без содержимого',
    en: 'The CMS holds no content',
    advice: {
      ru: 'Подпишите пакет присоединённой подписью, с содержимым внутри.',
      en: 'Sign with the content attached.',
    },
  },
  'cms.certificate-missing': {
    ...malformed,
    ru: 'Сертификат подписанта не найден',
    en: "The signer's certificate is not in the CMS",
    advice: {
      ru: 'Включите в CMS сертификат подписанта.',
      en: 'Include the certificate of the signer.',
    },
  },
  'cms.algorithm': {
    ...malformed,
    ru: 'Алгоритм подписи не поддерживается',
    en: 'The signature algorithm is not supported',
    advice: {
      ru: 'Подпишите по ГОСТ Р 34.10-2012 с хэшем «Стрибог».',
      en: 'Sign with GOST R 34.10-2012 and Streebog.',
    },
  },
  'cms.attributes': {
    ...malformed,
    ru: 'Нарушены подписанные атрибуты',
    en: 'The signed attributes are wrong',
    advice: {
      ru: 'Сформируйте подпись заново (RFC 5652, раздел 11).',
      en: 'Form the signature again (RFC 5652, section 11).',
    },
  },
  'cms.digest': {
    ...malformed,
    ru: 'Хэш содержимого не совпал',
    en: 'The digest of the content does not match',
    advice: {
      ru: 'Пакет изменён после подписания: отправьте исходный.',
      en: 'The package changed after signing: send the original.',
    },
  },
  'cms.signature': {
    ...malformed,
    ru: 'Подпись пакета неверна',
    en: 'The signature of the package is wrong',
    advice: {
      ru: 'Подпишите пакет заново зарегистрированным ключом.',
      en: 'Sign the package again with the registered key.',
    },
  },
  'cms.too-complex': {
    ...malformed,
    ru: 'CMS слишком сложен',
    en: 'The CMS is beyond the limits',
    advice: {
      ru: 'Упростите CMS.',
      en: 'Send a simpler CMS.',
    },
  },
} as const
