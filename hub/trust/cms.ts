// Reads signed packages (CMS SignedData, RFC 5652) and checks their one GOST signature (CAdES-BES, RFC 5126).

import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { algorithmsOf, readPlainAlgorithm } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { certificateDigest, parseCertificateOnce } from './certificate-cache.ts'
import {
  encodingsToVerify,
  isEncodingOfAttributes,
  readSignedAttributes,
  type SignedAttributes,
} from './cms/attributes.ts'
import {
  hasIssuerAndSerial,
  isNamedBy,
  readContentInfo,
  readSigner,
  type SignedDataParts,
  type SignerId,
  startsAsCms,
} from './cms/structure.ts'
import { oids } from './der/oids.ts'
import { DerError, DerReader, type Element, tags } from './der/reader.ts'
import { equalBytes, joinSpans } from './der/values.ts'
import { isSameName } from './distinguished-name.ts'
import type { Curve } from './gost/curves.ts'
import { createDigest, digest, verify } from './gost/kernel.ts'

/** A CMS of one signer as read, nothing verified yet. Byte fields are views of the received bytes. */
export type SignedPackage = {
  /** The signer's certificate: found by the signer's id, trusted by nobody yet. */
  readonly certificate: Certificate
  /** All certificates that came along, raw. */
  readonly embedded: readonly Uint8Array[]
  readonly contentType: string
  /** What was signed; joined at the first use when the signer streamed it in segments. */
  readonly content: Uint8Array
  /** Where the content stands, so that it can be digested without being joined. */
  readonly contentSource: { readonly bytes: Uint8Array; readonly spans: readonly number[] }
  readonly digestAlgorithm: string
  readonly signatureAlgorithm: string
  readonly curve: Curve
  readonly signedAttributes: SignedAttributes | undefined
  readonly signature: Uint8Array
}

/** What a reader may be given besides the bytes. */
export type ReadOptions = {
  /** Certificates to look in when the CMS does not carry the signer's; gone through only then. */
  registered?: Iterable<Certificate>
  /** The content of a detached signature; without it a detached signature is refused. */
  detachedContent?: Uint8Array
}

/**
 * Reads the structure of a signed CMS without computing digests, so that the signer is known before any work is
 * spent. DER or BER; nothing may follow it. Refusals: cms.not-cms, cms.broken, cms.too-complex, cms.not-signed,
 * cms.signers-many, cms.detached, cms.certificate-missing, cms.algorithm, cms.attributes. Never throws for any bytes.
 */
export function readSigned(bytes: Uint8Array, options: ReadOptions = {}): SignedPackage | Refusal {
  if (!startsAsCms(bytes)) return refuse('cms.not-cms', `${bytes.length} bytes that start as no CMS`)
  try {
    return readPackage(new DerReader(bytes), options)
  } catch (error) {
    if (error instanceof DerError) {
      return refuse(error.kind === 'broken' ? 'cms.broken' : 'cms.too-complex', error.message)
    }
    throw error
  }
}

/**
 * The attached content alone, of bytes that were verified before: it can be read when the certificate of the signer
 * is no longer registered anywhere. Refusals: cms.not-cms, cms.broken, cms.too-complex, cms.not-signed, cms.detached.
 */
export function readSignedContent(bytes: Uint8Array): Uint8Array | Refusal {
  if (!startsAsCms(bytes)) return refuse('cms.not-cms', `${bytes.length} bytes that start as no CMS`)
  try {
    const reader = new DerReader(bytes)
    const parts = readSignedDataOf(reader)
    if (isRefusal(parts)) return parts
    const source = contentSource(reader, parts.content)
    return source === undefined
      ? refuse('cms.detached', 'the content is absent')
      : joinSpans(source.bytes, source.spans)
  } catch (error) {
    if (error instanceof DerError)
      return refuse(error.kind === 'broken' ? 'cms.broken' : 'cms.too-complex', error.message)
    throw error
  }
}

/**
 * Verifies what readSigned gave: the digest of the content, the signing certificate attribute, the signature over
 * the DER of the signed attributes (or over the content when there are none). Undefined when all is well. The work
 * is one Streebog over the content and one verification (two when the attributes came in no DER order).
 * Whether the certificate is worth anything is not judged here.
 */
