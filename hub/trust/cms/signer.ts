// Judges one signer of a CMS: form, certificate and attributes first, digest and signature once the content was seen.

import { limits } from '../../../schemas/limits.ts'
import type { Found, SignerFacts } from '../../../schemas/verdict/facts.ts'
import type { ProblemCode } from '../../../schemas/verdict/problems.ts'
import type { Certificate } from '../certificate.ts'
import { certificateFacts } from '../certificate-facts.ts'
import { isDerSet } from '../der/canonical.ts'
import { oids } from '../der/oids.ts'
import { tags } from '../der/reader.ts'
import { equalBytes, readOid, readSequence, readSmallInteger } from '../der/values.ts'
import type { Curve } from '../gost/curves.ts'
import { verify as verifyGost } from '../gost/kernel.ts'
import { describeKey, lacksParameters, openKey } from '../public-key.ts'
import { verifySignature } from '../signature-scheme.ts'
import type { SignatureAllowance } from './allowance.ts'
import {
  type AttributeFault,
  type CollectedAttributes,
  collectSignedAttributes,
  encodingsToVerify,
} from './attributes.ts'
import type { SeenContent } from './content.ts'
import { isFound, type OpenedCms, readingDer } from './open.ts'
import {
  isWeakDigest,
  readSignerAlgorithms,
  type SignerAlgorithms,
  signatureOid,
} from './signer-algorithms.ts'
import { findSigningCertificate, signingCertificateProblems } from './signing-certificate.ts'
import type { Signer } from './structure.ts'

/** A signer before its content is known. */
export type PreparedSigner = {
  readonly opened: OpenedCms
  readonly signer: Signer
  readonly certificate: Certificate | undefined
  /** Undefined when nothing can be verified; the problems say why. */
  readonly algorithms: SignerAlgorithms | undefined
  readonly signatureAlgorithm: string
  readonly attributes: CollectedAttributes | undefined
  readonly problems: readonly Found[]
}

/** What the judging of signers depends on besides the CMS. */
export type SignerOptions = {
  /** Certificates to look in when the CMS does not carry the signer's. */
  readonly known?: readonly Certificate[]
  /** The time of judging; without it a claimed time in the future is not looked for. */
  readonly at?: Date
  /** What the files of the message may still cost; each file takes from it. Without it nothing is counted. */
  readonly allowance?: SignatureAllowance
}

/** Everything that can be said of a signer without its content. Never throws for any bytes. */
export function prepareSigner(opened: OpenedCms, signer: Signer, options: SignerOptions): PreparedSigner {
  const { reader, parts } = opened
  const problems: Found[] = []
  const note = (problem: ProblemCode, seen: string): void => void problems.push({ problem, seen })
  const attributes =
    signer.attributes && collectSignedAttributes(reader, signer.attributes, parts.contentType)
  const named = attributes?.signingCertificates ?? []
  problems.push(...versionProblems(opened, signer))
  if (!parts.digestAlgorithms.includes(signer.digestAlgorithm)) {
    note('cms.digest-announced', `digest ${signer.digestAlgorithm}`)
  }
  const found = findSigningCertificate(opened, { id: signer.id, named, known: options.known ?? [] })
  const certificate = isFound(found) ? undefined : found
  if (isFound(found)) problems.push(found)
  let algorithms: SignerAlgorithms | undefined
  if (certificate !== undefined) {
    const read = readingDer(() => readSignerAlgorithms(reader, signer, certificate.publicKey))
    if (isFound(read)) problems.push(read)
    else algorithms = read
  }
  const weak = [algorithms?.digest, algorithms?.scheme.digest].find((name) => name && isWeakDigest(name))
  if (weak !== undefined) note('cms.digest-weak', `digest ${weak}`)
  if (attributes === undefined) {
    if (parts.contentType !== oids.cmsData)
      note('cms.attribute-missing', `content of type ${parts.contentType}`)
    note('cms.attributes-absent', 'no signed attributes')
  } else {
    problems.push(...attributeProblems(opened, { signer, attributes, at: options.at }))
    if (certificate !== undefined) problems.push(...signingCertificateProblems(named, certificate))
  }
  const oid = readingDer(() => ({ oid: signatureOid(reader, signer) }))
  if (isFound(oid) && certificate === undefined) problems.push(oid)
  const signatureAlgorithm = isFound(oid) ? '' : oid.oid
  return { opened, signer, certificate, algorithms, signatureAlgorithm, attributes, problems }
}

