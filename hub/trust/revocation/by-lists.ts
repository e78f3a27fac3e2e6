// The status of a certificate by revocation lists: the algorithm of RFC 5280, 6.3.3, with deltas.

import { allReasons, type DistributionPoint } from '../certificate/distribution-points.ts'
import type { Certificate } from '../certificate.ts'
import { DerError } from '../der/reader.ts'
import { equalBytes } from '../der/values.ts'
import { revocationFields } from './certificate-fields.ts'
import { findEntry, type RevokedEntry, reasons } from './entries.ts'
import { plainNumber } from './entry-scan.ts'
import { isSignedBy } from './evidence.ts'
import { generalNameKey, pointKeys } from './issuing-point.ts'
import { type Finding, isCurrent, type Judging } from './judging.ts'
import { signerOf } from './list-signer.ts'
import { nameKey } from './name-key.ts'
import type { RevocationList } from './revocation-list.ts'

/** What has been gathered so far. */
type State = {
  /** Reasons covered by the lists used (reasons_mask). */
  reasons: number
  readonly used: RevocationList[]
  /** Lists that covered no point so far, with what was in the way. */
  readonly outside: Map<string, string>
  readonly inside: Set<string>
}

/** What lists say; undefined, with notes, when those at hand do not tell. */
export function judgeByLists(judging: Judging): Finding | undefined {
  const { certificate, evidence, problems } = judging
  const state: State = { reasons: 0, used: [], outside: new Map(), inside: new Set() }
  for (const point of pointsOf(certificate)) {
    for (const issuer of listIssuers(certificate, point)) {
      for (const list of evidence.listsOf(issuer)) {
        const revoked = useList(judging, state, point, list)
        if (revoked !== undefined) return revoked
        if (state.reasons === allReasons) return goodBy(state)
      }
    }
  }
  for (const [sha256, seen] of state.outside) {
    if (!state.inside.has(sha256)) problems.note('revocation.scope', sha256, seen)
  }
  if (state.reasons !== 0)
    problems.note('revocation.reasons', '', `reasons covered: ${state.reasons.toString(2)}`)
  return undefined
}

/** The points the certificate names, then its issuer's own list (RFC 5280, 6.3.3, last paragraph). */
function pointsOf(certificate: Certificate): DistributionPoint[] {
  const own = { kind: 'directory', name: certificate.issuer } as const
  const implied = { name: { kind: 'full', names: [own] }, reasons: allReasons, crlIssuers: [] } as const
  return [...revocationFields(certificate).points, implied]
}

function listIssuers(certificate: Certificate, point: DistributionPoint): readonly Uint8Array[] {
  if (point.crlIssuers.length === 0) return [certificate.issuer]
  return point.crlIssuers.flatMap((one) => (one.kind === 'directory' ? one.name : []))
}

/** Uses one complete list for one point; what it says when the certificate is revoked by it. */
function useList(
  judging: Judging,
  state: State,
  point: DistributionPoint,
  list: RevocationList,
): Finding | undefined {
  if (list.baseNumber !== undefined) {
    noteLoneDelta(judging, list)
    return undefined
  }
  const outside = whyOutside(judging.certificate, point, list)
  if (outside !== undefined) {
    state.outside.set(list.sha256, outside)
    return undefined
  }
  state.inside.add(list.sha256)
  const covered = point.reasons & (list.point?.reasons ?? allReasons)
  if ((covered & ~state.reasons) === 0) return undefined
  const edition = currentEdition(judging, list)
  if (edition === undefined) return undefined
  const lists = edition.delta === undefined ? [list] : [list, edition.delta]
  const entry = lookUp(judging, lists)
  if (entry === 'broken') return undefined
  state.used.push(...lists)
  if (entry !== undefined && entry.reason !== reasons.removeFromCrl) return revokedBy(lists, entry)
  state.reasons |= covered
  return undefined
}

/** Why a list does not cover a certificate by a point (RFC 5280, 6.3.3 b); undefined when it does. */
function whyOutside(
  certificate: Certificate,
  point: DistributionPoint,
  list: RevocationList,
): string | undefined {
  const { point: scope } = list
  const isOther = nameKey(list.issuer) !== nameKey(certificate.issuer)
  // A point with cRLIssuer asks for an indirect list even where the issuer named is the certificate's own.
  if ((isOther || point.crlIssuers.length > 0) && scope?.isIndirect !== true) return 'not an indirect list'
  if (scope === undefined) return undefined
  if (scope.name !== undefined && !isNamed(point, scope.name, list)) return 'another distribution point'
  const { isAuthority } = revocationFields(certificate)
  if (scope.onlyUsers && isAuthority) return 'a list without certificates of authorities'
  if (scope.onlyAuthorities && !isAuthority) return 'a list of certificates of authorities only'
  if (scope.onlyAttributes) return 'a list of attribute certificates'
  return undefined
}

