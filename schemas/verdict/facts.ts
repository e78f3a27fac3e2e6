// What was found out about a signature before it is judged: plain values that can be frozen, stored and judged again.
//
// Times are ISO 8601 in UTC; certificates, lists and answers are named by the SHA-256 (hex) of their octets, under
// which the evidence is kept. Nothing here is a verdict.

import type { SignerAttorney } from '../attorney/verdict.ts'
import type { ProblemCode } from './problems.ts'

/** A check that did not go well. `seen` is what was found, for people; `certificate` names the one it is about. */
export type Found = {
  readonly problem: ProblemCode
  readonly seen: string
  readonly certificate?: string
}

/** What a report says of a certificate. */
export type CertificateFacts = {
  readonly sha256: string
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly notBefore: string
  readonly notAfter: string
  /** The set of a GOST key, or algorithm and size. */
  readonly key: string
  /** Names of the subject by field (ИННЮЛ, ИНН, ОГРН, ОГРНИП, СНИЛС and the others the hub reads). */
  readonly names: Readonly<Record<string, string>>
}

/** A certification path and what its validation found (RFC 5280, 6.1) at the time `at`. */
export type PathFacts = {
  readonly at: string
  /** From the target up to the one below the anchor; empty without a path, unless the target is an anchor itself. */
  readonly certificates: readonly CertificateFacts[]
  /** The anchor the path ends at. */
  readonly anchor: CertificateFacts | undefined
  /** The policies the path is valid for under the inputs given (RFC 5280, 6.1.5 g), `2.5.29.32.0` for any. */
  readonly policies: readonly string[]
  readonly problems: readonly Found[]
}

/** An address of revocation lists or of a responder, as a certificate names it. */
export type RevocationSource = { readonly kind: 'CRL' | 'OCSP'; readonly address: string }

/** What is known about the revocation of one certificate of a path, as of the lists and answers at hand. */
export type RevocationFacts = {
  readonly certificate: string
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly source: 'crl' | 'ocsp' | undefined
  /** SHA-256 of the list or answer that decided. */
  readonly evidence: string | undefined
  /** Further lists the answer rests on: a delta, lists of the other reasons. */
  readonly further?: readonly string[]
  readonly thisUpdate: string | undefined
  readonly nextUpdate: string | undefined
  readonly revokedAt: string | undefined
  /** Name of CRLReason (RFC 5280, 5.3.1). */
  readonly reason: string | undefined
  readonly invalidityDate: string | undefined
  /** Where the certificate says that its lists and answers are; told while the status is unknown. */
  readonly sources?: readonly RevocationSource[]
  /** Why lists and answers at hand were not used: they leave the status unknown, and fail nothing by themselves. */
  readonly problems: readonly Found[]
}

/** Where an authority stood on the list of accredited ones at a time. */
export type AuthorityStatus = 'accredited' | 'not-accredited' | 'not-listed'

/** The authority of a path on the trust list. */
export type AuthorityFacts = {
  /** SHA-256 of the edition of the list. */
  readonly list: string
  readonly name: string | undefined
  /** When it issued the certificate below it, and at the time of the path. */
  readonly atIssue: AuthorityStatus
  readonly atUse: AuthorityStatus
  /** What the list says about it, for people. */
  readonly seen: string
}

/** A path with the revocation of each of its certificates; the anchor's own is not asked (RFC 5280, 6.1). */
export type ChainFacts = {
  readonly path: PathFacts
  readonly revocations: readonly RevocationFacts[]
  /** Undefined where anchors are ours and no list of accredited authorities is in use. */
  readonly authority: AuthorityFacts | undefined
}

/** A time-stamp token over a signature (RFC 3161; signature-time-stamp of RFC 5126). */
export type TimestampFacts = {
  readonly sha256: string
  /** The time the token states, and how far it may be off, in milliseconds. */
  readonly time: string
  readonly accuracyMs: number
  readonly certificate: CertificateFacts | undefined
  /** Form, imprint and signature of the token. */
  readonly problems: readonly Found[]
  /** The authority's chain at the time it states; filled in by the gathering. */
  readonly chain?: ChainFacts
}

/** One signer of a CMS. */
export type SignerFacts = {
  readonly certificate: CertificateFacts | undefined
  readonly digestAlgorithm: string
  readonly signatureAlgorithm: string
  /** The message-digest attribute in hex, undefined without signed attributes. */
  readonly messageDigest: string | undefined
  /** What the signer says about the time; never a proof. */
  readonly claimedTime: string | undefined
  /** Form, digest, signing-certificate and signature. None: the signature is the key's over this content. */
  readonly problems: readonly Found[]
  readonly timestamps: readonly TimestampFacts[]
  /** The chain at the time of judging; filled in by the gathering. */
  readonly chain?: ChainFacts
  /** Filled in by the gathering where the signer acts for the sender; not over powers of attorney themselves. */
  readonly attorney?: SignerAttorney
}

/** One signature file over one content. */
export type SignatureFacts = {
  /** SHA-256 of the signature file as received. */
  readonly sha256: string
  readonly form: 'der' | 'pem' | 'base64'
  readonly isDetached: boolean
  /** What no signature covers: certificates nobody used, unsigned attributes; in words with their sizes. */
  readonly unsigned: readonly string[]
  /** Problems of the file as a whole; with some there may be no signers. */
  readonly problems: readonly Found[]
  readonly signers: readonly SignerFacts[]
}
