// Finds the certificates that may have issued another: by name, the likelier first (RFC 4158, 3.5).

import { extensionsOf } from '../certificate/extensions.ts'
import { comparableName, isMatchingName } from '../certificate/name-key.ts'
import type { Certificate } from '../certificate.ts'
import { equalBytes } from '../der/values.ts'

/** Certificates by the name of their subject; a repeated one stands once. */
export class CertificateIndex {
  readonly #bySubject = new Map<string, Certificate[]>()

  constructor(certificates: readonly Certificate[]) {
    const seen = new Set<string>()
    for (const certificate of certificates) {
      if (seen.has(certificate.thumbprint)) continue
      seen.add(certificate.thumbprint)
      const { key } = comparableName(certificate.subject)
      const known = this.#bySubject.get(key)
      if (known === undefined) this.#bySubject.set(key, [certificate])
      else known.push(certificate)
    }
  }

  /** Those of a subject, in the order given. */
  ofSubject(name: Uint8Array): readonly Certificate[] {
    return this.#bySubject.get(comparableName(name).key) ?? []
  }
}

/**
 * Orders candidates: the identifier of the key agrees, then unknown, then another; valid at the time before others;
 * later starts first. The identifiers only advise: a candidate whose identifier differs may still have signed.
 */
export function likelierFirst(
  certificate: Certificate,
  candidates: readonly Certificate[],
  at: Date,
): readonly Certificate[] {
  if (candidates.length < 2) return candidates
  const time = at.getTime()
  const weigh = (candidate: Certificate): number =>
    identifierWeight(certificate, candidate) * 2 +
    (candidate.notBefore.getTime() <= time && time <= candidate.notAfter.getTime() ? 0 : 1)
  return candidates
    .map((candidate) => ({ candidate, weight: weigh(candidate) }))
    .sort(
      (one, other) =>
        one.weight - other.weight || other.candidate.notBefore.getTime() - one.candidate.notBefore.getTime(),
    )
    .map(({ candidate }) => candidate)
}

function identifierWeight(certificate: Certificate, candidate: Certificate): 0 | 1 | 2 {
  const { authorityKeyIdentifier: wanted } = certificate
  const { subjectKeyIdentifier: own } = candidate
  if (wanted !== undefined && own !== undefined) return equalBytes(wanted, own) ? 0 : 2
  const { authorityCertificate } = extensionsOf(certificate)
  if (authorityCertificate === undefined) return 1
  const { issuer, serial } = authorityCertificate
  const isNamed = issuer.some(
    (name) => name.kind === 'directory' && isMatchingName(name.name, candidate.issuer),
  )
  return isNamed && equalBytes(serial, candidate.serialOctets) ? 0 : 2
}
