// Looks for the best path from a target over intermediates to an anchor, within counted work (RFC 4158; RFC 5280, 6.1).

import { limits } from '../../../schemas/limits.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import type { ProblemCode } from '../../../schemas/verdict/problems.ts'
import { comparableName } from '../certificate/name-key.ts'
import type { Certificate } from '../certificate.ts'
import { completeKey, isSameKey, lacksParameters, type PublicKey } from '../public-key.ts'
import { verifySignature } from '../signature-scheme.ts'
import { type CertificateIndex, likelierFirst } from './certificate-index.ts'
import { lastingProblems, periodProblems } from './certificate-rules.ts'
import { type PathInputs, validatePath } from './validate.ts'

/** Answers of signature checks by certificate and key, kept beyond one search. */
export type SignatureMemory = {
  get(key: string): boolean | undefined
  set(key: string, value: boolean): unknown
}

/** Where to search. */
export type PathSearch = {
  readonly target: Certificate
  readonly anchors: CertificateIndex
  /** Looked at in this order. */
  readonly intermediates: readonly CertificateIndex[]
  readonly inputs: PathInputs
  readonly at: Date
  readonly remembered: SignatureMemory
  readonly work?: PathWork | undefined
}

/** What searches for one message may still cost together: a stranger's certificates are many and each is another. */
export type PathWork = { signaturesLeft: number; candidatesLeft: number }

/** The work of one message, by the limits. */
export function workOfMessage(): PathWork {
  return {
    signaturesLeft: limits.pathSignaturesPerMessageMax,
    candidatesLeft: limits.pathCandidatesPerMessageMax,
  }
}

/** Whether answers may have been cut short by what was asked before: they are nobody else's answers then. */
export function isSpent(work: PathWork | undefined): boolean {
  return work !== undefined && (work.signaturesLeft <= 0 || work.candidatesLeft <= 0)
}

/** What a search came to. */
export type PathFound = {
  /**
   * From the target up; empty without a path, and when the target is an anchor. Keys of DSA that leave out their
   * parameters have them here, so that what these keys signed can be checked.
   */
  readonly certificates: readonly Certificate[]
  readonly anchor: Certificate | undefined
  readonly problems: readonly Found[]
  readonly policies: readonly string[]
  /** All certificates whose periods the answer rests on. */
  readonly considered: ReadonlySet<Certificate>
}

type Path = Pick<PathFound, 'certificates' | 'anchor' | 'problems' | 'policies'>

/**
 * The first path without problems, else the one whose problems are least severe. The first round leaves out
 * authorities that no path can be valid with, the second takes them in, to say what is wrong. Bounds: pathCertificatesMax,
 * pathCandidatesMax and pathSignaturesMax for each round, pathNameChecksMax for each path, and `work`. Never throws.
 */
export function findPath(search: PathSearch): PathFound {
  const { target, anchors } = search
  const round = new Round(search)
  const own = anchors.ofSubject(target.subject).find(({ thumbprint }) => thumbprint === target.thumbprint)
  if (own !== undefined) return { ...validateAlone(search), considered: new Set([target]) }
  for (const isStrict of [true, false]) {
    round.begin(isStrict)
    if (round.extend([target])) break
  }
  return { ...(round.best ?? round.nothing()), considered: round.considered }
}

/** An anchor asked about itself: it is trusted as it stands, if its time has come and it can be read. */
function validateAlone({ target, at }: PathSearch): Path {
  const ofPath: readonly ProblemCode[] = ['path.key', 'path.critical-extension', 'path.malformed-extension']
  const lasting = lastingProblems(target, 'target').filter(({ problem }) => ofPath.includes(problem))
  const problems = [...lasting, ...periodProblems(target, 'target', at)]
  return { certificates: [], anchor: target, problems, policies: [] }
}

class Round {
  best: Path | undefined
  readonly considered = new Set<Certificate>()
  readonly #search: PathSearch
  /** A certificate none of its issuers at hand has signed. */
  #unsigned: Certificate | undefined
  #isStrict = true
  #candidatesLeft = 0
  #signaturesLeft = 0
  #isCutShort = false

  constructor(search: PathSearch) {
    this.#search = search
  }

