// Writes DER again as a streaming signer would: indefinite lengths, octet strings in segments.

import assert from 'node:assert/strict'
import { DerReader, type Element, tags } from '../../hub/trust/der/reader.ts'
import { join, octetString } from '../../hub/trust/der/write.ts'

/** Which elements to write in BER. */
export type BerStyle = {
  /** Whether an element stays as it is, with all it holds; by default none. */
  isKept?: (element: Element) => boolean
  /** Whether an element, given by its place in the DER, gets an indefinite length. */
  isIndefinite: (element: Element) => boolean
  /** Octets in each segment of an OCTET STRING that is written in segments; 0 leaves it whole. */
  segmentBytes: (element: Element) => number
}

/** The same values in BER. */
export function berOf(der: Uint8Array, style: BerStyle): Uint8Array {
  const reader = new DerReader(der)
  return encode(reader, reader.whole(), style)
}

function encode(reader: DerReader, element: Element, style: BerStyle): Uint8Array {
  if (style.isKept?.(element)) return reader.encoding(element)
  const size = element.constructed || element.tag !== tags.octetString ? 0 : style.segmentBytes(element)
  if (size > 0) return indefinite(tags.octetString, segments(reader.content(element), size))
  if (!element.constructed) return reader.encoding(element)
  const inner = Buffer.concat(reader.children(element).map((child) => encode(reader, child, style)))
  return style.isIndefinite(element) ? indefinite(element.tag, inner) : definite(element.tag, inner)
}

function segments(content: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < content.length; at += size) {
    parts.push(join(octetString(content.subarray(at, at + size))))
  }
  return Buffer.concat(parts)
}

function indefinite(tag: number, inner: Uint8Array): Uint8Array {
  assert(tag < 0x100)
  return Buffer.concat([Uint8Array.of(tag | 0x20, 0x80), inner, Uint8Array.of(0, 0)])
}

/** A length of four octets, longer than DER allows. */
function definite(tag: number, inner: Uint8Array): Uint8Array {
  const head = Buffer.from([tag | 0x20, 0x84, 0, 0, 0, 0])
  head.writeUInt32BE(inner.length, 2)
  return Buffer.concat([head, inner])
}
