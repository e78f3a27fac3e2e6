// Reads the unsigned attributes of a signer: time-stamps, and certificates and revocation values of longer forms.
//
// Nobody vouches for what stands here. Whatever is used must prove itself; whatever is broken is told and passed over.

import { limits } from '../../../schemas/limits.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import { oids } from '../der/oids.ts'
import { context, type DerReader, type Element, tags } from '../der/reader.ts'
import { readOid, readSequence, readSet } from '../der/values.ts'
import { isFound, readingDer } from './open.ts'

/** A list or answer that came along, raw: RFC 5280 CertificateList, RFC 6960 OCSPResponse or BasicOCSPResponse. */
export type RawRevocation = { readonly kind: 'crl' | 'ocsp' | 'basic-ocsp'; readonly der: Uint8Array }

/** What unsigned attributes hold, as views of the bytes. */
export type UnsignedAttributes = {
  /** Tokens of signature-time-stamp attributes, at most timestampsPerSignerMax. */
  readonly timestamps: readonly Uint8Array[]
  readonly certificates: readonly Uint8Array[]
  readonly revocations: readonly RawRevocation[]
  readonly problems: readonly Found[]
}

const unusedTimestamps: ReadonlyMap<string, string> = new Map([
  [oids.contentTimestamp, 'content-time-stamp'],
  [oids.referencesTimestamp, 'CAdES-C-time-stamp'],
  [oids.certificatesTimestamp, 'time-stamped-certs-crls-references'],
  [oids.archiveTimestamp, 'archive-time-stamp'],
  [oids.archiveTimestampV2, 'archive-time-stamp-v2'],
  [oids.archiveTimestampV3, 'archive-time-stamp-v3'],
])

/** Reads unsigned attributes (RFC 5652, 5.3; EN 319 122-1, 5.3 to 5.5). Never throws for any bytes. */
export function readUnsignedAttributes(reader: DerReader, element: Element | undefined): UnsignedAttributes {
  const timestamps: Uint8Array[] = []
  const certificates: Uint8Array[] = []
  const revocations: RawRevocation[] = []
  const problems: Found[] = []
  const take = (oid: string, values: readonly Element[]): void => {
    if (oid === oids.signatureTimestamp) timestamps.push(...values.map((value) => reader.encoding(value)))
    else if (oid === oids.countersignature) {
      problems.push({ problem: 'cms.countersignature', seen: `${values.length} countersignatures` })
    } else if (oid === oids.certificateValues) {
      for (const value of values)
        certificates.push(...encodingsOf(reader, value, limits.certificatesPerCmsMax))
    } else if (oid === oids.revocationValues) {
      for (const value of values) revocations.push(...readRevocationValues(reader, value))
    } else if (unusedTimestamps.has(oid)) {
      problems.push({ problem: 'timestamp.not-used', seen: unusedTimestamps.get(oid) ?? oid })
    }
  }
  for (const attribute of element === undefined ? [] : attributesOf(reader, element, problems)) {
    const read = readingDer(() => {
      const [type, set] = readSequence(reader, attribute)
      return { oid: readOid(reader, type), values: readSet(reader, set) }
    })
    const taken = isFound(read) ? read : readingDer(() => ({ done: take(read.oid, read.values) }))
    if (isFound(taken)) problems.push({ problem: 'cms.unsigned-broken', seen: taken.seen })
  }
  if (timestamps.length > limits.timestampsPerSignerMax) {
    problems.push({ problem: 'timestamp.many', seen: `${timestamps.length} time-stamps` })
  }
  return {
    timestamps: timestamps.slice(0, limits.timestampsPerSignerMax),
    certificates: certificates.slice(0, limits.certificatesPerCmsMax),
    revocations: revocations.slice(0, limits.revocationsPerCmsMax),
    problems,
  }
}

/** The lists and answers of SignedData.crls (RFC 5652, 10.2.1; RFC 5940), at most revocationsPerCmsMax. */
export function readRevocationChoices(reader: DerReader, element: Element | undefined): RawRevocation[] {
  const found = readingDer(() => {
    const choices = element === undefined ? [] : reader.children(element)
    return choices.slice(0, limits.revocationsPerCmsMax).flatMap((choice): RawRevocation[] => {
      if (choice.tag === tags.sequence) return [{ kind: 'crl', der: reader.encoding(choice) }]
      const [format, value] = choice.tag === context(1) ? reader.children(choice) : []
      if (value === undefined || readOid(reader, format) !== oids.ocspOfCms) return []
      return [{ kind: 'ocsp', der: reader.encoding(value) }]
    })
  })
  // Broken ones are in a place that nobody signs, as if they were not there.
  return isFound(found) ? [] : found
}

function attributesOf(reader: DerReader, element: Element, problems: Found[]): Element[] {
  const children = readingDer(() => reader.children(element))
  if (!isFound(children)) return children
  problems.push({ problem: 'cms.unsigned-broken', seen: children.seen })
  return []
}

function encodingsOf(reader: DerReader, list: Element, countMax: number): Uint8Array[] {
  return readSequence(reader, list)
    .slice(0, countMax)
    .map((element) => reader.encoding(element))
}

/** RevocationValues (RFC 5126, 6.3.4): lists under [0], basic OCSP answers under [1]. */
function readRevocationValues(reader: DerReader, value: Element): RawRevocation[] {
  return readSequence(reader, value).flatMap((field) => {
    const kind = field.tag === context(0) ? 'crl' : field.tag === context(1) ? 'basic-ocsp' : undefined
    if (kind === undefined) return []
    return reader
      .children(field)
      .flatMap((list) => encodingsOf(reader, list, limits.revocationsPerCmsMax))
      .map((der): RawRevocation => ({ kind, der }))
  })
}
