// Reads where revocation lists and answers are, and whose (RFC 5280, 4.2.1.13, 4.2.1.15, 4.2.2.1 and 5.2.5).

import { oids } from '../der/oids.ts'
import { context, DerError, type DerReader, type Element, tags } from '../der/reader.ts'
import { expectElement, readOid, readSequence } from '../der/values.ts'
import { constructed, join } from '../der/write.ts'
import { type GeneralName, readGeneralName, readGeneralNames } from './general-names.ts'

/** DistributionPointName: whole names, or what is added to the issuer's name. */
export type PointName =
  | { readonly kind: 'full'; readonly names: readonly GeneralName[] }
  | { readonly kind: 'relative'; readonly component: Uint8Array }

/** Every reason of ReasonFlags: bits 1 to 8, bit 0 is unused (RFC 5280, 4.2.1.13). */
export const allReasons = 0x1fe

/** Where a list is found, which reasons it covers and who signs it when it is not the certificate's issuer. */
export type DistributionPoint = {
  readonly name: PointName | undefined
  readonly reasons: number
  /** Who issues the list when the certificate's issuer does not; empty when the field is omitted. */
  readonly crlIssuers: readonly GeneralName[]
}

/** crlDistributionPoints and freshestCRL. Throws DerError. */
export function readDistributionPoints(reader: DerReader, element: Element): DistributionPoint[] {
  return readSequence(reader, element).map((point) => {
    const fields = readFields(reader, readSequence(reader, point), 2)
    const issuers = fields.get(2)
    return {
      name: readPointName(reader, fields.get(0)),
      reasons: readReasons(reader, fields.get(1)),
      crlIssuers: issuers === undefined ? [] : readGeneralNames(reader, issuers),
    }
  })
}

/** Fields by the number of their tags, each at most once, none beyond the last known one. Throws DerError. */
export function readFields(
  reader: DerReader,
  elements: readonly Element[],
  last: number,
): ReadonlyMap<number, Element> {
  const fields = new Map<number, Element>()
  for (const element of elements) {
    const number = element.tag & 0x1f
    if (element.tag !== context(number) || number > last || fields.has(number)) {
      throw new DerError('broken', `an unexpected field at ${element.start} of ${reader.bytes.length} octets`)
    }
    fields.set(number, element)
  }
  return fields
}

/** DistributionPointName, if there is one. Throws DerError. */
export function readPointName(reader: DerReader, name: Element | undefined): PointName | undefined {
  if (name === undefined) return undefined
  const [choice] = reader.children(name)
  if (choice?.tag === context(0)) return { kind: 'full', names: readGeneralNames(reader, choice) }
  const component = expectElement(choice, context(1), true)
  return { kind: 'relative', component: join(constructed(tags.set, reader.content(component))) }
}

/** ReasonFlags, bit 0 of the string in bit 0 of the number; all of them where the field is omitted. Throws DerError. */
export function readReasons(reader: DerReader, element: Element | undefined): number {
  if (element === undefined) return allReasons
  const content = reader.content(expectElement(element, element.tag, false))
  const [unused = 8, ...octets] = content.subarray(0, 3)
  if (unused > 7 || (content.length === 1 && unused > 0)) {
    throw new DerError('broken', `malformed bits at ${element.start}`)
  }
  let flags = 0
  octets.forEach((octet, index) => {
    for (let bit = 0; bit < 8; bit += 1) if (octet & (0x80 >> bit)) flags |= 1 << (index * 8 + bit)
  })
  return flags & allReasons
}

/** Addresses by what is found there. */
export type AuthorityAccess = { readonly ocsp: readonly string[]; readonly caIssuers: readonly string[] }

/** authorityInfoAccess; methods and forms of names nobody here asks are passed over. Throws DerError. */
export function readAuthorityAccess(reader: DerReader, element: Element): AuthorityAccess {
  const access = { ocsp: [] as string[], caIssuers: [] as string[] }
  for (const description of readSequence(reader, element)) {
    const [method, location] = readSequence(reader, description)
    const oid = readOid(reader, method)
    if (location === undefined) throw new DerError('broken', 'an access without a place')
    const name = readGeneralName(reader, location)
    if (name.kind !== 'uri') continue
    if (oid === oids.ocspAccess) access.ocsp.push(name.text)
    if (oid === oids.caIssuersAccess) access.caIssuers.push(name.text)
  }
  return access
}
