// Puts together what a verdict on a message rests on: what the worker read, and the chains the hub knows of (STYLE 20).

import type { AttorneyRequisites } from '../../../schemas/attorney/value.ts'
import type { AttorneySender } from '../../../schemas/attorney/verdict.ts'
import type {
  ChainFacts,
  SignatureFacts,
  SignerFacts,
  TimestampFacts,
} from '../../../schemas/verdict/facts.ts'
import type { DocumentFacts, MessageFacts, SignedFacts } from '../../../schemas/verdict/message-facts.ts'
import type { VerdictPolicy } from '../../../schemas/verdict/policy.ts'
import { attorneyDue, senderOf } from '../attorney/due.ts'
import { type PathWork, workOfMessage } from '../path/build.ts'
import { provenTime } from './proven-time.ts'
import { inOneGo, inTurns, type Steps, type Turn } from './turns.ts'

/** A question for the chain of a certificate. */
export type ChainQuestion = {
  /** SHA-256 (hex) of the certificate. */
  certificate: string
  /** DER of the certificates that came along with the signature, the asked one among them. */
  embedded: readonly Uint8Array[]
  /** ISO 8601: when the certificate has to stand the test. */
  at: string
  /** ISO 8601: when this is asked; revocation must be known as of then. */
  now: string
  /** What all questions of one message may cost together; what it cuts short is remembered for nobody. */
  work?: PathWork | undefined
}

/** What people are told of a list of accredited authorities. */
export type TrustListSummary = {
  version: number
  date: Date
  /** SHA-256 of the file. */
  digest: string
  authorities: number
  certificates: number
  /** Certificates that were left out because they cannot be read. */
  faults: number
}

/** What this node trusts at the moment, in memory: asking does no IO (declared here, built in hub/trust/view). */
export type TrustView = {
  /** Changes whenever anchors, lists or answers do. */
  readonly edition: string
  /** The list of accredited authorities it rests on, if there is one. */
  readonly trustList?: TrustListSummary | undefined
  chainOf(question: ChainQuestion): ChainFacts
}

/** A signature as the worker read it. */
export type ReadSignature = {
  id: string
  document: string
  participant: string
  participantInn: string | undefined
  /** Undefined when there was nothing to check it against. */
  facts: SignatureFacts | undefined
  certificates: readonly Uint8Array[]
  /** Over a power of attorney. */
  isOfAttorney?: true
  /** Powers of attorney named for it by the description or inside the document. */
  requisites?: readonly AttorneyRequisites[]
}

/** What is known of a message before chains are asked for. */
export type MessageInput = {
  message: string
  sender: string
  receivedAt: string
  judgedAt: string
  documents: readonly DocumentFacts[]
  signatures: readonly ReadSignature[]
  policy: VerdictPolicy
}

/** Gathers the facts of one message. Chains are asked for at the time each signature is proven to exist. */
export function gatherMessage(input: MessageInput, trust: TrustView): MessageFacts {
  return inOneGo(gatherOneByOne(input, trust))
}

/** gatherMessage for the event loop: `turn` is awaited after each signature, whose chains may take long to look for. */
export function gatherInTurns(input: MessageInput, trust: TrustView, turn: Turn): Promise<MessageFacts> {
  return inTurns(gatherOneByOne(input, trust), turn)
}

function* gatherOneByOne(input: MessageInput, trust: TrustView): Steps<MessageFacts> {
  const { receivedAt, judgedAt, policy } = input
  const times = { receivedAt, now: judgedAt, trust, policy, work: workOfMessage() }
  const signatures: SignedFacts[] = []
  for (const one of input.signatures) {
    signatures.push(signedFacts(one, times))
    yield
  }
  return {
    form: 'edo-hub-facts/2',
    message: input.message,
    sender: input.sender,
    receivedAt: input.receivedAt,
    judgedAt: input.judgedAt,
    documents: input.documents,
    signatures,
    edition: trust.edition,
    policy: input.policy,
  }
}

function signedFacts(read: ReadSignature, times: Omit<Around, 'embedded'>): SignedFacts {
  const { id, document, participant, participantInn, facts, certificates, isOfAttorney } = read
  const around = { ...times, embedded: certificates }
  const signature = facts && withChains(facts, around)
  if (isOfAttorney === true) return { id, document, participant, participantInn, isOfAttorney, signature }
  const sender = senderOf(participantInn)
  const signers = signature?.signers.map((signer) => withDue(signer, sender))
  return {
    id,
    document,
    participant,
    participantInn,
    signature: signature && { ...signature, signers: signers ?? [] },
  }
}

function withDue(signer: SignerFacts, sender: AttorneySender): SignerFacts {
  const { certificate } = signer
  if (certificate === undefined) return signer
  return { ...signer, attorney: { due: attorneyDue(certificate.names, sender) } }
}

/** The facts of a signature with the chains of its signers and stamps, at the times they have to stand the test. */
export function withChains(facts: SignatureFacts, around: Around): SignatureFacts {
  return { ...facts, signers: facts.signers.map((signer) => withChain(signer, around)) }
}

/** Times, what is trusted, and the certificates that came along. */
export type Around = {
  receivedAt: string
  now: string
  trust: TrustView
  policy: VerdictPolicy
  embedded: readonly Uint8Array[]
  work?: PathWork
}

function withChain(signer: SignerFacts, around: Around): SignerFacts {
  const { receivedAt, now, trust, embedded, work } = around
  if (signer.certificate === undefined) return signer
  const timestamps = signer.timestamps.map((stamp) => stampWithChain(stamp, around))
  const at = provenTime(timestamps, receivedAt, around.policy).time
  const certificate = signer.certificate.sha256
  return { ...signer, timestamps, chain: trust.chainOf({ certificate, embedded, at, now, work }) }
}

function stampWithChain(
  stamp: TimestampFacts,
  { receivedAt, now, trust, embedded, work }: Around,
): TimestampFacts {
  if (stamp.certificate === undefined) return stamp
  const question = { certificate: stamp.certificate.sha256, embedded, at: receivedAt, now, work }
  return { ...stamp, chain: trust.chainOf(question) }
}
