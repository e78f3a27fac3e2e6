// Encodes text as windows-1251, the encoding of the documents of the tax service.

import assert from 'node:assert/strict'

const others = new Map([
  ['Ё', 0xa8],
  ['ё', 0xb8],
  ['№', 0xb9],
  ['«', 0xab],
  ['»', 0xbb],
  ['–', 0x96],
  ['—', 0x97],
  ['\u00a0', 0xa0],
])

/** The bytes of a text of ASCII, Russian letters and the usual signs. Asserts that nothing else is in it. */
export function encodeWindows1251(text: string): Uint8Array {
  return Uint8Array.from([...text].map(octetOf))
}

function octetOf(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return code
  if (character >= 'А' && character <= 'я') return code - 0x410 + 0xc0
  const octet = others.get(character)
  assert(octet !== undefined, `windows-1251 has no ${JSON.stringify(character)} here`)
  return octet
}
