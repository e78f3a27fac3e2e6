// Finds out whether a certificate is revoked, by the lists and answers at hand (RFC 5280, 6.3; RFC 6960). Pure.

import { limits } from '../../../schemas/limits.ts'
import type { RevocationFacts, RevocationSource } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { judgeByAnswers } from './by-answers.ts'
import { judgeByLists } from './by-lists.ts'
import { addressesOf, revocationFields } from './certificate-fields.ts'
import { reasonName, reasons } from './entries.ts'
import { directoryKey, generalNameKey } from './issuing-point.ts'
import { type Finding, type Judging, ProblemNotes, type RevocationInput } from './judging.ts'

/**
 * The revocation of one certificate as of the lists and answers current at `at`. The status says what they say:
 * whether a revocation came before or after the time a signature is proven for is seen by revokedAt. Lists and answers
 * that cannot be used are told in `problems`; without a usable one the status is unknown and there is at least one.
 */
export function judgeRevocation(input: RevocationInput): RevocationFacts {
  const asked = { count: 0 }
  return factsOf(input.certificate, ...judge(input, [input.certificate.thumbprint], asked))
}

/** The revocation of each certificate of a path, the target first and the anchor, which is not asked about, last. */
export function judgeRevocations(
  path: readonly Certificate[],
  input: Omit<RevocationInput, 'certificate' | 'issuer'>,
): RevocationFacts[] {
  const candidates = [...path, ...input.candidates]
  return path.slice(0, -1).flatMap((certificate, index) => {
    const issuer = path[index + 1]
    return issuer === undefined ? [] : [judgeRevocation({ ...input, candidates, certificate, issuer })]
  })
}

/**
 * `open` are the certificates whose revocation is being asked about, each for the sake of the one before; `asked`
 * counts all questions of one judgement.
 */
function judge(
  input: RevocationInput,
  open: readonly string[],
  asked: { count: number },
): [finding: Finding | undefined, problems: ProblemNotes] {
  const problems = new ProblemNotes()
  const isGood = (certificate: Certificate, issuer: Certificate) => {
    asked.count += 1
    const isTooDeep = open.length >= limits.revocationDepthMax || asked.count > limits.revocationQuestionsMax
    if (open.includes(certificate.thumbprint) && isItsOwnListIssuer(certificate)) return true
    if (isTooDeep || open.includes(certificate.thumbprint)) {
      problems.note('revocation.too-deep', '', `asked about ${open.length} others before`, certificate)
      return false
    }
    const [finding] = judge({ ...input, certificate, issuer }, [...open, certificate.thumbprint], asked)
    return finding?.status === 'good'
  }
  const judging: Judging = { ...input, problems, isGood }
  const finding = decide(judgeByLists(judging), judgeByAnswers(judging))
  if (finding === undefined && problems.all().length === 0) {
    problems.note('revocation.no-source', '', 'nothing at hand')
  }
  return [finding, problems]
}

/**
 * Whether the certificate of a signer of lists names the signer itself as the one whose list covers it. Its authority
 * wanted it so: the list then speaks for its own signer, as id-pkix-ocsp-nocheck lets a responder do.
 */
function isItsOwnListIssuer(certificate: Certificate): boolean {
  const own = directoryKey(certificate.subject)
  return revocationFields(certificate).points.some(({ crlIssuers }) =>
    crlIssuers.some((name) => generalNameKey(name) === own),
  )
}

/**
 * Of what lists and answers say a revocation stands, since it is not taken back; only a hold is (RFC 5280, 5.3.1), and
 * there the later word counts.
 */
function decide(byList: Finding | undefined, byAnswer: Finding | undefined): Finding | undefined {
  if (byList === undefined || byAnswer === undefined) return byList ?? byAnswer
  const final = [byList, byAnswer].filter(
    ({ status, reason }) => status === 'revoked' && reason !== reasons.certificateHold,
  )
  const [one = byList, other = byAnswer] = final.length === 1 ? [final[0], final[0]] : [byList, byAnswer]
  return other.thisUpdate.getTime() > one.thisUpdate.getTime() ? other : one
}

/** Addresses the certificate names, whatever their scheme; at most sourcesPerCertificateMax of a kind. */
function namedSources(certificate: Certificate): RevocationSource[] {
  const { points, ocspAddresses } = revocationFields(certificate)
  const of = (kind: RevocationSource['kind'], addresses: readonly string[]) =>
    addresses.slice(0, limits.sourcesPerCertificateMax).map((address) => ({ kind, address }))
  return [...of('CRL', points.flatMap(addressesOf)), ...of('OCSP', ocspAddresses)]
}

function factsOf(
  certificate: Certificate,
  finding: Finding | undefined,
  problems: ProblemNotes,
): RevocationFacts {
  const { further = [] } = finding ?? {}
  const sources = finding === undefined ? namedSources(certificate) : []
  return {
    certificate: certificate.thumbprint,
    status: finding?.status ?? 'unknown',
    source: finding?.source,
    evidence: finding?.evidence,
    ...(further.length === 0 ? {} : { further }),
    thisUpdate: finding?.thisUpdate.toISOString(),
    nextUpdate: finding?.nextUpdate?.toISOString(),
    revokedAt: finding?.revokedAt?.toISOString(),
    reason: finding?.reason === undefined ? undefined : reasonName(finding.reason),
    invalidityDate: finding?.invalidityDate?.toISOString(),
    ...(sources.length === 0 ? {} : { sources }),
    problems: problems.all(),
  }
}
