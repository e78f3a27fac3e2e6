// Reads lists of extensions as certificates, revocation lists and OCSP answers have them (RFC 5280, 4.1.2.9).

import { DerError, type DerReader, type Element, tags } from '../der/reader.ts'
import { expectElement, readOctets, readOid, readSequence } from '../der/values.ts'

/** An extension as it stands. */
export type RawExtension = {
  readonly oid: string
  readonly isCritical: boolean
  /** What the OCTET STRING holds. */
  readonly value: Uint8Array
}

/** Reads SEQUENCE OF Extension in its order, repeated ones too. Throws DerError for what is malformed. */
export function readExtensionList(reader: DerReader, list: Element | undefined): RawExtension[] {
  return readSequence(reader, list).map((extension) => {
    const parts = readSequence(reader, extension)
    const oid = readOid(reader, parts[0])
    if (parts.length < 2 || parts.length > 3) throw new DerError('broken', `extension ${oid} of other parts`)
    const isCritical = parts.length === 3 && readBoolean(reader, parts[1])
    const octets = expectElement(parts.at(-1), tags.octetString, false)
    return { oid, isCritical, value: readOctets(reader, octets) }
  })
}

/**
 * BOOLEAN, also one that is tagged by its context (`tag`). Any octet but zero is true: certificates of Russian authorities
 * hold 0x01, which is no DER. Throws DerError.
 */
export function readBoolean(
  reader: DerReader,
  element: Element | undefined,
  tag: number = tags.boolean,
): boolean {
  const content = reader.content(expectElement(element, tag, false))
  if (content.length !== 1) throw new DerError('broken', `a truth value of ${content.length} octets`)
  return content[0] !== 0
}
