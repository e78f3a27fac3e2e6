// Reads the signed attributes of a CMS signer (RFC 5652, 11; RFC 5035) and gives the bytes they are signed as.

import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import { readPlainAlgorithm } from '../algorithms.ts'
import { canonicalDer } from '../der/canonical.ts'
import { oids } from '../der/oids.ts'
import { context, DerError, DerReader, type Element, tags } from '../der/reader.ts'
import {
  equalBytes,
  expectElement,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readSet,
  readTime,
} from '../der/values.ts'

/** A certificate named by a signing-certificate attribute. */
export type NamedCertificate = {
  /** The version of the attribute: the first one has SHA-1 digests only (RFC 2634, 5.4; RFC 5035, 4). */
  readonly version: 1 | 2
  readonly digestAlgorithm: string
  readonly digest: Uint8Array
  /** Raw Name and serial of the issuer, when written. */
  readonly issuer: Uint8Array | undefined
  readonly serialOctets: Uint8Array | undefined
}

/** What is wrong with signed attributes; `error` is what the reader said of a malformed one. */
export type AttributeFault = {
  readonly kind: 'repeated' | 'missing' | 'content-type' | 'broken'
  readonly seen: string
  readonly error?: DerError
}

/** Signed attributes as read, with what is wrong with them in the order it was found. */
export type CollectedAttributes = {
  /** The encoding as received, with its implicit tag [0]. */
  readonly received: Uint8Array
  readonly messageDigest: Uint8Array | undefined
  /** What the signer claims; proof of nothing (RULES 25). */
  readonly signingTime: Date | undefined
  /** The first certificate of each signing-certificate attribute, v2 before v1. */
  readonly signingCertificates: readonly NamedCertificate[]
  /** The values of every attribute by its type. */
  readonly values: ReadonlyMap<string, readonly Element[]>
  readonly faults: readonly AttributeFault[]
}

/** Signed attributes, their rules checked as far as it goes without computing digests. */
export type SignedAttributes = CollectedAttributes & { readonly messageDigest: Uint8Array }

/**
 * Reads the attributes. Refused with cms.attributes: an attribute given twice, one of the known attributes without
 * exactly one value, content-type or message-digest missing, content-type other than that of the content. Throws
 * DerError for what is malformed.
 */
export function readSignedAttributes(
  reader: DerReader,
  element: Element,
  contentType: string,
): SignedAttributes | Refusal {
  const attributes = collectSignedAttributes(reader, element, contentType)
  const { messageDigest } = attributes
  const [fault] = attributes.faults
  if (fault?.error !== undefined) throw fault.error
  if (fault !== undefined || messageDigest === undefined) {
    return refuse('cms.attributes', fault?.seen ?? 'messageDigest is missing')
  }
  return { ...attributes, messageDigest }
}

/** Reads what can be read of the attributes and says what is wrong with the rest. Never throws for any bytes. */
export function collectSignedAttributes(
  reader: DerReader,
  element: Element,
  contentType: string,
): CollectedAttributes {
  const faults: AttributeFault[] = []
  const values = new Map<string, Element[]>()
  const read = <T>(what: () => T): T | undefined => noting(faults, what)
  read(() => collectValues(reader, { element, values, faults }))
  for (const name of knownAttributes) {
    const count = values.get(oids[name])?.length
    if (count === undefined || count === 1) continue
    faults.push({ kind: 'repeated', seen: `${name} has ${count} values` })
  }
  const only = (name: (typeof knownAttributes)[number]): Element | undefined => values.get(oids[name])?.[0]
  const messageDigest = only('messageDigest')
  const signedType = only('contentType')
  if (messageDigest === undefined) faults.push({ kind: 'missing', seen: 'messageDigest is missing' })
  if (signedType === undefined) faults.push({ kind: 'missing', seen: 'contentType is missing' })
  else if (read(() => readOid(reader, signedType)) !== contentType) {
    const seen = `contentType is not the type of the content, ${contentType}`
    faults.push({ kind: 'content-type', seen })
  }
  const signingTime = only('signingTime')
  const [v2, v1] = [only('signingCertificateV2'), only('signingCertificate')]
  const named = [
    v2 && read(() => readSigningCertificate(reader, v2, { version: 2, digestAlgorithm: oids.sha256 })),
    v1 && read(() => readSigningCertificate(reader, v1, { version: 1, digestAlgorithm: oids.sha1 })),
  ]
  return {
    received: reader.encoding(element),
    messageDigest: messageDigest && read(() => readOctets(reader, messageDigest)),
    signingTime: signingTime && read(() => readTime(reader, signingTime)),
    signingCertificates: named.filter((certificate) => certificate !== undefined),
    values,
    faults,
  }
}

/** What `read` gives; undefined, with a fault noted, where the bytes are malformed. */
function noting<T>(faults: AttributeFault[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    faults.push({ kind: 'broken', seen: error.message, error })
    return undefined
  }
}

type Collection = { element: Element; values: Map<string, Element[]>; faults: AttributeFault[] }

function collectValues(reader: DerReader, { element, values, faults }: Collection): void {
  for (const attribute of reader.children(element)) {
    const [type, set, ...rest] = readSequence(reader, attribute)
    const oid = readOid(reader, type)
    if (values.has(oid)) {
      faults.push({ kind: 'repeated', seen: `attribute ${oid} stands twice` })
      continue
    }
    if (rest.length > 0) {
      throw new DerError('broken', `unexpected fields of an attribute at ${attribute.start}`)
    }
    values.set(oid, readSet(reader, set))
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
  attribute: Element,
  byDefault: Pick<NamedCertificate, 'version' | 'digestAlgorithm'>,
): NamedCertificate {
  const [certificates] = readSequence(reader, attribute)
  const fields = readSequence(reader, readSequence(reader, certificates)[0])
  const algorithm = fields[0]?.tag === tags.sequence ? fields.shift() : undefined
  const [hash, issuerSerial] = fields
  const names = issuerSerial === undefined ? [] : readSequence(reader, issuerSerial)
  const directoryName = names[0] && readSequence(reader, names[0]).find((name) => name.tag === context(4))
  const issuer = directoryName && reader.children(directoryName)[0]
  return {
    version: byDefault.version,
    digestAlgorithm:
      algorithm === undefined ? byDefault.digestAlgorithm : readPlainAlgorithm(reader, algorithm),
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
export function* encodingsToVerify(attributes: CollectedAttributes): Generator<Uint8Array> {
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
