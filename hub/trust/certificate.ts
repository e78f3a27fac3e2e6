// Reads X.509 certificates (RFC 5280) with GOST keys (RFC 9215) and checks the signature of one by another.

import { createHash } from 'node:crypto'
import type { Thumbprint } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { type RawExtension, readExtensionList } from './certificate/extension-list.ts'
import { oids } from './der/oids.ts'
import { context, DerError, DerReader, type Element, tags } from './der/reader.ts'
import {
  equalBytes,
  expectElement,
  readBitString,
  readInteger,
  readOctets,
  readSequence,
  readSmallInteger,
  readTime,
} from './der/values.ts'
import { type NameAttributes, readName } from './distinguished-name.ts'
import { readPem } from './pem.ts'
import { type GostPublicKey, type PublicKey, readPublicKey } from './public-key.ts'
import { readSignatureScheme, type SignatureScheme, verifySignature } from './signature-scheme.ts'

/** A certificate as received. Byte fields are views of `der`, which is a copy of its own. */
export type Certificate = {
  readonly der: Uint8Array
  /** 1 to 3; other numbers are kept as they are, for validation to refuse. */
  readonly version: number
  readonly thumbprint: Thumbprint
  /** SHA-1 of the DER in lower-case hex, the thumbprint other tools show. */
  readonly thumbprintSha1: string
  /** Serial number in lower-case hex, without leading zero octets. */
  readonly serial: string
  /** Content octets of the serial number. */
  readonly serialOctets: Uint8Array
  /** Raw Name of the issuer. */
  readonly issuer: Uint8Array
  readonly issuerName: NameAttributes
  /** Raw Name of the subject. */
  readonly subject: Uint8Array
  readonly subjectName: NameAttributes
  readonly notBefore: Date
  readonly notAfter: Date
  readonly publicKey: PublicKey
  /** The key when it is one of GOST: what packages are signed with. */
  readonly key: GostPublicKey | undefined
  /** In the order of the certificate, repeated ones too; what the hub knows of is read by extensionsOf. */
  readonly extensions: readonly RawExtension[]
  readonly subjectKeyIdentifier: Uint8Array | undefined
  readonly authorityKeyIdentifier: Uint8Array | undefined
  readonly signed: {
    readonly tbs: Uint8Array
    /** Undefined when the two identifiers of the algorithm differ or name nothing known. */
    readonly scheme: SignatureScheme | undefined
    /** Whether the algorithm is named inside of what is signed as outside of it, octet by octet (RFC 5280, 4.1.1.2). */
    readonly isNamedAlike: boolean
    readonly signature: Uint8Array
  }
}

/**
 * Reads one certificate; nothing may follow it. Refused with certificate.broken when it is malformed, larger than
 * certificateBytesMax or beyond the limits of DER. Signatures and validity are not looked at.
 */
export function parseCertificate(der: Uint8Array): Certificate | Refusal {
  if (der.length > limits.certificateBytesMax) {
    return refuse('certificate.broken', `a certificate of ${der.length} bytes`)
  }
  try {
    // A copy, for a view would keep the whole package alive as long as the certificate.
    return readCertificate(new DerReader(Uint8Array.from(der)))
  } catch (error) {
    if (error instanceof DerError) return refuse('certificate.broken', error.message)
    throw error
  }
}

/**
 * Reads the certificates of a file: PEM with any number of them (other blocks are passed over), or one in DER.
 * Refused as a whole when one is refused or there is none.
 */
export function readCertificates(file: Uint8Array | string): Certificate[] | Refusal {
  const bytes = typeof file === 'string' ? Buffer.from(file, 'utf8') : file
  if (bytes[0] === 0x30) {
    const certificate = parseCertificate(bytes)
    return isRefusal(certificate) ? certificate : [certificate]
  }
  const blocks = readPem(Buffer.from(bytes).toString('latin1'))
  const certificates: Certificate[] = []
  for (const { label, der } of blocks) {
    if (label !== 'CERTIFICATE') continue
    const certificate = parseCertificate(der)
    if (isRefusal(certificate)) return certificate
    certificates.push(certificate)
  }
  return certificates.length > 0 ? certificates : refuse('certificate.broken', 'no certificate in the file')
}

