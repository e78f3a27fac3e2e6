// Reads OCSP answers (RFC 6960, 4.2) within bounds.

import { createHash } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { readPlainAlgorithm } from '../algorithms.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { context, DerError, DerReader, type Element, tags } from '../der/reader.ts'
import {
  expectElement,
  readBitString,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readTime,
} from '../der/values.ts'
import { type AnyDigest, digestNameOf, readSignatureScheme } from '../signature-scheme.ts'
import { readReason } from './entries.ts'
import { plainNumber } from './entry-scan.ts'
import { type Extensions, insideOf, readExtensions, unknownCritical } from './extensions.ts'
import { revocationOids } from './identifiers.ts'
import type { Signed } from './revocation-list.ts'

/** CertID: which certificate an answer is about. */
export type CertificateId = {
  /** Undefined for a digest nobody here knows: the answer is then about no known certificate. */
  readonly digest: AnyDigest | undefined
  readonly issuerName: Uint8Array
  readonly issuerKey: Uint8Array
  /** Content octets of the serial number, without those that say nothing. */
  readonly serial: Uint8Array
}

/** SingleResponse. */
export type SingleAnswer = {
  readonly id: CertificateId
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly revokedAt: Date | undefined
  readonly reason: number | undefined
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  readonly unknownCritical: string | undefined
}

/** A signed answer on one or more certificates; byte fields are views of `der`. */
export type OcspAnswer = {
  readonly der: Uint8Array
  /** SHA-256 of the DER in lower-case hex. */
  readonly sha256: string
  /** Raw Name of the responder, or the SHA-1 of its key. */
  readonly responder: { readonly name: Uint8Array } | { readonly keyHash: Uint8Array }
  readonly producedAt: Date
  readonly nonce: Uint8Array | undefined
  readonly answers: readonly SingleAnswer[]
  /** Those certificates it brings that can be read. */
  readonly certificates: readonly Certificate[]
  readonly unknownCritical: string | undefined
  readonly signed: Signed
}

const enumerated = 0x0a
const statusNames = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  '',
  'sigRequired',
  'unauthorized',
]

/**
 * Reads OCSPResponse in DER; nothing may follow it. Bounds: ocspBytesMax, ocspAnswersMax, certificatesPerCmsMax.
 * Refused with ocsp.broken, and with ocsp.unsuccessful when the responder says so. Nothing is verified.
 */
export function parseOcspAnswer(der: Uint8Array): OcspAnswer | Refusal {
  if (der.length > limits.ocspBytesMax) return refuse('ocsp.broken', `an answer of ${der.length} bytes`)
  try {
    return readAnswer(new DerReader(Uint8Array.from(der)))
  } catch (error) {
    if (error instanceof DerError) return refuse('ocsp.broken', error.message)
    throw error
  }
}

function readAnswer(reader: DerReader): OcspAnswer | Refusal {
  const [status, wrapper, ...more] = readSequence(reader, reader.whole())
  const [code = 0xff, ...rest] = reader.content(expectElement(status, enumerated, false))
  if (rest.length > 0 || code > 6 || more.length > 0) throw new DerError('broken', 'a malformed status')
  if (code !== 0) return refuse('ocsp.unsuccessful', statusNames[code] || `status ${code}`)
  const [type, octets] = readSequence(reader, onlyChild(reader, wrapper, 0))
  if (readOid(reader, type) !== revocationOids.ocspBasic || octets === undefined) {
    throw new DerError('broken', 'an answer of an unknown type')
  }
  return readBasic(new DerReader(readOctets(reader, octets)), reader.bytes)
}

function readBasic(reader: DerReader, der: Uint8Array): OcspAnswer {
  const [tbs, algorithm, signature, wrapper, ...more] = readSequence(reader, reader.whole())
  if (more.length > 0) throw new DerError('broken', 'fields after the certificates')
  const fields = readSequence(reader, tbs)
  if (fields[0]?.tag === context(0)) fields.shift()
  const [responder, producedAt, list, extensionsWrapper] = fields
  const answers = readSequence(reader, list)
  if (answers.length > limits.ocspAnswersMax) throw new DerError('too-complex', `${answers.length} answers`)
  const extensions = readWrapped(reader, extensionsWrapper)
  return {
    der,
    sha256: createHash('sha256').update(der).digest('hex'),
    responder: readResponder(reader, responder),
    producedAt: readTime(reader, expectElement(producedAt, tags.generalizedTime, false)),
    nonce: readNonce(extensions),
    answers: answers.map((answer) => readSingle(reader, answer)),
    certificates: wrapper === undefined ? [] : readCertificates(reader, onlyChild(reader, wrapper, 0)),
    unknownCritical: unknownCritical(extensions, new Set([revocationOids.ocspNonce])),
    signed: {
      tbs: reader.encoding(expectElement(tbs, tags.sequence, true)),
      scheme: readSignatureScheme(reader, algorithm),
      signature: readBitString(reader, signature),
    },
  }
}

