// What this node trusts at one moment: anchors, intermediates, revocation and the list of authorities, asked in memory.

import { LRUCache } from 'lru-cache'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import type { ChainFacts, PathFacts, RevocationFacts } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { parseCertificateOnce } from '../certificate-cache.ts'
import { isSpent, type PathWork } from '../path/build.ts'
import { PathValidator, type ValidatedPath } from '../path/validator.ts'
import type { RevocationEvidence } from '../revocation/evidence.ts'
import { judgeRevocations } from '../revocation/judge.ts'
import type { TrustList } from '../trust-list/list.ts'
import type { ChainQuestion, TrustListSummary, TrustView } from '../verdict/gather.ts'
import { authorityFacts } from './authority.ts'

/** What a view is made of; it never changes afterwards. */
export type TrustParts = {
  /** Names the parts: another edition whenever one of them is another. */
  edition: string
  /** Trusted by our own word: no list of authorities is asked about them. */
  anchors: readonly Certificate[]
  intermediates: readonly Certificate[]
  evidence: RevocationEvidence
  trustList: TrustList | undefined
  /** A list is configured and not at hand: a chain that leads nowhere may lead to one of its authorities. */
  isListAwaited?: boolean
  /** Told of the certificates of sound paths, from the target to the anchor, now and then for each. */
  onPath?(path: readonly Certificate[]): void
  /** Told of the certificates of sound paths on which no list and no answer tells, again while that lasts. */
  onUnanswered?(certificates: readonly Issued[]): void
}

/** A certificate with that of its issuer. */
export type Issued = { readonly certificate: Certificate; readonly issuer: Certificate }

/**
 * A chain, and between which times the answer is the same; `now` is when it was asked for. Milliseconds since 1970.
 * A clock set back asks again: a list of later may not be there yet.
 */
type Remembered = {
  facts: ChainFacts
  from: number
  until: number
  nowFrom: number
  nowUntil: number
  /** What onPath is told, and when it was told last. */
  sound: readonly Certificate[]
  toldAt: number
  /** What onUnanswered is told, and when. */
  unanswered: readonly Issued[]
  askedAt: number
}

/**
 * What a view knows that another edition may keep: paths, which rest on anchors and intermediates alone. What rests on
 * revocation and on the list of authorities is asked anew by every edition.
 */
export type PathMemory = { validator?: PathValidator }

/**
 * Makes the view. Chains are remembered (chainsRememberedMax) for as long as nothing they rest on changes. `memory` goes from
 * one edition to the next: a new list of revoked certificates makes nobody's path be built anew.
 */
export function makeTrustView(parts: TrustParts, memory: PathMemory = {}): TrustView {
  const listed = listedCertificates(parts.trustList)
  const anchors = [...parts.anchors, ...listed.filter(isSelfIssued)]
  if (anchors.length === 0) {
    const isAwaited = parts.isListAwaited === true
    return { edition: parts.edition, chainOf: isAwaited ? listAbsent : nothingConfigured }
  }
  const intermediates = [...parts.intermediates, ...listed.filter((one) => !isSelfIssued(one))]
  const own = new Set(parts.anchors.map(({ thumbprint }) => thumbprint))
  const setting = { anchors, intermediates }
  const validator = memory.validator?.over(setting) ?? new PathValidator(setting)
  memory.validator = validator
  const remembered = new LRUCache<string, Remembered>({ max: limits.chainsRememberedMax })
  return {
    edition: parts.edition,
    trustList: summaryOf(parts.trustList),
    chainOf(question) {
      const { target, beside } = certificatesOf(question)
      if (target === undefined) return withoutTarget(question)
      const key = [target, ...beside].map(({ thumbprint }) => thumbprint).join()
      const at = Date.parse(question.at)
      const now = Date.parse(question.now)
      const known = remembered.get(key)
      if (known !== undefined && isWithin(known, at, now)) {
        tell(parts, known, now)
        return known.facts
      }
      const { work } = question
      const path = validator.validate(target, new Date(at), beside, work)
      const revocations = revocationsOf({ path, beside, validator, parts, now, work })
      const isOwn = path.anchor === undefined || own.has(path.anchor.thumbprint)
      const authority = isOwn ? undefined : authorityFacts(parts.trustList, path, new Date(at))
      const facts: ChainFacts = { path: pathFor(path, parts), revocations, authority: authority?.facts }
      const sound = soundPath(path)
      const made: Remembered = {
        facts,
        from: Math.max(path.window.from, authority?.window.from ?? Number.NEGATIVE_INFINITY),
        until: Math.min(path.window.until, authority?.window.until ?? Number.POSITIVE_INFINITY),
        nowFrom: now,
        nowUntil: knownUntil(revocations, now),
        sound,
        toldAt: known?.toldAt ?? Number.NEGATIVE_INFINITY,
        unanswered: unansweredOf(sound, revocations),
        askedAt: known?.askedAt ?? Number.NEGATIVE_INFINITY,
      }
      tell(parts, made, now)
      // What was cut short by one message is no answer for another.
      if (!isSpent(work)) remembered.set(key, made)
      return facts
    },
  }
}