/**
 * Whether the issuer's key signed the certificate (RFC 5280, 6.1.3 a 1). False also for other algorithms and keys;
 * names, validity and extensions are not looked at.
 */
export function verifyCertificateSignature(certificate: Certificate, issuer: Certificate): boolean {
  const { tbs, scheme, signature } = certificate.signed
  return scheme !== undefined && verifySignature({ key: issuer.publicKey, scheme, bytes: tbs, signature })
}

function readCertificate(reader: DerReader): Certificate {
  const [tbs, algorithm, signature] = readSequence(reader, reader.whole())
  const fields = readSequence(reader, tbs)
  const version = fields[0]?.tag === context(0) ? readVersion(reader, fields.shift()) : 1
  const [serial, innerAlgorithm, issuer, validity, subject, key, ...rest] = fields
  const serialOctets = readInteger(reader, serial)
  const [notBefore, notAfter] = readSequence(reader, validity)
  const outermost = reader.bytes
  const extensions = readExtensions(reader, rest)
  const publicKey = readPublicKey(reader, key)
  return {
    der: outermost,
    version,
    thumbprint: createHash('sha256').update(outermost).digest('hex') as Thumbprint,
    thumbprintSha1: createHash('sha1').update(outermost).digest('hex'),
    serial: Buffer.from(serialOctets)
      .toString('hex')
      .replace(/^(00)+(?=..)/, ''),
    serialOctets,
    issuerName: readName(reader, issuer),
    issuer: reader.encoding(expectElement(issuer, tags.sequence, true)),
    subjectName: readName(reader, subject),
    subject: reader.encoding(expectElement(subject, tags.sequence, true)),
    notBefore: readTime(reader, notBefore),
    notAfter: readTime(reader, notAfter),
    publicKey,
    key: publicKey.kind === 'gost' ? publicKey : undefined,
    extensions,
    ...readKeyIdentifiers(extensions),
    signed: {
      tbs: reader.encoding(expectElement(tbs, tags.sequence, true)),
      ...readScheme(reader, algorithm, innerAlgorithm),
      signature: readBitString(reader, signature),
    },
  }
}

function readVersion(reader: DerReader, element: Element | undefined): number {
  return element === undefined ? 1 : readSmallInteger(reader, reader.children(element)[0]) + 1
}

function readScheme(
  reader: DerReader,
  outer?: Element,
  inner?: Element,
): Pick<Certificate['signed'], 'scheme' | 'isNamedAlike'> {
  const expected = (element?: Element) => reader.encoding(expectElement(element, tags.sequence, true))
  const isNamedAlike = equalBytes(expected(outer), expected(inner))
  return { isNamedAlike, scheme: isNamedAlike ? readSignatureScheme(reader, outer) : undefined }
}

function readExtensions(reader: DerReader, fields: readonly Element[]): RawExtension[] {
  const wrapper = fields.find((field) => field.tag === context(3))
  return wrapper === undefined ? [] : readExtensionList(reader, reader.children(wrapper)[0])
}

type KeyIdentifiers = Pick<Certificate, 'subjectKeyIdentifier' | 'authorityKeyIdentifier'>

function readKeyIdentifiers(extensions: readonly RawExtension[]): KeyIdentifiers {
  let subjectKeyIdentifier: Uint8Array | undefined
  let authorityKeyIdentifier: Uint8Array | undefined
  for (const { oid, value } of extensions) {
    if (oid === oids.subjectKeyIdentifier) {
      const inner = new DerReader(value)
      subjectKeyIdentifier = readOctets(inner, inner.whole())
    } else if (oid === oids.authorityKeyIdentifier) {
      const inner = new DerReader(value)
      const keyIdentifier = readSequence(inner, inner.whole()).find((part) => part.tag === context(0))
      if (keyIdentifier !== undefined) authorityKeyIdentifier = inner.content(keyIdentifier)
    }
  }
  return { subjectKeyIdentifier, authorityKeyIdentifier }
}
