// What one judgement of a certificate's revocation is made of: the question, what was found, and why not more.

import { limits } from '../../../schemas/limits.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import type { ProblemCode } from '../../../schemas/verdict/problems.ts'
import type { Certificate } from '../certificate.ts'
import type { RevocationEvidence } from './evidence.ts'

/** The question. */
export type RevocationInput = {
  readonly certificate: Certificate
  /** The certificate of the authority above it on the path; the anchor's for the topmost. */
  readonly issuer: Certificate
  readonly evidence: RevocationEvidence
  /** Other certificates that may have signed lists or answers, with those of the path. */
  readonly candidates: readonly Certificate[]
  /**
   * The validated path of a signer of lists to the anchor of the certificate asked about (RFC 5280, 6.3.3 f): from the
   * signer up, the anchor last. Undefined without one.
   */
  readonly pathOf: (signer: Certificate) => readonly Certificate[] | undefined
  /** The time at which lists and answers must be current. */
  readonly at: Date
  /** How old a list or answer may be besides what its nextUpdate says; no such bound without it. */
  readonly ageMaxMs?: number
}

/** A question with what its answer collects, and the way to ask about others. */
export type Judging = RevocationInput & {
  readonly problems: ProblemNotes
  /** The status of the certificate of a signer; false when it is not known to be good. */
  readonly isGood: (certificate: Certificate, issuer: Certificate) => boolean
}

/** What lists or an answer say. */
export type Finding = {
  readonly status: 'good' | 'revoked'
  readonly source: 'crl' | 'ocsp'
  readonly evidence: string
  readonly further: readonly string[]
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  readonly revokedAt?: Date
  readonly reason?: number
  readonly invalidityDate?: Date | undefined
}

/** Collects why lists and answers were not used, each reason once for each of them; at most revocationProblemsMax. */
export class ProblemNotes {
  readonly #found = new Map<string, Found>()

  /** `about` is the digest of the list or answer. */
  note(problem: ProblemCode, about: string, seen: string, certificate?: Certificate): void {
    const key = `${problem} ${about} ${certificate?.thumbprint ?? ''}`
    if (this.#found.size >= limits.revocationProblemsMax || this.#found.has(key)) return
    const of = certificate === undefined ? {} : { certificate: certificate.thumbprint }
    this.#found.set(key, { problem, seen: about === '' ? seen : `${about.slice(0, 16)}: ${seen}`, ...of })
  }

  /** What was noted, in order. */
  all(): Found[] {
    return [...this.#found.values()]
  }
}

/** Dates between which a list or answer speaks. */
type Period = { readonly thisUpdate: Date; readonly nextUpdate: Date | undefined }

/**
 * Whether a list or answer is issued and not out of date at the time asked about; notes why not. What names no next
 * update is believed for revocationAgeMaxMs.
 */
export function isCurrent(judging: Judging, about: string, period: Period): boolean {
  const { at, problems } = judging
  const { thisUpdate, nextUpdate } = period
  if (thisUpdate.getTime() > at.getTime()) {
    problems.note('revocation.not-yet', about, `thisUpdate ${thisUpdate.toISOString()}`)
    return false
  }
  const last = lastMoment(judging, period)
  if (at.getTime() <= last) return true
  const next = nextUpdate === undefined ? 'no nextUpdate' : `nextUpdate ${nextUpdate.toISOString()}`
  problems.note('revocation.out-of-date', about, `thisUpdate ${thisUpdate.toISOString()}, ${next}`)
  return false
}

function lastMoment(
  { ageMaxMs = Number.POSITIVE_INFINITY }: Judging,
  { thisUpdate, nextUpdate }: Period,
): number {
  const issued = thisUpdate.getTime()
  const byItself = nextUpdate === undefined ? issued + limits.revocationAgeMaxMs : nextUpdate.getTime()
  return Math.min(byItself, issued + ageMaxMs)
}