export function verifySigned(signed: SignedPackage): Refusal | undefined {
  const { certificate, signedAttributes, signature } = signed
  if (certificate.key === undefined) return refuse('cms.algorithm', 'the key of the signer is no GOST key')
  const { curve, publicKey } = certificate.key
  const { digestName } = algorithmsOf(curve.bits)
  const contentDigest = digestContent(signed)
  if (signedAttributes === undefined) {
    const isValid = verify({ curve, publicKey, digest: contentDigest, signature })
    return isValid ? undefined : refuse('cms.signature', 'the signature of the content')
  }
  if (!equalBytes(contentDigest, signedAttributes.messageDigest)) {
    return refuse('cms.digest', `the digest of ${spansLength(signed.contentSource.spans)} bytes of content`)
  }
  const mismatch = checkSigningCertificate(signedAttributes, certificate)
  if (mismatch !== undefined) return mismatch
  for (const encoding of encodingsToVerify(signedAttributes)) {
    if (verify({ curve, publicKey, digest: digest(digestName, encoding), signature })) return undefined
  }
  return refuse('cms.signature', 'the signature of the signed attributes')
}

function readSignedDataOf(reader: DerReader): SignedDataParts | Refusal {
  const parts = readContentInfo(reader)
  return typeof parts === 'string' ? refuse('cms.not-signed', `a CMS of type ${parts}`) : parts
}

function readPackage(reader: DerReader, options: ReadOptions): SignedPackage | Refusal {
  const parts = readSignedDataOf(reader)
  if (isRefusal(parts)) return parts
  const [signerElement, ...moreSigners] = parts.signers
  if (signerElement === undefined) return refuse('cms.not-signed', 'no signer')
  if (moreSigners.length >= limits.signersPerPackageMax) {
    return refuse('cms.signers-many', `${parts.signers.length} signers`)
  }
  const source = contentSource(reader, parts.content, options.detachedContent)
  if (source === undefined) return refuse('cms.detached', 'the content is absent')
  const signer = readSigner(reader, signerElement)
  const signatureAlgorithm = readPlainAlgorithm(reader, signer.signatureAlgorithm)
  const certificate = findCertificate(reader, { id: signer.id, embedded: parts.certificates, options })
  if (isRefusal(certificate)) return certificate
  const algorithms = checkAlgorithms({ ...signer, signatureAlgorithm }, parts.digestAlgorithms, certificate)
  if (isRefusal(algorithms)) return algorithms
  const signedAttributes =
    signer.attributes && readSignedAttributes(reader, signer.attributes, parts.contentType)
  if (signedAttributes !== undefined && isRefusal(signedAttributes)) return signedAttributes
  const signed = joinedLazily(source, {
    certificate,
    embedded: parts.certificates.map((element) => reader.encoding(element)),
    contentType: parts.contentType,
    digestAlgorithm: signer.digestAlgorithm,
    signatureAlgorithm,
    curve: algorithms.curve,
    signedAttributes,
    signature: signer.signature,
  })
  return signedAttributes === undefined ? (checkBareContent(signed) ?? signed) : signed
}

type Search = { id: SignerId; embedded: readonly Element[]; options: ReadOptions }

/** The one certificate the signer's id names: among those in the CMS, else among the registered ones. */
function findCertificate(reader: DerReader, search: Search): Certificate | Refusal {
  const { id, embedded, options } = search
  let found: Certificate | undefined
  for (const element of embedded) {
    // Comparing the raw fields first spares parsing the other certificates of the chain.
    if (id.kind === 'issuer-and-serial' && !hasIssuerAndSerial(reader, element, id)) continue
    const certificate = parseCertificateOnce(reader.encoding(element))
    if (isRefusal(certificate)) return refuse('cms.broken', certificate.seen, 'certificate')
    if (!isNamedBy(id, certificate) || certificate.thumbprint === found?.thumbprint) continue
    if (found !== undefined) return refuse('cms.broken', 'two certificates answer to the id of the signer')
    found = certificate
  }
  found ??= firstNamed(id, options.registered ?? [])
  return found ?? refuse('cms.certificate-missing', `none of ${embedded.length} certificates is the signer's`)
}