function tell({ onPath, onUnanswered }: TrustParts, one: Remembered, now: number): void {
  if (now - one.toldAt >= limits.sourceWantedAgainMs) {
    one.toldAt = now
    if (one.sound.length > 0) onPath?.(one.sound)
  }
  if (one.unanswered.length === 0 || now - one.askedAt < limits.sourceRetryMs) return
  one.askedAt = now
  onUnanswered?.(one.unanswered)
}

function unansweredOf(sound: readonly Certificate[], revocations: readonly RevocationFacts[]): Issued[] {
  return sound.slice(0, -1).flatMap((certificate, index) => {
    const issuer = sound[index + 1]
    const facts = revocations.find((one) => one.certificate === certificate.thumbprint)
    return issuer === undefined || facts?.status !== 'unknown' ? [] : [{ certificate, issuer }]
  })
}

/** Problems that leave no doubt about who issued the certificates of a path. */
const harmless: ReadonlySet<string> = new Set(['path.expired', 'path.profile', 'path.legacy-algorithm'])

/**
 * The certificates of a path somebody vouches for, else none: nothing is fetched from an address that a stranger wrote
 * into a certificate.
 */
function soundPath({ certificates, anchor, facts }: ValidatedPath): readonly Certificate[] {
  if (anchor === undefined || !facts.problems.every(({ problem }) => harmless.has(problem))) return []
  return [...certificates, anchor]
}

/** While a list is awaited nobody can say that no chain leads to it. */
function pathFor({ facts, anchor }: ValidatedPath, { isListAwaited }: TrustParts): PathFacts {
  if (anchor !== undefined || isListAwaited !== true) return facts
  const problems = facts.problems.map((one) =>
    one.problem === 'path.no-anchor' ? { ...one, problem: 'trust.list-absent' as const } : one,
  )
  return { ...facts, problems }
}

function summaryOf(list: TrustList | undefined): TrustListSummary | undefined {
  if (list === undefined) return undefined
  const { version, date, digest, authorities, certificateCount, faults } = list
  const counts = { authorities: authorities.length, certificates: certificateCount, faults: faults.length }
  return { version, date, digest, ...counts }
}

function isWithin({ from, until, nowFrom, nowUntil }: Remembered, at: number, now: number): boolean {
  return from <= at && at <= until && nowFrom <= now && now <= nowUntil
}

function listedCertificates(list: TrustList | undefined): Certificate[] {
  return (list?.authorities ?? []).flatMap(({ keys }) => keys.flatMap(({ certificates }) => certificates))
}

function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return Buffer.compare(subject, issuer) === 0
}

function certificatesOf({ certificate, embedded }: ChainQuestion): {
  target: Certificate | undefined
  beside: Certificate[]
} {
  const parsed = embedded.map(parseCertificateOnce).filter((one): one is Certificate => !isRefusal(one))
  return {
    target: parsed.find(({ thumbprint }) => thumbprint === certificate),
    beside: parsed.filter(({ thumbprint }) => thumbprint !== certificate),
  }
}

type Asking = {
  path: ValidatedPath
  beside: readonly Certificate[]
  validator: PathValidator
  parts: TrustParts
  now: number
  work: PathWork | undefined
}

/** Lists and answers must be current when we judge; their dates are compared with the proven time later. */
function revocationsOf({ path, beside, validator, parts, now, work }: Asking): RevocationFacts[] {
  if (path.anchor === undefined) return []
  const at = new Date(now)
  return judgeRevocations([...path.certificates, path.anchor], {
    evidence: parts.evidence,
    // Certificates of strangers are no candidates: each would cost a digest of the whole list.
    candidates: parts.intermediates,
    pathOf: (signer) => {
      const found = validator.validate(signer, at, beside, work)
      if (found.anchor === undefined || found.facts.problems.length > 0) return undefined
      return [...found.certificates, found.anchor]
    },
    at,
  })
}

/** A definite answer holds until a list or an answer it rests on runs out; "unknown" is asked about again soon. */
function knownUntil(revocations: readonly RevocationFacts[], now: number): number {
  const soon = now + limits.chainUnknownForMs
  const ends = revocations.map(({ status, nextUpdate }) =>
    status === 'unknown' || nextUpdate === undefined ? soon : Date.parse(nextUpdate),
  )
  return Math.min(Number.MAX_SAFE_INTEGER, ...ends)
}

function emptyPath(at: string, problems: PathFacts['problems']): ChainFacts {
  const path = { at, certificates: [], anchor: undefined, policies: [], problems }
  return { path, revocations: [], authority: undefined }
}

function withoutTarget({ at, certificate }: ChainQuestion): ChainFacts {
  return emptyPath(at, [
    { problem: 'path.no-anchor', seen: 'the certificate did not come along', certificate },
  ])
}

function nothingConfigured({ certificate }: ChainQuestion): ChainFacts {
  const problems = [{ problem: 'trust.not-configured', seen: 'no anchors', certificate }] as const
  return emptyPath('', problems)
}

function listAbsent({ certificate }: ChainQuestion): ChainFacts {
  return emptyPath('', [{ problem: 'trust.list-absent', seen: 'no edition at hand', certificate }])
}
