// What is known about a power of attorney when it is judged, and what the judgement says (domain rules 6.3, 6.4).

import type { AttorneyCheckId, AttorneyFindingName, AttorneyStatus } from './checks.ts'
import type { AttorneyOutcome } from './finding.ts'
import type { Attorney, AttorneyRequisites } from './value.ts'

/** Attributes of a certificate's subject that are compared. */
export type AttorneySigner = {
  commonName?: string
  surname?: string
  givenName?: string
  innLegal?: string
  inn?: string
  ogrn?: string
  ogrnip?: string
  snils?: string
}

/** For whom a document is sent. Without an ИНН the sender is not known to us. */
export type AttorneySender = {
  kind: 'organisation' | 'entrepreneur'
  inn?: string
  kpp?: string
  ogrn?: string
}

/** Whether a power of attorney is due, and why (domain rules 6.3). */
export type AttorneyDue =
  | { due: 'not-required'; reason: 'head-of-sender' | 'own-entrepreneur' }
  | { due: 'required'; reason: 'natural-person' | 'other-organisation' | 'contradictory' }
  /** The sender's own numbers are not known, so nothing can be compared. */
  | { due: 'undecided'; reason: 'sender-unknown' }

/** The verdict on one signature of a power of attorney (ETSI EN 319 102-1, 5.1.3), and whose it is. */
export type AttorneySignatureFact = {
  indication: 'passed' | 'failed' | 'indeterminate'
  subIndication?: string
  signer: AttorneySigner
}

/** One power of attorney that was found, with its own signatures; without any it is not signed. */
export type AttorneyLink = {
  attorney: Attorney
  source: 'file' | 'registry'
  /** The name it travelled under. */
  fileName?: string
  signatures: readonly AttorneySignatureFact[]
}

/** What came instead of a power of attorney where one had to be. */
export type AttorneyGap = {
  number?: string
  reason:
    | 'unreadable'
    | 'other-format'
    | 'not-found'
    | 'revoked'
    | 'silent'
    | 'not-asked'
    | 'loop'
    | 'too-long'
  /** A refusal's code and what was seen, a registry's reason. */
  seen?: string
}

/** What the registry says about one number. `at`: an instant of UTC, or a day of Moscow. */
export type AttorneyRegistryFact = {
  number: string
  status: 'valid' | 'revoked' | 'unknown' | 'silent' | 'not-asked'
  at?: string
  seen?: string
}

/** Everything the judgement looks at; plain JSON, stored with the message, enough to judge again. */
export type AttorneyFacts = {
  due: AttorneyDue
  /** The one the document's signer relies on first, then the one it derives from, and so on. */
  chain: readonly AttorneyLink[]
  /** Why the chain ends where it does, if not at an original. */
  gap?: AttorneyGap
  requisites: readonly AttorneyRequisites[]
  registry: readonly AttorneyRegistryFact[]
  documentSigner: AttorneySigner
  /** Where powers are held jointly: representatives who signed the same document, too, and whose signatures passed. */
  cosigners: readonly AttorneySigner[]
  sender: AttorneySender
  /** When the signature certainly existed: our receipt or a time-stamp; an instant of UTC. */
  controlTime: string
  controlSource: 'receipt' | 'time-stamp'
  /** The signing time the signature claims; noted only. */
  claimedTime?: string
  /** Codes of powers the document needs; empty: powers are not compared. */
  powersWanted: readonly string[]
  /** Something of ours failed while facts were gathered. */
  failure?: string
}

/** Outcomes that differ from the table, by finding: data of a partner's policy. */
export type AttorneyPolicy = {
  outcomes: Readonly<Partial<Record<AttorneyFindingName, AttorneyOutcome>>>
  /** Sub-indications that make an indeterminate signature a bad one (RULES 25). */
  failingSubIndications: readonly string[]
}

/** Outcomes of the table, and of indeterminate signatures what RULES 25 refuses. */
export const defaultAttorneyPolicy: AttorneyPolicy = {
  outcomes: {},
  failingSubIndications: [
    'REVOKED_NO_POE',
    'REVOKED_CA_NO_POE',
    'OUT_OF_BOUNDS_NO_POE',
    'OUT_OF_BOUNDS_NOT_REVOKED',
    'NO_CERTIFICATE_CHAIN_FOUND',
    'NO_CERTIFICATE_CHAIN_FOUND_NO_POE',
    'CERTIFICATE_CHAIN_GENERAL_FAILURE',
  ],
}

/**
 * What is known of the power of attorney behind one signer of a document. Without `found` nothing was looked for: none is
 * due, or an organisation signed whose number cannot be compared with the sender's.
 */
export type SignerAttorney = {
  readonly due: AttorneyDue
  readonly found?: Omit<AttorneyFacts, 'due' | 'chain'> & {
    /** Places among the links of the message, for many signatures share them. */
    readonly chain: readonly number[]
  }
}

/** One line of the protocol; texts by `finding` are in the table of checks.ts. */
export type AttorneyCheck = {
  id: AttorneyCheckId
  finding: AttorneyFindingName
  outcome: AttorneyOutcome
  /** Which power of attorney; absent when the check is about none in particular. */
  number?: string
  /** Numbers, days and codes; never names or numbers of people. */
  seen: string
}

/** A verdict on a power of attorney, separate from that on the signature. */
export type AttorneyVerdict = {
  status: AttorneyStatus
  summary: 'ok' | 'warning' | 'error'
  checks: readonly AttorneyCheck[]
}
