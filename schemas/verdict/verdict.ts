// The verdict: what the signatures of a message are worth, check by check, and what follows from it.

import type { AttorneyVerdict } from '../attorney/verdict.ts'
import type { CertificateFacts } from './facts.ts'
import type { Indication, SubIndication } from './indications.ts'
import type { Outcome, VerdictAction, Weight } from './policy.ts'
import type { ProblemCode } from './problems.ts'

/** One line of the protocol. */
export type CheckResult = {
  readonly check: string
  readonly outcome: 'ok' | 'warning' | 'failed' | 'not-checked'
  readonly found: readonly {
    readonly problem: ProblemCode
    readonly weight: Weight
    readonly seen: string
    readonly certificate?: string
  }[]
}

/** The verdict on one signer of one signature, in the terms of EN 319 102-1. */
export type SignerVerdict = {
  readonly indication: Indication
  readonly subIndication: SubIndication | undefined
  readonly certificate: CertificateFacts | undefined
  readonly level: 'CAdES-BES' | 'CAdES-T' | 'CMS'
  readonly isQualified: boolean
  readonly claimedTime: string | undefined
  /** When the signature is proven to exist, and by what. */
  readonly provenTime: string
  readonly provenBy: 'receipt' | 'timestamp'
  readonly checks: readonly CheckResult[]
  /** SHA-256 of the lists, answers and certificates the answer rests on. */
  readonly evidence: readonly string[]
  /** On the power of attorney the signer needs, a verdict of its own; absent over powers of attorney themselves. */
  readonly attorney?: AttorneyVerdict
}

/** The verdict on one signature of a message. */
export type SignatureVerdict = {
  readonly id: string
  readonly document: string
  readonly indication: Indication
  readonly subIndication: SubIndication | undefined
  /** Over a power of attorney. */
  readonly isOfAttorney?: true
  readonly signers: readonly SignerVerdict[]
  /** Of the file as a whole and of the document. */
  readonly checks: readonly CheckResult[]
}

/** The verdict on a message. */
export type MessageVerdict = {
  readonly form: 'edo-hub-verdict/1'
  readonly indication: Indication | 'NOT-SIGNED'
  readonly subIndication: SubIndication | undefined
  readonly action: VerdictAction
  /** What the action was chosen by, the severest first. */
  readonly because: readonly { readonly outcome: Outcome; readonly signature: string | undefined }[]
  readonly policy: string
  readonly signatures: readonly SignatureVerdict[]
}
