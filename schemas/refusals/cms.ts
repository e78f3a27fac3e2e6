// Refusals of the signed container of a package: a part of the table of refusals.

import { malformed } from './kinds.ts'

/** Rows `cms.*`. */
export const cmsRefusals = {
  'cms.not-cms': {
    ...malformed,
    ru: 'Содержимое не является CMS',
    en: 'The body is not a CMS',
    advice: 'Send CMS SignedData in DER.',
  },
  'cms.broken': {
    ...malformed,
    ru: 'CMS повреждён',
    en: 'The CMS is broken',
    advice: 'Form and sign the package again.',
  },
  'cms.not-signed': {
    ...malformed,
    ru: 'CMS без подписи',
    en: 'The CMS has no signer',
    advice: 'Sign the package.',
  },
  'cms.signers-many': {
    ...malformed,
    ru: 'В CMS больше одной подписи',
    en: 'The CMS has more than one signer',
    advice: 'Sign the package once, by the operator.',
  },
  'cms.detached': {
    ...malformed,
    ru: 'CMS без содержимого',
    en: 'The CMS holds no content',
    advice: 'Sign with the content attached.',
  },
  'cms.certificate-missing': {
    ...malformed,
    ru: 'Сертификат подписанта не найден',
    en: "The signer's certificate is not in the CMS",
    advice: 'Include the certificate of the signer.',
  },
  'cms.algorithm': {
    ...malformed,
    ru: 'Алгоритм подписи не поддерживается',
    en: 'The signature algorithm is not supported',
    advice: 'Sign with GOST R 34.10-2012 and Streebog.',
  },
  'cms.attributes': {
    ...malformed,
    ru: 'Нарушены подписанные атрибуты',
    en: 'The signed attributes are wrong',
    advice: 'Form the signature again (RFC 5652, section 11).',
  },
  'cms.digest': {
    ...malformed,
    ru: 'Хэш содержимого не совпал',
    en: 'The digest of the content does not match',
    advice: 'The package changed after signing: send the original.',
  },
  'cms.signature': {
    ...malformed,
    ru: 'Подпись пакета неверна',
    en: 'The signature of the package is wrong',
    advice: 'Sign the package again with the registered key.',
  },
  'cms.too-complex': {
    ...malformed,
    ru: 'CMS слишком сложен',
    en: 'The CMS is beyond the limits',
    advice: 'Send a simpler CMS.',
  },
} as const
