// Decodes base64 strictly: white space is passed over, everything else must be as RFC 4648 has it.

const invalid = 255
const space = 254
const padding = 253

const values = new Uint8Array(256).fill(invalid)
for (const [index, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  values[letter.charCodeAt(0)] = index
}
for (const letter of ' \t\r\n\f\v') values[letter.charCodeAt(0)] = space
values['='.charCodeAt(0)] = padding

/**
 * The octets of a base64 text (RFC 4648, 4). Lines may be of any length. Undefined for other characters, missing
 * or misplaced padding and bits that belong to no octet (3.5), so that one sequence of octets has one text.
 */
export function decodeBase64(text: Uint8Array): Uint8Array | undefined {
  const octets = new Uint8Array(Math.ceil((text.length * 3) / 4))
  let length = 0
  let group = 0
  let letters = 0
  let pads = 0
  for (const character of text) {
    const value = values[character] ?? invalid
    if (value === space) continue
    if (value === padding) {
      pads += 1
      continue
    }
    if (value === invalid || pads > 0) return undefined
    group = ((group << 6) | value) & 0xffffff
    letters += 1
    if ((letters & 3) !== 0) continue
    octets[length] = group >>> 16
    octets[length + 1] = group >>> 8
    octets[length + 2] = group
    length += 3
  }
  const rest = letters & 3
  if (rest === 0) return pads === 0 ? octets.subarray(0, length) : undefined
  if (rest === 1 || pads !== 4 - rest) return undefined
  const unusedBits = rest === 2 ? 4 : 2
  group &= rest === 2 ? 0xfff : 0x3ffff
  if ((group & ((1 << unusedBits) - 1)) !== 0) return undefined
  group >>>= unusedBits
  if (rest === 3) octets[length++] = group >>> 8
  octets[length++] = group
  return octets.subarray(0, length)
}
