// Everything a verdict on one message rests on, frozen: judging it again gives the same answer (recheck).

import type { AttorneyLink } from '../attorney/verdict.ts'
import type { SignatureFacts } from './facts.ts'
import type { VerdictPolicy } from './policy.ts'

/** A document of the message or one a signature names. */
export type DocumentFacts = {
  readonly id: string
  readonly type: string | undefined
  readonly isEncrypted: boolean
  /** Where its body is: in this message, kept here from an earlier one, or nowhere. */
  readonly body: 'message' | 'stored' | 'absent'
  readonly sha256: string | undefined
  readonly streebog256: string | undefined
}

/** A signature of the message over one document. */
export type SignedFacts = {
  readonly id: string
  readonly document: string
  /** Participant named by the description (Подписант), and its ИНН where the hub knows it. */
  readonly participant: string
  readonly participantInn: string | undefined
  /** Over a power of attorney: whoever signed gave it, and need not act for the sender. */
  readonly isOfAttorney?: true
  /** Absent when the signature could not be looked at: no body, an encrypted one. */
  readonly signature: SignatureFacts | undefined
}

/** Facts of one message. Times are ISO 8601 in UTC. */
export type MessageFacts = {
  /** In form 1 the chains that are named hold the time of their path; since form 2 it stands beside the name. */
  readonly form: 'edo-hub-facts/1' | 'edo-hub-facts/2'
  readonly message: string
  readonly sender: string
  readonly receivedAt: string
  readonly judgedAt: string
  readonly documents: readonly DocumentFacts[]
  readonly signatures: readonly SignedFacts[]
  /** Powers of attorney that were found, each once; signers name theirs by place. */
  readonly attorneys?: readonly AttorneyLink[]
  /** Edition of what is trusted: anchors, trust list, revocation. */
  readonly edition: string
  readonly policy: VerdictPolicy
}
