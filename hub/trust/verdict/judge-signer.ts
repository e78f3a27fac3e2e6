// The verdict on one signer of one signature: pure, over frozen facts (EN 319 102-1, 5.3 and 5.5).

import type { CheckId } from '../../../schemas/verdict/checks.ts'
import type { ChainFacts, Found, SignerFacts } from '../../../schemas/verdict/facts.ts'
import type { VerdictPolicy } from '../../../schemas/verdict/policy.ts'
import type { ProblemCode } from '../../../schemas/verdict/problems.ts'
import type { SignerVerdict } from '../../../schemas/verdict/verdict.ts'
import { answerOf, protocolOf } from './protocol.ts'
import { type ProvenTime, provenTime } from './proven-time.ts'
import { authorityFound, qualificationFound } from './qualification.ts'
import { revocationsFound } from './revocation-time.ts'
import { signerFound } from './signer-identity.ts'

/** What the verdict depends on besides the signer's own facts. */
export type SignerCircumstances = {
  /** When the message was received: a proof of existence of our own. */
  receivedAt: string
  /** ИНН of whoever the description names as signer; undefined when it is not known. */
  senderInn: string | undefined
  /**
   * Whom the signer acts for is told elsewhere: by a power of attorney that holds, or because this is one's own signature,
   * whose signer is compared with the principal (domain rules 6.4).
   */
  identity?: 'by-attorney'
  policy: VerdictPolicy
}

/** Judges one signer. The same facts give the same verdict, whenever and wherever it is asked. */
export function judgeSigner(signer: SignerFacts, circumstances: SignerCircumstances): SignerVerdict {
  const { policy, receivedAt } = circumstances
  const proven = provenTime(signer.timestamps, receivedAt, policy)
  const found = [...signer.problems, ...proven.found, ...chainFound(signer, proven, circumstances)]
  const { indication, subIndication } = answerOf(found, policy)
  return {
    indication,
    subIndication,
    certificate: signer.certificate,
    level: levelOf(signer, proven),
    isQualified: indication === 'TOTAL-PASSED' && !found.some(({ problem }) => notQualified.has(problem)),
    claimedTime: signer.claimedTime,
    provenTime: proven.time,
    provenBy: proven.by,
    checks: protocolOf(found, { policy, ...checksOf(signer, circumstances) }),
    evidence: evidenceOf(signer),
  }
}

const notQualified: ReadonlySet<string> = new Set([
  'qualified.policy',
  'qualified.algorithm',
  'authority.not-listed',
  'authority.not-accredited',
])

function chainFound(signer: SignerFacts, proven: ProvenTime, circumstances: SignerCircumstances): Found[] {
  const { chain, certificate } = signer
  if (chain === undefined || certificate === undefined) return []
  const problems = [...chain.path.problems]
  // Whose certificate it is says nothing as long as nobody vouches for it.
  if (chain.path.anchor === undefined) return problems
  return [
    ...problems,
    ...revocationsFound(chain, proven.time),
    ...authorityFound(chain.authority),
    ...qualificationFound(signer, chain),
    ...(circumstances.identity === 'by-attorney' ? [] : signerFound(certificate, circumstances.senderInn)),
  ]
}

function levelOf(signer: SignerFacts, proven: ProvenTime): SignerVerdict['level'] {
  const isNamed = !signer.problems.some(({ problem }) => problem === 'cms.signing-certificate-missing')
  if (signer.messageDigest === undefined || !isNamed) return 'CMS'
  return proven.by === 'timestamp' ? 'CAdES-T' : 'CAdES-BES'
}

const always: readonly CheckId[] = ['format', 'signing-certificate', 'attributes', 'algorithms']
const ofValue: readonly CheckId[] = ['integrity', 'cryptography']
const ofChain: readonly CheckId[] = ['chain', 'validity']
const ofAnchored: readonly CheckId[] = ['revocation', 'qualification']
const ofListed: readonly CheckId[] = ['authority']

/** What leaves digest or signature without being computed; without the signer's certificate neither is. */
const leftOpen: Readonly<Partial<Record<ProblemCode, readonly CheckId[]>>> = {
  'cms.broken': ofValue,
  'cms.algorithm': ['integrity'],
  'cms.algorithm-unknown': ofValue,
  'cms.content-missing': ['integrity'],
  'cms.key-inherited': ['cryptography'],
}

function valueChecksDone({ certificate, messageDigest, problems }: SignerFacts): readonly CheckId[] {
  if (certificate === undefined) return []
  const open = new Set(problems.flatMap(({ problem }) => leftOpen[problem] ?? []))
  // A signature without signed attributes is over the content itself: both are checked in one.
  const isBare = messageDigest === undefined
  return isBare && open.size > 0 ? [] : ofValue.filter((check) => !open.has(check))
}

function checksOf(
  signer: SignerFacts,
  { identity }: SignerCircumstances,
): { done: CheckId[]; notDone: CheckId[] } {
  const { chain, timestamps } = signer
  const whenAnchored = identity === 'by-attorney' ? ofAnchored : [...ofAnchored, 'signer' as const]
  const isAnchored = chain?.path.anchor !== undefined
  const done: CheckId[] = [...always, ...valueChecksDone(signer)]
  if (timestamps.length > 0) done.push('timestamp')
  if (chain !== undefined) done.push(...ofChain)
  if (isAnchored) done.push(...whenAnchored)
  // Without a list, and below an anchor of our own, nobody asked about accreditation, which is said.
  if (isAnchored && chain?.authority !== undefined) done.push(...ofListed)
  const all = [...ofValue, ...ofChain, ...whenAnchored, ...ofListed]
  return { done, notDone: all.filter((check) => !done.includes(check)) }
}

/** Everything outside of the message and the signature file that the answer rests on. */
function evidenceOf({ chain, timestamps }: SignerFacts): string[] {
  const chains = [chain, ...timestamps.map((stamp) => stamp.chain)]
  return [...new Set(chains.flatMap((one) => (one === undefined ? [] : evidenceOfChain(one))))]
}

function evidenceOfChain({ path, revocations, authority }: ChainFacts): string[] {
  const certificates = [...path.certificates, ...(path.anchor === undefined ? [] : [path.anchor])]
  return [
    ...certificates.map(({ sha256 }) => sha256),
    ...revocations.flatMap(({ evidence }) => evidence ?? []),
    ...(authority === undefined ? [] : [authority.list]),
  ]
}
