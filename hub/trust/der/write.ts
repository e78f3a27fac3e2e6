// Writes DER without copying what it wraps: pieces are collected and joined once.

import { encodeOid } from './oids.ts'
import { tags } from './reader.ts'

/** DER under construction: parts that follow each other, and their length together. */
export type Pieces = { readonly length: number; readonly parts: readonly Uint8Array[] }

/** What may stand inside an element: finished bytes or pieces. */
export type Der = Uint8Array | Pieces

const constructedBit = 0x20

/** A primitive element. */
export function primitive(tag: number, content: Uint8Array): Pieces {
  const head = header(tag, content.length)
  return { length: head.length + content.length, parts: [head, content] }
}

/** A constructed element around others. */
export function constructed(tag: number, ...children: readonly Der[]): Pieces {
  const inner = together(children)
  const head = header(tag | constructedBit, inner.length)
  return { length: head.length + inner.length, parts: [head, ...inner.parts] }
}

/** SEQUENCE. */
export function sequence(...children: readonly Der[]): Pieces {
  return constructed(tags.sequence, ...children)
}

/** SET OF: the encodings of its members in ascending order (X.690, 11.6). */
export function setOf(...members: readonly Der[]): Pieces {
  return constructed(tags.set, ...members.map(join).sort(Buffer.compare))
}

/** OBJECT IDENTIFIER. */
export function objectIdentifier(dotted: string): Pieces {
  return primitive(tags.oid, encodeOid(dotted))
}

/** OCTET STRING. */
export function octetString(content: Uint8Array): Pieces {
  return primitive(tags.octetString, content)
}

/** INTEGER from 0 to 127. */
export function smallInteger(value: number): Pieces {
  return primitive(tags.integer, Uint8Array.of(value))
}

/** NULL. */
export function nullValue(): Pieces {
  return primitive(tags.null, new Uint8Array(0))
}

/** A time as RFC 5280 and RFC 5652 want it: UTCTime for the years 1950 to 2049, else GeneralizedTime. */
export function time(at: Date): Pieces {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, '')
  const isShort = at.getUTCFullYear() >= 1950 && at.getUTCFullYear() < 2050
  const text = isShort ? digits.slice(2) : digits
  return primitive(isShort ? tags.utcTime : tags.generalizedTime, Buffer.from(text, 'latin1'))
}

/** Joins everything into the finished bytes; the one copy. */
export function join(der: Der): Uint8Array {
  if (der instanceof Uint8Array) return der
  return Buffer.concat(der.parts, der.length)
}

function together(children: readonly Der[]): Pieces {
  let length = 0
  const parts: Uint8Array[] = []
  for (const child of children) {
    length += child.length
    if (child instanceof Uint8Array) parts.push(child)
    else parts.push(...child.parts)
  }
  return { length, parts }
}

/** Identifier and length octets, the length in as few octets as it takes. */
function header(identifier: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(identifier, length)
  if (length < 0x100) return Uint8Array.of(identifier, 0x81, length)
  if (length < 0x1_0000) return Uint8Array.of(identifier, 0x82, length >>> 8, length)
  if (length < 0x100_0000) return Uint8Array.of(identifier, 0x83, length >>> 16, length >>> 8, length)
  return Uint8Array.of(identifier, 0x84, length >>> 24, length >>> 16, length >>> 8, length)
}