  begin(isStrict: boolean): void {
    this.#isStrict = isStrict
    this.#candidatesLeft = limits.pathCandidatesMax
    this.#signaturesLeft = limits.pathSignaturesMax
    this.considered.add(this.#search.target)
  }

  /** Whether a path without problems is found among those that begin like this one. */
  extend(path: readonly Certificate[]): boolean {
    const { anchors, intermediates, at } = this.#search
    const last = path.at(-1)
    if (last === undefined) return false
    let isSigned = false
    let isChecked = false
    for (const anchor of likelierFirst(last, anchors.ofSubject(last.issuer), at)) {
      if (!this.#mayTry(anchor)) return false
      isChecked = true
      if (!this.#isSignedBy(last, anchor)) continue
      isSigned = true
      if (this.#finish(path, anchor)) return true
    }
    if (path.length >= limits.pathCertificatesMax) {
      this.#isCutShort = true
      return false
    }
    const candidates = intermediates.flatMap((index) => index.ofSubject(last.issuer))
    for (const candidate of likelierFirst(last, candidates, at)) {
      if (!this.#mayTry(candidate)) return false
      if (isLoop(path, candidate) || (this.#isStrict && this.#isHopeless(candidate))) continue
      isChecked = true
      if (!this.#isSignedBy(last, candidate)) continue
      isSigned = true
      if (this.extend([...path, candidate])) return true
    }
    if (isChecked && !isSigned) this.#unsigned = last
    return false
  }

  /** What is told without any path. */
  nothing(): Path {
    const unsigned = this.#unsigned
    const { target } = this.#search
    const limit: Found[] = this.#isCutShort ? [{ problem: 'path.limit', seen: 'candidates' }] : []
    const found: Found =
      unsigned === undefined
        ? { problem: 'path.no-anchor', seen: 'no issuer', certificate: target.thumbprint }
        : { problem: 'path.signature', seen: describeScheme(unsigned), certificate: unsigned.thumbprint }
    return { certificates: [], anchor: undefined, problems: [found, ...limit], policies: [] }
  }

  #mayTry(candidate: Certificate): boolean {
    const { work } = this.#search
    const isOver = isSpent(work)
    this.#candidatesLeft -= 1
    if (work !== undefined) work.candidatesLeft -= 1
    if (this.#candidatesLeft < 0 || this.#signaturesLeft <= 0 || isOver) {
      this.#isCutShort = true
      return false
    }
    this.considered.add(candidate)
    return true
  }

  /** Expired, no authority and the like: nothing below it can be valid. */
  #isHopeless(candidate: Certificate): boolean {
    const { at } = this.#search
    return (
      lastingProblems(candidate, 'authority').some(({ problem }) => problem !== 'path.legacy-algorithm') ||
      periodProblems(candidate, 'authority', at).length > 0
    )
  }

  /** Validates a whole path and keeps it when it is the best so far; whether it is without problems. */
  #finish(certificates: readonly Certificate[], anchor: Certificate): boolean {
    const { inputs, at } = this.#search
    this.#candidatesLeft -= certificates.length
    const nameWork = { left: limits.pathNameChecksMax }
    const isSigned = (certificate: Certificate, key: PublicKey) => this.#isSigned(certificate, key)
    const verdict = validatePath({ certificates, anchor, inputs, at, nameWork, isSigned })
    if (this.best === undefined || severityOf(verdict.problems) < severityOf(this.best.problems))
      this.best = { certificates: withCompleteKeys(certificates, anchor), anchor, ...verdict }
    return verdict.problems.length === 0
  }

  /** A key without its parameters cannot be asked yet: validation does, once it has them from above. */
  #isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
    return lacksParameters(issuer.publicKey) || this.#isSigned(certificate, issuer.publicKey)
  }

  #isSigned(certificate: Certificate, key: PublicKey): boolean {
    const { remembered, work } = this.#search
    const name = `${certificate.thumbprint} ${Buffer.from(key.spki).toString('latin1')}`
    const before = remembered.get(name)
    if (before !== undefined) return before
    if (this.#signaturesLeft <= 0 || (work !== undefined && work.signaturesLeft <= 0)) {
      this.#isCutShort = true
      return false
    }
    this.#signaturesLeft -= 1
    if (work !== undefined) work.signaturesLeft -= 1
    const { tbs, scheme, signature } = certificate.signed
    const answer = scheme !== undefined && verifySignature({ key, scheme, bytes: tbs, signature })
    remembered.set(name, answer)
    return answer
  }
}

function withCompleteKeys(certificates: readonly Certificate[], anchor: Certificate): readonly Certificate[] {
  if (!certificates.some(({ publicKey }) => lacksParameters(publicKey))) return certificates
  let above = anchor.publicKey
  return certificates
    .toReversed()
    .map((certificate) => {
      above = completeKey(certificate.publicKey, above) ?? certificate.publicKey
      return { ...certificate, publicKey: above }
    })
    .toReversed()
}

/** The same subject with the same key a second time: nothing new can come of it (RFC 4158, 2.4.1). */
function isLoop(path: readonly Certificate[], candidate: Certificate): boolean {
  return path.some(
    ({ subject, publicKey }) =>
      isSameKey(publicKey, candidate.publicKey) &&
      comparableName(subject).key === comparableName(candidate.subject).key,
  )
}

/** From what matters least on; what is not named here matters most. */
const milder: readonly ProblemCode[] = [
  'path.legacy-algorithm',
  'path.profile',
  'path.weak-algorithm',
  'path.purpose',
]

/** The worst problem first, then how many there are. */
function severityOf(problems: readonly Found[]): number {
  const ranks = problems.map(({ problem }) => {
    const rank = milder.indexOf(problem)
    return rank < 0 ? milder.length + 1 : rank + 1
  })
  return Math.max(0, ...ranks) * 1000 + Math.min(problems.length, 999)
}

function describeScheme({ signed }: Certificate): string {
  const { family, digest } = signed.scheme ?? {}
  return family === undefined ? 'algorithm unknown, or named in two ways' : [family, digest].join(' ')
}