/**
 * The facts of a signer whose content was seen, or was not found. One digest of the content, which the content
 * computes once for all signers, and one verification; a second one when the attributes came in no DER order.
 */
export function judgeSigner(
  prepared: PreparedSigner,
  content: SeenContent | undefined,
): Omit<SignerFacts, 'timestamps'> {
  const { signer, certificate, attributes } = prepared
  const problems = [...prepared.problems]
  if (content === undefined)
    problems.push({ problem: 'cms.content-missing', seen: 'a detached signature alone' })
  const digested = attributes === undefined ? undefined : digestProblem(prepared, content)
  if (digested !== undefined) problems.push(digested)
  problems.push(...signatureProblems(prepared, content))
  return {
    certificate: certificate && certificateFacts(certificate),
    digestAlgorithm: signer.digestAlgorithm,
    signatureAlgorithm: prepared.signatureAlgorithm,
    messageDigest: attributes?.messageDigest && Buffer.from(attributes.messageDigest).toString('hex'),
    claimedTime: attributes?.signingTime?.toISOString(),
    problems,
  }
}

/** Version 1 goes with issuer and serial, 3 with a key identifier (RFC 5652, 5.3). */
function versionProblems({ reader }: OpenedCms, signer: Signer): Found[] {
  const expected = signer.id.kind === 'key-identifier' ? 3 : 1
  const written = readSmallInteger(reader, signer.version)
  if (written === expected) return []
  return [{ problem: 'cms.version', seen: `SignerInfo of version ${written}, expected ${expected}` }]
}

const problemOfFault: Readonly<Record<AttributeFault['kind'], ProblemCode>> = {
  repeated: 'cms.attribute-repeated',
  missing: 'cms.attribute-missing',
  'content-type': 'cms.content-type',
  broken: 'cms.attribute-broken',
}

/** Attributes that vouch for a signature and so cannot be covered by it. */
const unsignedOnly = [oids.countersignature, oids.signatureTimestamp, oids.archiveTimestampV3] as const

type AttributeInput = { signer: Signer; attributes: CollectedAttributes; at: Date | undefined }

function attributeProblems({ reader }: OpenedCms, { signer, attributes, at }: AttributeInput): Found[] {
  const problems: Found[] = attributes.faults.map(({ kind, seen }) => ({
    problem: problemOfFault[kind],
    seen,
  }))
  if (signer.attributes !== undefined && !isDerSet(reader, signer.attributes)) {
    problems.push({ problem: 'cms.attribute-order', seen: 'signed attributes that are no DER' })
  }
  for (const oid of unsignedOnly) {
    if (attributes.values.has(oid))
      problems.push({ problem: 'cms.attribute-misplaced', seen: `attribute ${oid}` })
  }
  if (attributes.values.has(oids.contentTimestamp)) {
    problems.push({ problem: 'timestamp.not-used', seen: 'content-time-stamp' })
  }
  const time = attributes.signingTime
  const isAhead = time && at && time.getTime() > at.getTime() + limits.signingTimeAheadMs
  if (time !== undefined && (time.getUTCFullYear() < limits.signingTimeYearMin || isAhead)) {
    problems.push({ problem: 'cms.signing-time', seen: `signing-time ${time.toISOString()}` })
  }
  const policy = attributes.values.get(oids.signaturePolicy)
  if (policy === undefined) return problems
  const [value, ...others] = policy
  if (value === undefined || others.length > 0) {
    problems.push({ problem: 'cms.attribute-repeated', seen: `signature-policy has ${policy.length} values` })
  } else if (value.tag === tags.null) {
    problems.push({ problem: 'cms.policy-implied', seen: 'an implied signature policy' })
  } else {
    const id = readingDer(() => ({ oid: readOid(reader, readSequence(reader, value)[0]) }))
    const isMalformed = isFound(id)
    problems.push({
      problem: isMalformed ? 'cms.attribute-broken' : 'cms.policy-unavailable',
      seen: isMalformed ? id.seen : `signature policy ${id.oid}`,
    })
  }
  return problems
}

