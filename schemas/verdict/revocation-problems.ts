// Problems of revocation: why lists and answers at hand do not tell the status of a certificate (RFC 5280, 6.3; RFC 6960).

import type { ProblemRow } from './indications.ts'

const tryLater = (clause: string, ru: string, en: string) =>
  ({ main: 'INDETERMINATE', sub: 'TRY_LATER', clause, ru, en }) as const satisfies ProblemRow

/** By code `revocation.<what>`. */
export const revocationProblems = {
  'revocation.no-source': tryLater(
    'RFC 5280, 6.3; EN 319 102-1, 5.2.6',
    'Нет ни списка отзыва, ни ответа OCSP об этом сертификате',
    'There is neither a revocation list nor an OCSP answer on this certificate',
  ),
  'revocation.not-yet': tryLater(
    'RFC 5280, 5.1.2.4; RFC 6960, 4.2.2.1',
    'Список отзыва или ответ OCSP выпущен позже проверяемого времени',
    'The list or answer was issued after the time of the check',
  ),
  'revocation.out-of-date': tryLater(
    'RFC 5280, 5.1.2.5; RFC 6960, 4.2.2.1',
    'Список отзыва или ответ OCSP устарел',
    'The list or answer is out of date',
  ),
  'revocation.critical-extension': tryLater(
    'RFC 5280, 5.2 and 5.3',
    'В списке отзыва или ответе OCSP есть неизвестное критическое расширение',
    'The list or answer has an unknown critical extension',
  ),
  'revocation.broken-entry': tryLater(
    'RFC 5280, 5.3',
    'Запись списка отзыва повреждена',
    'The entry of the list is malformed',
  ),
  'revocation.scope': tryLater(
    'RFC 5280, 6.3.3 b',
    'Список отзыва не распространяется на этот сертификат',
    'The list does not cover this certificate',
  ),
  'revocation.reasons': tryLater(
    'RFC 5280, 6.3.3',
    'Списки отзыва охватывают не все причины отзыва',
    'The lists at hand do not cover all reasons of revocation',
  ),
  'revocation.no-base': tryLater(
    'RFC 5280, 5.2.4',
    'Есть только разностный список отзыва, полного списка к нему нет',
    'There is only a delta list without the complete one it adds to',
  ),
  'revocation.signer': tryLater(
    'RFC 5280, 6.3.3 f',
    'Издатель списка отзыва не вправе его подписывать или сам не проверен',
    'The signer of the list may not sign it, or is not valid itself',
  ),
  'revocation.signature': tryLater(
    'RFC 5280, 6.3.3 g',
    'Подпись списка отзыва или ответа OCSP неверна',
    'The signature of the list or answer is wrong',
  ),
  'revocation.other-certificate': tryLater(
    'RFC 6960, 3.2',
    'Ответ OCSP относится к другому сертификату',
    'The OCSP answer is about another certificate',
  ),
  'revocation.responder': tryLater(
    'RFC 6960, 4.2.2.2',
    'Служба OCSP не вправе отвечать за этого издателя',
    'The responder may not answer for this issuer',
  ),
  'revocation.not-known': tryLater(
    'RFC 6960, 2.2',
    'Служба OCSP не знает этого сертификата',
    'The responder does not know this certificate',
  ),
  'revocation.too-deep': tryLater(
    'RFC 5280, 6.3.3 f',
    'Проверка отзыва издателей списков слишком глубока или замкнута',
    'Checking the revocation of the signers of lists goes too deep or in a circle',
  ),
} as const satisfies Record<string, ProblemRow>
