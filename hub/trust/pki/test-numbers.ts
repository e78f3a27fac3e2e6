// Makes up ОГРН, ИНН and СНИЛС with right check digits for people and organisations that do not exist.

import { createHash } from 'node:crypto'

/** ОГРН (13 digits) of an organisation that does not exist; the same seed gives the same number. */
export function inventOgrn(seed: string): string {
  const digits = `10277${digitsFrom(`ogrn ${seed}`, 7)}`
  return `${digits}${(Number(digits) % 11) % 10}`
}

/** ИНН (12 digits) of a person who does not exist. */
export function inventPersonInn(seed: string): string {
  const digits = `77${digitsFrom(`inn ${seed}`, 8)}`
  const eleventh = innDigit(digits, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
  return `${digits}${eleventh}${innDigit(digits + eleventh, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])}`
}

/** СНИЛС (11 digits) of a person who does not exist. */
export function inventSnils(seed: string): string {
  const digits = `9${digitsFrom(`snils ${seed}`, 8)}`
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (9 - index), 0)
  return `${digits}${String((sum % 101) % 100).padStart(2, '0')}`
}

function innDigit(digits: string, weights: readonly number[]): string {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return String((sum % 11) % 10)
}

function digitsFrom(seed: string, count: number): string {
  const number = createHash('sha256').update(seed).digest().readBigUInt64BE()
  return String(number % 10n ** BigInt(count)).padStart(count, '0')
}
