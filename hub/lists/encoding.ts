// The text of a list whose encoding nobody told: UTF-8, UTF-16 with its mark, or windows-1251.

import { type Refusal, refuse } from '../../schemas/refusals.ts'

const marks = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const

/** Of the letters beyond ASCII in a Russian text, so many are Cyrillic; bytes of another alphabet give a mixture. */
const cyrillicShareMin = 0.8

/**
 * Decodes a list. A mark of the byte order decides; without one the bytes are UTF-8 if they can be, and windows-1251 if
 * that gives a text. Refusal: list.encoding.
 */
export function decodeList(bytes: Uint8Array): { text: string; encoding: string } | Refusal {
  const marked = marks.find((mark) => mark.bytes.every((byte, index) => bytes[index] === byte))
  if (marked !== undefined) {
    const { encoding } = marked
    const text = decode(bytes, encoding)
    return text === undefined ? refuse('list.encoding', `не (not) ${encoding}`) : { text, encoding }
  }
  if (bytes.includes(0)) return refuse('list.encoding', 'нулевые байты (zero bytes)')
  const text = decode(bytes, 'utf-8')
  if (text !== undefined) return { text, encoding: 'utf-8' }
  const cyrillic = decode(bytes, 'windows-1251') ?? ''
  return isSensible(cyrillic)
    ? { text: cyrillic, encoding: 'windows-1251' }
    : refuse('list.encoding', 'ни (neither) UTF-8, ни (nor) windows-1251')
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined // not in this encoding: the caller tries another or refuses
    throw error
  }
}

/** Every byte is some character of windows-1251, so what they make must look like a text. */
function isSensible(text: string): boolean {
  if (/(?![\t\n\r])\p{Cc}/u.test(text)) return false
  const letters = text.match(/[^\p{ASCII}]/gu)?.filter((one) => /\p{L}/u.test(one)) ?? []
  const cyrillic = letters.filter((one) => /[А-Яа-яЁё]/.test(one))
  return letters.length > 0 && cyrillic.length >= letters.length * cyrillicShareMin
}
