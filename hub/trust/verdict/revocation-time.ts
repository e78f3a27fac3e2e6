// What the revocation of a chain means for a signature that is proven to exist at a time (EN 319 102-1, 5.2.6, 5.5.4).

import type { ChainFacts, Found } from '../../../schemas/verdict/facts.ts'

/**
 * Problems at the proven time: revoked before it, or not known. A later revocation is no problem: the signature was
 * there before. A date of invalidity (RFC 5280, 5.3.2) does not count: it may be set by whoever wants out. Pure.
 */
export function revocationsFound(chain: ChainFacts, provenTime: string): Found[] {
  const [target] = chain.path.certificates
  return chain.revocations.flatMap((revocation): Found[] => {
    const { certificate, status, revokedAt, reason } = revocation
    if (status === 'good') return []
    if (status === 'unknown') {
      const why =
        [...new Set(revocation.problems.map(({ problem }) => problem))].join(' ') || 'nothing at hand'
      const named = (revocation.sources ?? []).map(({ kind, address }) => `${kind} ${address}`)
      return [{ problem: 'time.revocation-unknown', seen: [why, ...named].join(', '), certificate }]
    }
    if (revokedAt !== undefined && revokedAt > provenTime) return []
    const seen = `${revokedAt ?? 'revoked'} ${reason ?? ''}`.trim()
    const isOwn = certificate === target?.sha256
    return [{ problem: isOwn ? 'time.revoked' : 'time.authority-revoked', seen, certificate }]
  })
}
