// ИНН and КПП as people type them: their forms and the check digits of an ИНН.

import { type Refusal, refuse } from './refusals.ts'

const organisationWeights = [2, 4, 10, 3, 5, 9, 4, 6, 8]
const eleventhWeights = [7, ...organisationWeights]
const twelfthWeights = [3, ...eleventhWeights]

/**
 * Checks an ИНН at data entry: 10 digits of an organisation or 12 of a person, the first two not both zero, and the check
 * digits. In transit an ИНН is never checked: numbers of test identities fail. Refusals: inn.form, inn.check-digit;
 * neither repeats the number, for that of a person is personal data.
 */
export function innRefusal(inn: string): Refusal | undefined {
  if (!/^(?:\d[1-9]|[1-9]\d)(?:\d{8}|\d{10})$/.test(inn)) {
    return refuse('inn.form', `знаков: ${[...inn].length}`, 'inn')
  }
  const isRight = isPersonInn(inn)
    ? checkDigit(inn, eleventhWeights) === inn[10] && checkDigit(inn, twelfthWeights) === inn[11]
    : checkDigit(inn, organisationWeights) === inn[9]
  return isRight ? undefined : refuse('inn.check-digit', `цифр: ${inn.length}`, 'inn')
}

/** Checks a КПП at data entry; it has no check digit. Refusal: kpp.form. */
export function kppRefusal(kpp: string): Refusal | undefined {
  if (/^(?:\d[1-9]|[1-9]\d)\d{2}[0-9A-Z]{2}\d{3}$/.test(kpp)) return undefined
  return refuse('kpp.form', `знаков: ${[...kpp].length}`, 'kpp')
}

/** Checks both together. Refusals: those of each, and kpp.of-a-person. */
export function innKppRefusal(of: { inn: string; kpp?: string | undefined }): Refusal | undefined {
  const { inn, kpp } = of
  const refused = innRefusal(inn) ?? (kpp === undefined ? undefined : kppRefusal(kpp))
  if (refused !== undefined || kpp === undefined || !isPersonInn(inn)) return refused
  return refuse('kpp.of-a-person', 'ИНН из 12 цифр дан вместе с КПП', 'kpp')
}

/** Whether a well-formed ИНН is that of a person, entrepreneurs too. */
export function isPersonInn(inn: string): boolean {
  return inn.length === 12
}

/** The sum of the products modulo 11 and then 10. */
function checkDigit(digits: string, weights: readonly number[]): string {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return String((sum % 11) % 10)
}
