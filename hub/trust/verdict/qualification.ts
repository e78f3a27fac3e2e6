// Whether a signature is a qualified one in the sense of 63-ФЗ, as far as certificates tell.

import type { AuthorityFacts, ChainFacts, Found, SignerFacts } from '../../../schemas/verdict/facts.ts'

/** Arcs of the classes of signature tools КС1 to КА1 (order ФСБ №795). */
const classArc = '1.2.643.100.113.'
/** anyPolicy (RFC 5280, 4.2.1.4). */
const anyPolicy = '2.5.29.32.0'

/** Problems of accreditation: only where a list is in use. Pure. */
export function authorityFound(authority: AuthorityFacts | undefined): Found[] {
  if (authority === undefined) return []
  const { atIssue, atUse, seen } = authority
  if (atIssue === 'not-listed' || atUse === 'not-listed') return [{ problem: 'authority.not-listed', seen }]
  if (atIssue !== 'accredited') return [{ problem: 'authority.not-accredited', seen }]
  return atUse === 'accredited' ? [] : [{ problem: 'authority.ended', seen }]
}

/** What keeps a signature from being qualified besides chain and revocation. Pure. */
export function qualificationFound(signer: SignerFacts, chain: ChainFacts): Found[] {
  const found: Found[] = []
  const key = signer.certificate?.key ?? ''
  if (!key.startsWith('TC26-')) found.push({ problem: 'qualified.algorithm', seen: key || 'no key' })
  const { policies } = chain.path
  if (!policies.some((policy) => policy === anyPolicy || policy.startsWith(classArc))) {
    found.push({ problem: 'qualified.policy', seen: policies.join(' ') || 'no policy' })
  }
  return found
}