function digestProblem(prepared: PreparedSigner, content: SeenContent | undefined): Found | undefined {
  const { algorithms, attributes } = prepared
  if (algorithms === undefined || content === undefined || attributes?.messageDigest === undefined)
    return undefined
  const digest = content.digest(algorithms.digest)
  if (digest === undefined)
    return { problem: 'cms.content-missing', seen: `no ${algorithms.digest} of the content` }
  if (equalBytes(digest, attributes.messageDigest)) return undefined
  return { problem: 'cms.digest', seen: `the ${algorithms.digest} of the content` }
}

function signatureProblems(prepared: PreparedSigner, content: SeenContent | undefined): Found[] {
  const { certificate, algorithms, attributes, signer } = prepared
  if (certificate === undefined || algorithms === undefined) return []
  const key = certificate.publicKey
  // Parameters come down the path (RFC 5280, 6.1.4 d to f), which is not known here. Whatever else is called the issuer
  // might be made for this: under parameters of one's own choice anybody signs with anybody's key.
  if (lacksParameters(key)) return [{ problem: 'cms.key-inherited', seen: `key ${describeKey(key)}` }]
  if (key.kind === 'other' && openKey(key) === undefined) {
    return [{ problem: 'cms.key', seen: `key ${key.algorithm}` }]
  }
  if (attributes === undefined) return bareProblems(prepared, content)
  const { scheme } = algorithms
  for (const bytes of encodingsToVerify(attributes)) {
    if (verifySignature({ key, scheme, bytes, signature: signer.signature })) return []
  }
  return [failure(prepared, 'the signature of the signed attributes')]
}

/** A signature over the content itself (RFC 5652, 5.4). */
function bareProblems(prepared: PreparedSigner, content: SeenContent | undefined): Found[] {
  const { certificate, algorithms, signer } = prepared
  if (content === undefined || certificate === undefined || algorithms === undefined) return []
  const key = certificate.publicKey
  const isConfusable = content.isConfusable()
  const digest = key.kind === 'gost' ? content.digest(algorithms.digest) : undefined
  const bytes = key.kind === 'gost' ? undefined : content.whole()
  if (isConfusable === undefined || (digest ?? bytes) === undefined) {
    return [
      {
        problem: 'cms.content-missing',
        seen: 'octets of the content, which a signature without attributes needs',
      },
    ]
  }
  const problems: Found[] = isConfusable
    ? [{ problem: 'cms.attributes-confusable', seen: 'the content is an encoding of signed attributes' }]
    : []
  const { signature } = signer
  const isValid =
    key.kind === 'gost'
      ? digest !== undefined && verifyGost({ ...key, digest, signature })
      : bytes !== undefined && verifySignature({ key, scheme: algorithms.scheme, bytes, signature })
  return isValid ? problems : [...problems, failure(prepared, 'the signature of the content')]
}

function failure({ certificate, signer }: PreparedSigner, what: string): Found {
  const key = certificate?.publicKey
  if (key?.kind !== 'gost') return { problem: 'cms.signature', seen: what }
  const fault = rangeFault(signer.signature, key.curve)
  return fault === undefined
    ? { problem: 'cms.signature', seen: what }
    : { problem: 'cms.signature-range', seen: fault }
}

/** What is out of range in s || r, both of which must be in 1..q-1 (RFC 7091, 6.2). */
function rangeFault(signature: Uint8Array, curve: Curve): string | undefined {
  const size = curve.bits / 8
  if (signature.length !== 2 * size) return `a signature of ${signature.length} octets`
  const numbers = { s: signature.subarray(0, size), r: signature.subarray(size) }
  for (const [name, octets] of Object.entries(numbers)) {
    const number = BigInt(`0x${Buffer.from(octets).toString('hex')}`)
    if (number === 0n || number >= curve.q) return `${name} is out of 1..q-1`
  }
  return undefined
}
