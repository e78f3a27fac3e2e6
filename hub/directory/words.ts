// The words a name is searched by: the same division as that of the index, without legal forms.

import { limits } from '../../schemas/limits.ts'

/** Forms that half of all names begin with: they find nobody, and cost much. */
const legalForms = new Set(
  (
    'ооо оао ао пао зао нко ано ип гуп муп фгуп фгбу тсж снт кфх пк филиал общество с ограниченной ответственностью ' +
    'акционерное публичное закрытое открытое индивидуальный предприниматель'
  ).split(' '),
)
const wordLengthMin = 3

/**
 * Words that are worth a search, at most directoryNameWordsMax, in lower case and with ё as е; empty when the name tells
 * nothing: without a word of three letters or digits that is no legal form.
 */
export function wordsOfName(name: string): string[] {
  const all = name
    .slice(0, limits.directoryNameLengthMax)
    .toLowerCase()
    .replaceAll('ё', 'е')
    .split(/[^\p{L}\p{N}@$%^~`=]+/u)
    .filter((word) => word !== '')
  const telling = [...new Set(all)].filter((word) => !legalForms.has(word))
  if (!telling.some((word) => word.length >= wordLengthMin)) return []
  return telling.slice(0, limits.directoryNameWordsMax)
}
