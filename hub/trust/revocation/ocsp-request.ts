// Forms OCSP requests (RFC 6960, 4.1) and tells whether an answer is to the request (RFC 6960, 3.2; RFC 8954).

import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { context, tags } from '../der/reader.ts'
import { equalBytes } from '../der/values.ts'
import {
  constructed,
  join,
  nullValue,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
} from '../der/write.ts'
import { type AnyDigest, digestBytes } from '../signature-scheme.ts'
import { keyBits } from './certificate-fields.ts'
import { plainNumber } from './entry-scan.ts'
import { revocationOids } from './identifiers.ts'
import type { CertificateId, OcspAnswer } from './ocsp-answer.ts'

/** Digests a request may name the issuer by. SHA-1 is what every responder understands (RFC 6960, 4.3). */
const requestDigests = {
  sha1: oids.sha1,
  sha256: oids.sha256,
  streebog256: oids.streebog256,
} as const satisfies Partial<Record<AnyDigest, string>>

/** A request as sent, with what an answer to it must say. */
export type OcspRequest = {
  readonly der: Uint8Array
  readonly certificate: Certificate
  readonly issuer: Certificate
  readonly nonce: Uint8Array | undefined
}

/** Forms a request on one certificate. The nonce is the caller's random octets, 32 of them (RFC 9654, 2.1). */
export function formOcspRequest(input: {
  certificate: Certificate
  issuer: Certificate
  digest: keyof typeof requestDigests
  nonce?: Uint8Array
}): OcspRequest {
  const { certificate, issuer, digest, nonce } = input
  const id = sequence(
    sequence(objectIdentifier(requestDigests[digest]), nullValue()),
    octetString(digestBytes(digest, issuer.subject)),
    octetString(digestBytes(digest, keyBits(issuer) ?? new Uint8Array(0))),
    primitive(tags.integer, certificate.serialOctets),
  )
  const list = sequence(sequence(id))
  const value = nonce === undefined ? undefined : octetString(join(octetString(nonce)))
  const extensions =
    value === undefined
      ? []
      : [constructed(context(2), sequence(sequence(objectIdentifier(revocationOids.ocspNonce), value)))]
  return { der: join(sequence(sequence(list, ...extensions))), certificate, issuer, nonce }
}

/**
 * Refused with ocsp.other-request when an answer says nothing about the certificate asked for, or brings another nonce
 * than the one sent. No nonce in the answer is allowed: responders that sign ahead have none (RFC 5019, 4).
 */
export function checkIsAnswerTo(request: OcspRequest, answer: OcspAnswer): OcspAnswer | Refusal {
  const { certificate, issuer, nonce } = request
  if (!answer.answers.some(({ id }) => isIdOf(id, certificate, issuer))) {
    return refuse('ocsp.other-request', `nothing about certificate ${certificate.thumbprint}`)
  }
  if (nonce !== undefined && answer.nonce !== undefined && !equalBytes(nonce, answer.nonce)) {
    return refuse('ocsp.other-request', 'another nonce')
  }
  return answer
}

/** Whether a CertID is that of a certificate: its serial number, and its issuer's name and key by their digests. */
export function isIdOf(id: CertificateId, certificate: Certificate, issuer: Certificate): boolean {
  if (id.digest === undefined || !equalBytes(id.serial, plainNumber(certificate.serialOctets))) return false
  const key = keyBits(issuer)
  return (
    key !== undefined &&
    equalBytes(id.issuerName, digestBytes(id.digest, certificate.issuer)) &&
    equalBytes(id.issuerKey, digestBytes(id.digest, key))
  )
}
