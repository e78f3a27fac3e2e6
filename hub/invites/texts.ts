// Texts of people in invitations: names are one line, messages may have several, neither hides anything.

import { limits } from '../../schemas/limits.ts'

/** Controls, line separators, what turns the direction of text round, and what no XML may hold. */
const hidden = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/u

/** Whether a text is one line of 1 to `lengthMax` characters: nothing in it can begin a header or hide the rest. */
export function isLine(text: string, lengthMax: number): boolean {
  return text.trim() !== '' && isWithin(text, lengthMax) && !hidden.test(text)
}

/** Whether a text may stand in a message: lines as above, joined by line breaks. */
export function isMessage(text: string, lengthMax: number): boolean {
  return isWithin(text, lengthMax) && !hidden.test(text.replace(/\r?\n/g, ''))
}

/** The name of an organisation. */
export function isName(text: string): boolean {
  return isLine(text, limits.inviteNameLengthMax)
}

function isWithin(text: string, lengthMax: number): boolean {
  return text.isWellFormed() && [...text].length <= lengthMax
}