/** Whether one of the names of the list's point is one of the certificate's, or of the cRLIssuer when it has none. */
function isNamed(
  point: DistributionPoint,
  name: NonNullable<DistributionPoint['name']>,
  list: RevocationList,
): boolean {
  const wanted =
    point.name === undefined
      ? point.crlIssuers.map(generalNameKey)
      : pointKeys(point.name, issuerOf(point) ?? list.issuer)
  const own = new Set(pointKeys(name, list.issuer))
  return wanted.some((key) => own.has(key))
}

function issuerOf({ crlIssuers: [first] }: DistributionPoint): Uint8Array | undefined {
  return first?.kind === 'directory' ? first.name : undefined
}

/** A list that may be used with its newest delta; undefined, with notes, when it may not. */
function currentEdition(
  judging: Judging,
  list: RevocationList,
): { delta: RevocationList | undefined } | undefined {
  if (!isKnown(judging, list)) return undefined
  const deltas = judging.evidence.listsOf(list.issuer).filter((delta) => isDeltaTo(list, delta))
  const isLate = !isCurrentList(judging, list)
  // A list that is out of date stands with a delta that is not (RFC 5280, 5.2.4); one not issued yet stands with none.
  if (isLate && (deltas.length === 0 || list.thisUpdate.getTime() > judging.at.getTime())) return undefined
  const signer = signerOf(judging, list)
  if (signer === undefined) return undefined
  const delta = deltas.find((one) => isKnown(judging, one) && isCurrentList(judging, one) && isSignedToo(one))
  return isLate && delta === undefined ? undefined : { delta }

  function isSignedToo(one: RevocationList): boolean {
    if (isSignedBy(one.signed, signer?.publicKey ?? judging.issuer.publicKey)) return true
    judging.problems.note('revocation.signature', one.sha256, 'a delta signed by another key than its list')
    return false
  }
}

/** A delta adds to a list of the same scope and key that is neither older than its base nor newer (RFC 5280, 5.2.4). */
function isDeltaTo(list: RevocationList, delta: RevocationList): boolean {
  if (delta.baseNumber === undefined || delta.number === undefined || list.number === undefined) return false
  return (
    delta.baseNumber <= list.number &&
    list.number < delta.number &&
    isSame(list.point?.encoded, delta.point?.encoded) &&
    isSame(list.authorityKeyIdentifier, delta.authorityKeyIdentifier)
  )
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one === undefined || other === undefined ? one === other : equalBytes(one, other)
}

function isCurrentList(judging: Judging, list: RevocationList): boolean {
  return isCurrent(judging, list.sha256, list)
}

function isKnown({ problems }: Judging, list: RevocationList): boolean {
  if (list.unknownCritical === undefined) return true
  problems.note('revocation.critical-extension', list.sha256, list.unknownCritical)
  return false
}

/** The entry of the certificate in the delta, or else in the list. */
function lookUp(
  { certificate, problems }: Judging,
  lists: readonly RevocationList[],
): RevokedEntry | 'broken' | undefined {
  for (const list of lists.toReversed()) {
    const serial = plainNumber(certificate.serialOctets)
    try {
      const entry = findEntry(list.entries, { serial, issuer: certificate.issuer, listIssuer: list.issuer })
      if (entry !== undefined) return entry
    } catch (error) {
      if (!(error instanceof DerError)) throw error
      problems.note('revocation.broken-entry', list.sha256, error.message)
      return 'broken'
    }
  }
  return undefined
}

function noteLoneDelta({ evidence, problems }: Judging, delta: RevocationList): void {
  const isLone = !evidence.listsOf(delta.issuer).some((list) => isDeltaTo(list, delta))
  if (isLone) problems.note('revocation.no-base', delta.sha256, `base ${delta.baseNumber}`)
}

function revokedBy(lists: readonly RevocationList[], entry: RevokedEntry): Finding {
  return { ...together(lists), status: 'revoked', source: 'crl', ...entry }
}

function goodBy({ used }: State): Finding {
  return { ...together(used), status: 'good', source: 'crl' }
}

/** Several lists say together what the oldest of them can say; a delta brings its list up to its own date. */
function together(
  lists: readonly RevocationList[],
): Pick<Finding, 'evidence' | 'further' | 'thisUpdate' | 'nextUpdate'> {
  const [first, ...more] = lists
  const speaking = lists.filter((_, index) => index === lists.length - 1 || !isDelta(lists[index + 1]))
  const oldest = speaking.reduce((one, other) => (other.thisUpdate < one.thisUpdate ? other : one))
  return {
    evidence: first?.sha256 ?? '',
    further: more.map(({ sha256 }) => sha256),
    thisUpdate: oldest.thisUpdate,
    nextUpdate: oldest.nextUpdate,
  }
}

function isDelta(list: RevocationList | undefined): boolean {
  return list?.baseNumber !== undefined
}