function readResponder(reader: DerReader, element: Element | undefined): OcspAnswer['responder'] {
  if (element?.tag === context(1)) {
    return { name: reader.encoding(expectElement(onlyChild(reader, element, 1), tags.sequence, true)) }
  }
  return { keyHash: readOctets(reader, onlyChild(reader, element, 2)) }
}

function readSingle(reader: DerReader, element: Element): SingleAnswer {
  const [id, status, thisUpdate, ...rest] = readSequence(reader, element)
  const nextUpdate = rest[0]?.tag === context(0) ? rest.shift() : undefined
  const extensions = readWrapped(reader, rest.shift())
  if (rest.length > 0) throw new DerError('broken', 'fields after the extensions of an answer')
  return {
    id: readCertificateId(reader, id),
    ...readStatus(reader, status),
    thisUpdate: readTime(reader, expectElement(thisUpdate, tags.generalizedTime, false)),
    nextUpdate: nextUpdate === undefined ? undefined : readTime(reader, onlyChild(reader, nextUpdate, 0)),
    unknownCritical: unknownCritical(extensions, new Set()),
  }
}

function readCertificateId(reader: DerReader, element: Element | undefined): CertificateId {
  const [algorithm, issuerName, issuerKey, serial] = readSequence(reader, element)
  const octets = (part: Element | undefined) => reader.content(expectElement(part, tags.octetString, false))
  return {
    digest: digestNameOf(readPlainAlgorithm(reader, algorithm)),
    issuerName: octets(issuerName),
    issuerKey: octets(issuerKey),
    serial: plainNumber(readInteger(reader, serial)),
  }
}

function readStatus(
  reader: DerReader,
  element: Element | undefined,
): Pick<SingleAnswer, 'status' | 'revokedAt' | 'reason'> {
  if (element?.tag === context(0)) return { status: 'good', revokedAt: undefined, reason: undefined }
  if (element?.tag === context(2)) return { status: 'unknown', revokedAt: undefined, reason: undefined }
  const [time, wrapper] = reader.children(expectElement(element, context(1), true))
  const reason =
    wrapper === undefined ? 0 : readReason(reader.encoding(onlyChild(reader, wrapper, 0)), enumerated)
  return { status: 'revoked', revokedAt: readTime(reader, time), reason }
}

function readWrapped(reader: DerReader, wrapper: Element | undefined): Extensions {
  return wrapper === undefined ? new Map() : readExtensions(reader, onlyChild(reader, wrapper, 1))
}

/** The nonce: an OCTET STRING (RFC 8954, 2.1), or the octets themselves as older responders write them. */
function readNonce(extensions: Extensions): Uint8Array | undefined {
  const extension = extensions.get(revocationOids.ocspNonce)
  if (extension === undefined) return undefined
  if (extension.value.length > limits.ocspNonceBytesMax) throw new DerError('broken', 'a long nonce')
  if (extension.value[0] !== tags.octetString) return extension.value
  const { reader, whole } = insideOf(extension)
  return readOctets(reader, whole)
}

function readCertificates(reader: DerReader, element: Element): Certificate[] {
  const encodings = readSequence(reader, element)
  if (encodings.length > limits.certificatesPerCmsMax) {
    throw new DerError('too-complex', `${encodings.length} certificates`)
  }
  return encodings.flatMap((encoding) => {
    const certificate = parseCertificate(reader.encoding(encoding))
    return isRefusal(certificate) ? [] : [certificate]
  })
}

/** What an explicit tag stands around. */
function onlyChild(reader: DerReader, element: Element | undefined, number: number): Element {
  const [child, ...more] = reader.children(expectElement(element, context(number), true))
  if (child === undefined || more.length > 0)
    throw new DerError('broken', `an explicit tag around ${more.length + 1}`)
  return child
}
