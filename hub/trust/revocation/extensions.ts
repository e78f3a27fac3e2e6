// Reads lists of extensions as certificates, revocation lists and OCSP answers have them (RFC 5280, 4.2).

import { DerError, DerReader, type Element, tags } from '../der/reader.ts'
import { expectElement, readOctets, readOid, readSequence } from '../der/values.ts'

/** One extension; `value` is the DER inside of its OCTET STRING. */
export type Extension = { readonly isCritical: boolean; readonly value: Uint8Array }

/** Extensions by their identifiers, in the order they came in. */
export type Extensions = ReadonlyMap<string, Extension>

/**
 * Reads SEQUENCE OF Extension. Throws DerError for what is malformed and for an extension that stands twice
 * (RFC 5280, 4.2). A BOOLEAN TRUE of any octet but zero is read: real certificates of GOST issuers hold 0x01.
 */
export function readExtensionList(reader: DerReader, element: Element | undefined): Extensions {
  const found = new Map<string, Extension>()
  for (const extension of readSequence(reader, element)) {
    const parts = readSequence(reader, extension)
    const oid = readOid(reader, parts[0])
    if (found.has(oid)) throw new DerError('broken', `extension ${oid} stands twice`)
    const [, middle] = parts
    const hasFlag = parts.length === 3
    if (parts.length < 2 || parts.length > 3) throw new DerError('broken', `extension ${oid} of other parts`)
    const isCritical = hasFlag && readBoolean(reader, middle)
    const octets = expectElement(parts.at(-1), tags.octetString, false)
    found.set(oid, { isCritical, value: readOctets(reader, octets) })
  }
  return found
}

/** The first critical extension that is not among the known ones, by its identifier. */
export function unknownCritical(extensions: Extensions, known: ReadonlySet<string>): string | undefined {
  for (const [oid, { isCritical }] of extensions) if (isCritical && !known.has(oid)) return oid
  return undefined
}

/** BOOLEAN, also one that is tagged by its context (`tag`). */
export function readBoolean(
  reader: DerReader,
  element: Element | undefined,
  tag: number = tags.boolean,
): boolean {
  const content = reader.content(expectElement(element, tag, false))
  if (content.length !== 1) throw new DerError('broken', `a truth value of ${content.length} octets`)
  return content[0] !== 0
}

/** A reader over the value of an extension, with its outermost element. */
export function insideOf(extension: Extension): { reader: DerReader; whole: Element } {
  const reader = new DerReader(extension.value)
  return { reader, whole: reader.whole() }
}

/** The bits of a BIT STRING of flags, bit 0 of the string in bit 0 of the number; at most the first 16. */
export function readFlags(reader: DerReader, element: Element | undefined, tag: number): number {
  const content = reader.content(expectElement(element, tag, false))
  const [unused = 8, ...octets] = content.subarray(0, 3)
  if (unused > 7 || (content.length === 1 && unused > 0)) {
    throw new DerError('broken', `malformed bits at ${element?.start}`)
  }
  let flags = 0
  octets.forEach((octet, index) => {
    for (let bit = 0; bit < 8; bit += 1) if (octet & (0x80 >> bit)) flags |= 1 << (index * 8 + bit)
  })
  return flags
}
