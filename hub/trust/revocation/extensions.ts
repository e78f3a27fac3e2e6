// Extensions of revocation lists and OCSP answers by their identifiers (RFC 5280, 5.2 and 5.3; RFC 6960, 4.4).

import { type RawExtension, readExtensionList } from '../certificate/extension-list.ts'
import { DerError, DerReader, type Element } from '../der/reader.ts'

/** One extension; `value` is the DER inside of its OCTET STRING. */
export type Extension = Omit<RawExtension, 'oid'>

/** Extensions by their identifiers, in the order they came in. */
export type Extensions = ReadonlyMap<string, Extension>

/** Reads SEQUENCE OF Extension. Throws DerError for what is malformed or stands twice (RFC 5280, 4.2). */
export function readExtensions(reader: DerReader, element: Element | undefined): Extensions {
  const found = new Map<string, Extension>()
  for (const extension of readExtensionList(reader, element)) {
    if (found.has(extension.oid)) throw new DerError('broken', `extension ${extension.oid} stands twice`)
    found.set(extension.oid, extension)
  }
  return found
}

/** The first critical extension that is not among the known ones, by its identifier. */
export function unknownCritical(extensions: Extensions, known: ReadonlySet<string>): string | undefined {
  for (const [oid, { isCritical }] of extensions) if (isCritical && !known.has(oid)) return oid
  return undefined
}

/** A reader over the value of an extension, with its outermost element. */
export function insideOf(extension: Extension): { reader: DerReader; whole: Element } {
  const reader = new DerReader(extension.value)
  return { reader, whole: reader.whole() }
}
