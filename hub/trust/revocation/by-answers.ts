// The status of a certificate by OCSP answers: what they are about, who may give them, and when (RFC 6960, 3.2 and 4.2.2).

import { createHash } from 'node:crypto'
import { keyUses } from '../certificate/extensions.ts'
import type { Certificate } from '../certificate.ts'
import { equalBytes } from '../der/values.ts'
import { keyBits, revocationFields } from './certificate-fields.ts'
import { plainNumber } from './entry-scan.ts'
import { isSignedBy } from './evidence.ts'
import { revocationOids } from './identifiers.ts'
import { type Finding, isCurrent, type Judging } from './judging.ts'
import { nameKey } from './name-key.ts'
import type { OcspAnswer, SingleAnswer } from './ocsp-answer.ts'
import { isIdOf } from './ocsp-request.ts'

/** What answers say, the newest usable one; undefined, with notes, when those at hand do not tell. */
export function judgeByAnswers(judging: Judging): Finding | undefined {
  const { certificate, issuer, evidence, problems } = judging
  for (const answer of evidence.answersOn(plainNumber(certificate.serialOctets))) {
    const singles = answer.answers.filter(({ id }) => isIdOf(id, certificate, issuer))
    const [single] = singles.sort((one, other) => other.thisUpdate.getTime() - one.thisUpdate.getTime())
    if (single === undefined) {
      problems.note('revocation.other-certificate', answer.sha256, 'the serial number of another issuer')
    } else if (isUsable(judging, answer, single)) {
      const finding = findingOf(answer, single)
      if (finding !== undefined) return finding
      problems.note('revocation.not-known', answer.sha256, 'status unknown')
    }
  }
  return undefined
}

function isUsable(judging: Judging, answer: OcspAnswer, single: SingleAnswer): boolean {
  const { problems, at } = judging
  const unknown = answer.unknownCritical ?? single.unknownCritical
  if (unknown !== undefined) {
    problems.note('revocation.critical-extension', answer.sha256, unknown)
    return false
  }
  if (answer.producedAt.getTime() > at.getTime()) {
    problems.note('revocation.not-yet', answer.sha256, `producedAt ${answer.producedAt.toISOString()}`)
    return false
  }
  return isCurrent(judging, answer.sha256, single) && isAuthorised(judging, answer)
}

function findingOf(answer: OcspAnswer, single: SingleAnswer): Finding | undefined {
  const { status, thisUpdate, nextUpdate, revokedAt, reason } = single
  const told = { source: 'ocsp', evidence: answer.sha256, further: [], thisUpdate, nextUpdate } as const
  if (status === 'good') return { ...told, status }
  if (status === 'unknown' || revokedAt === undefined) return undefined
  return { ...told, status, revokedAt, reason: reason ?? 0 }
}

/** Whether the answer is signed by the issuer itself, or by one it has charged with answering (RFC 6960, 4.2.2.2). */
function isAuthorised(judging: Judging, answer: OcspAnswer): boolean {
  const { issuer, candidates, problems } = judging
  const named = [issuer, ...answer.certificates, ...candidates].filter((one) => isResponder(answer, one))
  const signers = named.filter(({ publicKey }) => isSignedBy(answer.signed, publicKey))
  if (signers.some((signer) => whyNotCharged(judging, signer) === undefined)) return true
  if (named.length === 0)
    problems.note('revocation.responder', answer.sha256, 'no certificate of the responder')
  else if (signers.length === 0)
    problems.note('revocation.signature', answer.sha256, 'not the responder’s key')
  for (const signer of signers) {
    problems.note('revocation.responder', answer.sha256, whyNotCharged(judging, signer) ?? '', signer)
  }
  return false
}

function isResponder({ responder }: OcspAnswer, certificate: Certificate): boolean {
  if ('name' in responder) return nameKey(responder.name) === nameKey(certificate.subject)
  const key = keyBits(certificate)
  return key !== undefined && equalBytes(responder.keyHash, createHash('sha1').update(key).digest())
}

/** Why a certificate may not answer for the issuer; undefined when it may. */
function whyNotCharged(judging: Judging, signer: Certificate): string | undefined {
  const { issuer, at } = judging
  if (signer.thumbprint === issuer.thumbprint) return undefined
  const { purposes, keyUsage, unknownCritical, hasNoCheck } = revocationFields(signer)
  if (!purposes.includes(revocationOids.ocspSigning)) return 'extendedKeyUsage without OCSPSigning'
  const isDirect =
    nameKey(signer.issuer) === nameKey(issuer.subject) && isSignedBy(signer.signed, issuer.publicKey)
  if (!isDirect) return 'not issued by the issuer of the certificate'
  if (keyUsage !== undefined && (keyUsage & keyUses.digitalSignature) === 0) {
    return 'keyUsage without digitalSignature'
  }
  if (unknownCritical !== undefined) return `unknown critical extension ${unknownCritical}`
  if (at.getTime() < signer.notBefore.getTime() || at.getTime() > signer.notAfter.getTime()) {
    return 'not valid at this time'
  }
  if (hasNoCheck || judging.isGood(signer, issuer)) return undefined
  return 'its certificate is revoked or not known to be good'
}
