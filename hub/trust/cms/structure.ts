// The parts of CMS SignedData and SignerInfo as they stand in the bytes (RFC 5652, 5.1 and 5.3).

import { limits } from '../../../schemas/limits.ts'
import { readPlainAlgorithm } from '../algorithms.ts'
import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { context, DerError, type DerReader, type Element, tags } from '../der/reader.ts'
import {
  equalBytes,
  expectElement,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readSet,
  readSmallInteger,
} from '../der/values.ts'
import { isSameName } from '../distinguished-name.ts'

// RFC 5652, 3: a ContentInfo starts with the identifier of its type, all of them under pkcs-7 or id-smime ct.
const contentTypePrefixes = ['06092a864886f70d0107', '060b2a864886f70d01091001']

/** Whether the bytes begin like a ContentInfo, however broken the rest may be. */
export function startsAsCms(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30) return false
  const first = bytes[1] ?? 0
  const typeAt = first <= 0x80 ? 2 : 2 + (first & 0x7f)
  const start = Buffer.from(bytes.subarray(typeAt, typeAt + 12)).toString('hex')
  return contentTypePrefixes.some((prefix) => start.startsWith(prefix))
}

/**
 * The parts of the SignedData that fills the bytes of a reader, or the dotted type of the CMS when it is another.
 * Throws DerError.
 */
export function readContentInfo(reader: DerReader): SignedDataParts | string {
  const [type, wrapper, ...rest] = readSequence(reader, reader.whole())
  const contentType = readOid(reader, type)
  if (contentType !== oids.cmsSignedData) return contentType
  const [signedData, ...others] = reader.children(expectElement(wrapper, context(0), true))
  if (rest.length > 0 || others.length > 0) throw new DerError('broken', 'more than one content')
  return readSignedData(reader, signedData)
}

/** What the hub reads of SignedData. */
export type SignedDataParts = {
  version: Element
  digestAlgorithms: string[]
  digestAlgorithmElements: Element[]
  contentType: string
  content: Element | undefined
  /** The X.509 certificates among the choices of `certificateChoices`. */
  certificates: Element[]
  certificateChoices: Element[]
  /** RevocationInfoChoices, not read. */
  revocations: Element | undefined
  signers: Element[]
}

/** Reads SignedData. What stands in attribute certificates and revocation lists is not read. Throws DerError. */
function readSignedData(reader: DerReader, element: Element | undefined): SignedDataParts {
  const [version, digestAlgorithms, encapsulated, ...rest] = readSequence(reader, element)
  if (readSmallInteger(reader, version) > 5) throw new DerError('broken', 'an unknown version of SignedData')
  const [type, wrapper, ...others] = readSequence(reader, encapsulated)
  const contents = wrapper === undefined ? [] : reader.children(expectElement(wrapper, context(0), true))
  if (others.length > 0 || contents.length > 1) throw new DerError('broken', 'more than one content')
  const certificates = rest[0]?.tag === context(0) ? rest.shift() : undefined
  const choices = certificates === undefined ? [] : reader.children(certificates)
  if (choices.length > limits.certificatesPerCmsMax) {
    throw new DerError('too-complex', `${choices.length} certificates`)
  }
  const revocations = rest[0]?.tag === context(1) ? rest.shift() : undefined
  if (rest.length !== 1) throw new DerError('broken', 'unexpected fields of SignedData')
  const digestAlgorithmElements = readSet(reader, digestAlgorithms)
  return {
    version: expectElement(version, tags.integer, false),
    digestAlgorithms: digestAlgorithmElements.map((item) => readPlainAlgorithm(reader, item)),
    digestAlgorithmElements,
    contentType: readOid(reader, type),
    content: contents[0],
    certificates: choices.filter((choice) => choice.tag === tags.sequence),
    certificateChoices: choices,
    revocations,
    signers: readSet(reader, rest[0]),
  }
}

/** How a SignerInfo names its certificate. */
export type SignerId =
  | { kind: 'issuer-and-serial'; issuer: Uint8Array; serialOctets: Uint8Array }
  | { kind: 'key-identifier'; keyIdentifier: Uint8Array }

/** What the hub reads of SignerInfo. */
export type Signer = {
  version: Element
  id: SignerId
  digestAlgorithm: string
  attributes: Element | undefined
  /** The AlgorithmIdentifier of the signature, not read. */
  signatureAlgorithm: Element
  signature: Uint8Array
  /** The unsigned attributes, not read: nobody vouches for them. */
  unsignedAttributes: Element | undefined
}

/** Reads a SignerInfo. Throws DerError. */
export function readSigner(reader: DerReader, element: Element): Signer {
  const [version, id, digestAlgorithm, ...rest] = readSequence(reader, element)
  if (readSmallInteger(reader, version) > 3) throw new DerError('broken', 'an unknown version of SignerInfo')
  const attributes = rest[0]?.tag === context(0) ? rest.shift() : undefined
  const [signatureAlgorithm, signature, unsigned, ...others] = rest
  const isUnexpected = unsigned !== undefined && unsigned.tag !== context(1)
  if (signature === undefined || isUnexpected || others.length > 0) {
    throw new DerError('broken', 'unexpected fields of SignerInfo')
  }
  return {
    version: expectElement(version, tags.integer, false),
    id: readSignerId(reader, id),
    digestAlgorithm: readPlainAlgorithm(reader, digestAlgorithm),
    attributes: attributes === undefined ? undefined : expectElement(attributes, context(0), true),
    signatureAlgorithm: expectElement(signatureAlgorithm, tags.sequence, true),
    signature: readOctets(reader, signature),
    unsignedAttributes: unsigned && expectElement(unsigned, context(1), true),
  }
}

function readSignerId(reader: DerReader, element: Element | undefined): SignerId {
  if (element?.tag === context(0)) {
    return { kind: 'key-identifier', keyIdentifier: readOctets(reader, element, context(0)) }
  }
  const [issuer, serial] = readSequence(reader, element)
  return {
    kind: 'issuer-and-serial',
    issuer: reader.encoding(expectElement(issuer, tags.sequence, true)),
    serialOctets: readInteger(reader, serial),
  }
}

/** Whether an embedded certificate has these raw fields; spares parsing the others of a chain. */
export function hasIssuerAndSerial(reader: DerReader, element: Element, id: SignerId): boolean {
  const fields = readSequence(reader, readSequence(reader, element)[0])
  const [serial, , issuer] = fields[0]?.tag === context(0) ? fields.slice(1) : fields
  if (issuer === undefined || id.kind !== 'issuer-and-serial') return false
  const isSerial = equalBytes(readInteger(reader, serial), id.serialOctets)
  return isSerial && isSameName(reader.encoding(issuer), id.issuer)
}

/** Whether an id names a certificate. */
export function isNamedBy(id: SignerId, certificate: Certificate): boolean {
  if (id.kind === 'key-identifier') {
    const { subjectKeyIdentifier } = certificate
    return subjectKeyIdentifier !== undefined && equalBytes(subjectKeyIdentifier, id.keyIdentifier)
  }
  return equalBytes(certificate.serialOctets, id.serialOctets) && isSameName(certificate.issuer, id.issuer)
}
