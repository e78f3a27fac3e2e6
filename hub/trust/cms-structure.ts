// The parts of CMS SignedData and SignerInfo as they stand in the bytes (RFC 5652, 5.1 and 5.3).

import { limits } from '../../schemas/limits.ts'
import { readPlainAlgorithm } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { context, DerError, type DerReader, type Element, tags } from './der/reader.ts'
import {
  equalBytes,
  expectElement,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readSet,
  readSmallInteger,
} from './der/values.ts'
import { isSameName } from './distinguished-name.ts'

/** What the hub reads of SignedData. */
export type SignedDataParts = {
  digestAlgorithms: string[]
  contentType: string
  content: Element | undefined
  certificates: Element[]
  signers: Element[]
}

/** Reads SignedData. Attribute certificates and revocation lists are passed over. Throws DerError. */
export function readSignedData(reader: DerReader, element: Element | undefined): SignedDataParts {
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
  if (rest[0]?.tag === context(1)) rest.shift()
  if (rest.length !== 1) throw new DerError('broken', 'unexpected fields of SignedData')
  return {
    digestAlgorithms: readSet(reader, digestAlgorithms).map((item) => readPlainAlgorithm(reader, item)),
    contentType: readOid(reader, type),
    content: contents[0],
    certificates: choices.filter((choice) => choice.tag === tags.sequence),
    signers: readSet(reader, rest[0]),
  }
}

/** How a SignerInfo names its certificate. */
export type SignerId =
  | { kind: 'issuer-and-serial'; issuer: Uint8Array; serialOctets: Uint8Array }
  | { kind: 'key-identifier'; keyIdentifier: Uint8Array }

/** What the hub reads of SignerInfo. */
export type Signer = {
  id: SignerId
  digestAlgorithm: string
  attributes: Element | undefined
  signatureAlgorithm: string
  signature: Uint8Array
}

/** Reads a SignerInfo. Unsigned attributes are passed over: nobody vouches for them. Throws DerError. */
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
    id: readSignerId(reader, id),
    digestAlgorithm: readPlainAlgorithm(reader, digestAlgorithm),
    attributes: attributes === undefined ? undefined : expectElement(attributes, context(0), true),
    signatureAlgorithm: readPlainAlgorithm(reader, signatureAlgorithm),
    signature: readOctets(reader, signature),
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