function firstNamed(id: SignerId, certificates: Iterable<Certificate>): Certificate | undefined {
  for (const certificate of certificates) if (isNamedBy(id, certificate)) return certificate
  return undefined
}

/** Key, digest and signature must be GOST of one size; the signature may be named by either identifier. */
function checkAlgorithms(
  signer: { digestAlgorithm: string; signatureAlgorithm: string },
  digestAlgorithms: readonly string[],
  certificate: Certificate,
): { curve: Curve } | Refusal {
  const { key } = certificate
  if (key === undefined) return refuse('cms.algorithm', 'the key of the signer is no known GOST key')
  const expected = algorithmsOf(key.curve.bits)
  if (signer.digestAlgorithm !== expected.digestOid) {
    return refuse('cms.algorithm', `digest ${signer.digestAlgorithm} with a key of ${expected.bits} bits`)
  }
  if (![expected.keyOid, expected.signatureOid].includes(signer.signatureAlgorithm)) {
    return refuse(
      'cms.algorithm',
      `signature ${signer.signatureAlgorithm} with a key of ${expected.bits} bits`,
    )
  }
  if (!digestAlgorithms.includes(signer.digestAlgorithm)) {
    return refuse('cms.algorithm', "the signer's digest is not among the digests of the CMS")
  }
  return { curve: key.curve }
}

/**
 * Without signed attributes only plain data may be signed (RFC 5652, 5.3), and not what is itself an encoding of
 * signed attributes: those bytes may come from a signature with attributes over something else.
 */
function checkBareContent(signed: SignedPackage): Refusal | undefined {
  if (signed.contentType !== oids.cmsData) return refuse('cms.attributes', 'no signed attributes')
  if (!isEncodingOfAttributes(signed.content)) return undefined
  return refuse('cms.attributes', 'the content is an encoding of signed attributes')
}

type Source = SignedPackage['contentSource']

function contentSource(reader: DerReader, content?: Element, detached?: Uint8Array): Source | undefined {
  if (content !== undefined) {
    if (content.tag !== tags.octetString) throw new DerError('broken', 'the content is no octet string')
    return { bytes: reader.bytes, spans: reader.octetSpans(content) }
  }
  return detached === undefined ? undefined : { bytes: detached, spans: [0, detached.length] }
}

function joinedLazily(source: Source, rest: Omit<SignedPackage, 'content' | 'contentSource'>): SignedPackage {
  let joined: Uint8Array | undefined
  return {
    ...rest,
    contentSource: source,
    get content() {
      joined ??= joinSpans(source.bytes, source.spans)
      return joined
    },
  }
}

function digestContent(signed: SignedPackage): Uint8Array {
  const { bytes, spans } = signed.contentSource
  const stream = createDigest(algorithmsOf(signed.curve.bits).digestName)
  for (let i = 0; i < spans.length; i += 2) stream.update(bytes.subarray(spans[i], spans[i + 1]))
  return stream.digest()
}

function spansLength(spans: readonly number[]): number {
  let length = 0
  for (let i = 0; i < spans.length; i += 2) length += (spans[i + 1] ?? 0) - (spans[i] ?? 0)
  return length
}

/** The first certificate a signing-certificate attribute names must be the signer's (RFC 5035, 4). */
function checkSigningCertificate(
  attributes: SignedAttributes,
  certificate: Certificate,
): Refusal | undefined {
  for (const named of attributes.signingCertificates) {
    const expected = certificateDigest(certificate, named.digestAlgorithm)
    if (expected === undefined) {
      return refuse('cms.attributes', `signing-certificate with digest ${named.digestAlgorithm}`)
    }
    const isSame =
      equalBytes(expected, named.digest) &&
      (named.issuer === undefined || isSameName(named.issuer, certificate.issuer)) &&
      (named.serialOctets === undefined || equalBytes(named.serialOctets, certificate.serialOctets))
    if (!isSame)
      return refuse('cms.attributes', "signing-certificate names another certificate than the signer's")
  }
  return undefined
}
