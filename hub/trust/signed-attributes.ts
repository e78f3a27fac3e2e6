// Reads the signed attributes of a CMS signer (RFC 5652, 11; RFC 5035) and gives the bytes they are signed as.

import { type Refusal, refuse } from '../../schemas/refusals.ts'
import { readPlainAlgorithm } from './algorithms.ts'
import { canonicalDer } from './der/canonical.ts'
import { oids } from './der/oids.ts'
import { context, DerError, DerReader, type Element, tags } from './der/reader.ts'
import {
  equalBytes,
  expectElement,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readSet,
  readTime,
} from './der/values.ts'

/** A certificate named by a signing-certificate attribute. */
export type NamedCertificate = {
  readonly digestAlgorithm: string
  readonly digest: Uint8Array
  /** Raw Name and serial of the issuer, when written. */
  readonly issuer: Uint8Array | undefined
  readonly serialOctets: Uint8Array | undefined
}

/** Signed attributes, their rules checked as far as it goes without computing digests. */
export type SignedAttributes = {
  /** The encoding as received, with its implicit tag [0]. */
  readonly received: Uint8Array
  readonly messageDigest: Uint8Array
  /** What the signer claims; proof of nothing (RULES 25). */
  readonly signingTime: Date | undefined
  /** The first certificate of each signing-certificate attribute, v1 and v2. */
  readonly signingCertificates: readonly NamedCertificate[]
}

/**
 * Reads the attributes. Refused with cms.attributes: an attribute given twice, one of the known attributes without
 * exactly one value, content-type or message-digest missing, content-type other than that of the content.
 */
export function readSignedAttributes(
  reader: DerReader,
  element: Element,
  contentType: string,
): SignedAttributes | Refusal {
  const values = new Map<string, Element[]>()
  for (const attribute of reader.children(element)) {
    const [type, set, ...rest] = readSequence(reader, attribute)
    const oid = readOid(reader, type)
    if (values.has(oid)) return refuse('cms.attributes', `attribute ${oid} stands twice`)
    if (rest.length > 0)
      throw new DerError('broken', `unexpected fields of an attribute at ${attribute.start}`)
    values.set(oid, readSet(reader, set))
  }
  for (const name of knownAttributes) {
    const count = values.get(oids[name])?.length
    if (count !== undefined && count !== 1) return refuse('cms.attributes', `${name} has ${count} values`)
  }
  const only = (name: (typeof knownAttributes)[number]): Element | undefined => values.get(oids[name])?.[0]
  const messageDigest = only('messageDigest')
  const signedType = only('contentType')
  if (messageDigest === undefined) return refuse('cms.attributes', 'messageDigest is missing')
  if (signedType === undefined) return refuse('cms.attributes', 'contentType is missing')
  if (readOid(reader, signedType) !== contentType) {
    return refuse('cms.attributes', `contentType is not the type of the content, ${contentType}`)
  }
  const signingTime = only('signingTime')
  const named = [
    readSigningCertificate(reader, only('signingCertificateV2'), oids.sha256),
    readSigningCertificate(reader, only('signingCertificate'), oids.sha1),
  ]
  return {
    received: reader.encoding(element),
    messageDigest: readOctets(reader, messageDigest),
    signingTime: signingTime && readTime(reader, signingTime),
    signingCertificates: named.filter((certificate) => certificate !== undefined),
  }
}

const knownAttributes = [
  'contentType',
  'messageDigest',
  'signingTime',
  'signingCertificate',
  'signingCertificateV2',
] as const

/** SigningCertificate and SigningCertificateV2; they differ by an optional algorithm before the digest. */
function readSigningCertificate(
  reader: DerReader,
  attribute: Element | undefined,
  defaultDigest: string,
): NamedCertificate | undefined {
  if (attribute === undefined) return undefined
  const [certificates] = readSequence(reader, attribute)
  const fields = readSequence(reader, readSequence(reader, certificates)[0])
  const algorithm = fields[0]?.tag === tags.sequence ? fields.shift() : undefined
  const [hash, issuerSerial] = fields
  const names = issuerSerial === undefined ? [] : readSequence(reader, issuerSerial)
  const directoryName = names[0] && readSequence(reader, names[0]).find((name) => name.tag === context(4))
  const issuer = directoryName && reader.children(directoryName)[0]
  return {
    digestAlgorithm: algorithm === undefined ? defaultDigest : readPlainAlgorithm(reader, algorithm),
    digest: readOctets(reader, hash ?? expectElement(hash, tags.octetString, false)),
    issuer: issuer && reader.encoding(issuer),
    serialOctets: names[1] && readInteger(reader, names[1]),
  }
}

/**
 * The encodings a signature may be over. RFC 5652, 5.4 wants the DER of SET OF, which is what comes nearly always;
 * signers are met that sign attributes in the order they send them. So first the bytes as received with the tag of
 * SET OF, then, if that is another one, their DER. Both hold the same attributes, hence accepting either is safe.
 */
export function* encodingsToVerify(attributes: SignedAttributes): Generator<Uint8Array> {
  const { received } = attributes
  const isDefinite = received[1] !== 0x80
  const asSetOf = Uint8Array.from(received)
  asSetOf[0] = 0x31
  if (isDefinite) yield asSetOf
  const canonical = canonicalOrNothing(asSetOf)
  if (canonical !== undefined && !(isDefinite && equalBytes(canonical, asSetOf))) yield canonical
}

function canonicalOrNothing(setOf: Uint8Array): Uint8Array | undefined {
  try {
    const reader = new DerReader(setOf)
    return canonicalDer(reader, reader.whole())
  } catch (error) {
    // Values of unknown attributes were not read before: what is broken in them has no DER to sign.
    if (error instanceof DerError) return undefined
    throw error
  }
}

/** Whether bytes are a SET OF attributes with a message-digest, as a signature with attributes is made over. */
export function isEncodingOfAttributes(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x31) return false
  try {
    const reader = new DerReader(bytes)
    const types = readSet(reader, reader.whole()).map((item) =>
      readOid(reader, readSequence(reader, item)[0]),
    )
    return types.includes(oids.messageDigest)
  } catch (error) {
    // What is no such SET is plain content.
    if (error instanceof DerError) return false
    throw error
  }
}
