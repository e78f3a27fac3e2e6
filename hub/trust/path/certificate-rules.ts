// Checks of one certificate by itself, as target, as authority or as anchor; what the path makes of it is elsewhere.

import type { Found } from '../../../schemas/verdict/facts.ts'
import type { ProblemCode } from '../../../schemas/verdict/problems.ts'
import { extensionsOf, keyUses } from '../certificate/extensions.ts'
import { comparableName } from '../certificate/name-key.ts'
import type { Certificate } from '../certificate.ts'
import { describeKey, isUsableKey, lacksParameters } from '../public-key.ts'
import { brokenRules, type Position } from './profile.ts'
import { isWeakKey, strengthProblems } from './strength.ts'

const known: Record<Position, WeakMap<Certificate, readonly Found[]>> = {
  target: new WeakMap(),
  authority: new WeakMap(),
  anchor: new WeakMap(),
}

/** What is wrong with a certificate whatever the time and the path; remembered. */
export function lastingProblems(certificate: Certificate, position: Position): readonly Found[] {
  const before = known[position].get(certificate)
  if (before !== undefined) return before
  const problems = judge(certificate, position)
  known[position].set(certificate, problems)
  return problems
}

/**
 * Outside of the period of validity, both ends included, in whole seconds (RFC 5280, 4.1.2.5). Of an anchor only the
 * end counts: an authority that renews its certificate keeps name and key, and what they certified before stands.
 */
export function periodProblems(certificate: Certificate, position: Position, at: Date): Found[] {
  const { notBefore, notAfter, thumbprint } = certificate
  const second = Math.floor(at.getTime() / 1000) * 1000
  const isEarly = second < notBefore.getTime() && position !== 'anchor'
  if (!isEarly && second <= notAfter.getTime()) return []
  const seen = `${notBefore.toISOString()} .. ${notAfter.toISOString()}`
  const outside = isEarly ? 'path.not-yet-valid' : 'path.expired'
  const problem = position === 'anchor' ? 'path.anchor-expired' : outside
  return [{ problem, seen, certificate: thumbprint }]
}

function judge(certificate: Certificate, position: Position): Found[] {
  const { repeated, malformed, unknownCritical } = extensionsOf(certificate)
  const found: Found[] = []
  const add = (problem: ProblemCode, seen: string) => {
    found.push({ problem, seen, certificate: certificate.thumbprint })
  }
  if (!lacksParameters(certificate.publicKey) && !isUsableKey(certificate.publicKey))
    add('path.key', describeKey(certificate.publicKey))
  for (const oid of unknownCritical) add('path.critical-extension', oid)
  for (const oid of repeated) add('path.repeated-extension', oid)
  for (const { oid, what } of malformed) add('path.malformed-extension', `${oid}: ${what}`)
  if (position !== 'target') checkAuthority(certificate, position, add)
  if (isEmpty(certificate.issuer)) add('path.empty-name', 'issuer')
  for (const rule of brokenRules(certificate, position)) add('path.profile', rule)
  // Nobody relies on the signature under an anchor.
  if (position !== 'anchor') found.push(...strengthProblems(certificate))
  else if (isWeakKey(certificate.publicKey)) add('path.weak-algorithm', describeKey(certificate.publicKey))
  return found
}

/** 6.1.4 k and n. Anchors of the first version have no extensions to say it with: their being given says it. */
function checkAuthority(
  certificate: Certificate,
  position: Position,
  add: (problem: ProblemCode, seen: string) => void,
): void {
  const { basicConstraints, keyUsage } = extensionsOf(certificate)
  const isOldAnchor = position === 'anchor' && certificate.version < 3
  if (basicConstraints?.isAuthority !== true && !isOldAnchor)
    add('path.not-authority', basicConstraints === undefined ? 'no basicConstraints' : 'cA FALSE')
  if (keyUsage !== undefined && (keyUsage & keyUses.keyCertSign) === 0)
    add('path.key-usage', `keyUsage ${keyUsage.toString(2).padStart(16, '0')}`)
  if (isEmpty(certificate.subject)) add('path.empty-name', 'subject')
}

function isEmpty(name: Uint8Array): boolean {
  return comparableName(name).relative.length === 0
}
