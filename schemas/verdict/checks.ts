// The checks of a signature in the order of the protocol: what each implements, and its name for people.

import type { SubIndication } from './indications.ts'
import { type ProblemCode, problemRow } from './problems.ts'

type CheckRow = { readonly clause: string; readonly ru: string; readonly en: string }

/** Checks by id, in order (EN 319 102-1, 5.2 and 5.5; 63-ФЗ). */
export const signatureChecks = {
  document: { clause: 'RULES 16', ru: 'Подписанный документ', en: 'The signed document' },
  format: { clause: 'EN 319 102-1, 5.2.2; RFC 5652', ru: 'Файл подписи', en: 'The signature file' },
  integrity: {
    clause: 'EN 319 102-1, 5.2.7; RFC 5652, 11.2',
    ru: 'Документ не изменён после подписания',
    en: 'The document is unchanged since it was signed',
  },
  cryptography: {
    clause: 'EN 319 102-1, 5.2.7; ГОСТ Р 34.10-2012',
    ru: 'Подпись сделана ключом из сертификата',
    en: "The signature was made with the certificate's key",
  },
  'signing-certificate': {
    clause: 'EN 319 102-1, 5.2.3; RFC 5035, 4',
    ru: 'Сертификат подписанта',
    en: "The signer's certificate",
  },
  attributes: {
    clause: 'EN 319 102-1, 5.2.8; RFC 5126',
    ru: 'Подписанные атрибуты',
    en: 'The signed attributes',
  },
  algorithms: {
    clause: 'EN 319 102-1, 5.2.8.4.2',
    ru: 'Стойкость алгоритмов',
    en: 'Strength of the algorithms',
  },
  timestamp: { clause: 'EN 319 102-1, 5.4; RFC 3161', ru: 'Метка времени', en: 'The time-stamp' },
  'other-timestamps': {
    clause: 'EN 319 122-1, 5.2 and 5.5',
    ru: 'Метки времени на документ и архивные',
    en: 'Content and archive time-stamps',
  },
  countersignatures: { clause: 'RFC 5652, 11.4', ru: 'Заверяющие подписи', en: 'Countersignatures' },
  chain: {
    clause: 'EN 319 102-1, 5.2.6; RFC 5280, 6.1',
    ru: 'Цепочка сертификатов до доверенного центра',
    en: 'The chain of certificates to a trusted authority',
  },
  validity: {
    clause: 'RULES 25; RFC 5280, 6.1.3 a 2',
    ru: 'Срок действия сертификатов',
    en: 'The certificates were in force',
  },
  revocation: {
    clause: 'RULES 25; RFC 5280, 6.3; RFC 6960',
    ru: 'Сертификаты не отозваны',
    en: 'No revocation',
  },
  authority: {
    clause: '63-ФЗ, ст. 11 п. 1 и ст. 16',
    ru: 'Аккредитация удостоверяющего центра',
    en: 'Accreditation of the authority',
  },
  qualification: {
    clause: '63-ФЗ, ст. 5 п. 4',
    ru: 'Признаки квалифицированной подписи',
    en: 'A qualified signature',
  },
  signer: {
    clause: 'domain 7.2',
    ru: 'Подписант действует за отправителя',
    en: 'The signer acts for the sender',
  },
} as const satisfies Record<string, CheckRow>

/** The name of a check. */
export type CheckId = keyof typeof signatureChecks

/** What is found and never judged has a line of its own, so that nobody takes it for checked with the rest. */
const byCode: Readonly<Partial<Record<ProblemCode, CheckId>>> = {
  'cms.countersignature': 'countersignatures',
  'timestamp.not-used': 'other-timestamps',
  'cms.key-inherited': 'cryptography',
}

const byPrefix: Readonly<Record<string, CheckId>> = {
  trust: 'chain',
  document: 'document',
  signature: 'format',
  timestamp: 'timestamp',
  revocation: 'revocation',
  authority: 'authority',
  qualified: 'qualification',
  signer: 'signer',
}

const byAnswer: Readonly<Partial<Record<SubIndication, CheckId>>> = {
  FORMAT_FAILURE: 'format',
  HASH_FAILURE: 'integrity',
  SIG_CRYPTO_FAILURE: 'cryptography',
  SIGNED_DATA_NOT_FOUND: 'document',
  NO_SIGNING_CERTIFICATE_FOUND: 'signing-certificate',
  SIG_CONSTRAINTS_FAILURE: 'attributes',
  CRYPTO_CONSTRAINTS_FAILURE: 'algorithms',
  TIMESTAMP_ORDER_FAILURE: 'timestamp',
  REVOKED_NO_POE: 'revocation',
  REVOKED_CA_NO_POE: 'revocation',
  REVOKED: 'revocation',
  TRY_LATER: 'revocation',
  EXPIRED: 'validity',
  NOT_YET_VALID: 'validity',
  OUT_OF_BOUNDS_NO_POE: 'validity',
  OUT_OF_BOUNDS_NOT_REVOKED: 'validity',
}

/** The check a problem belongs to: its own, or by the place it is about, else by the answer it leads to. */
export function checkOf(code: ProblemCode): CheckId {
  const [place = ''] = code.split('.')
  return (
    byCode[code] ??
    byPrefix[place] ??
    byAnswer[problemRow(code).sub] ??
    (place === 'path' ? 'chain' : 'attributes')
  )
}
