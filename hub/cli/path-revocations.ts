// The boundary to the judging of revocation: from a path and the lists at hand to what is known of each certificate.

import type { RevocationFacts } from '../../schemas/verdict/facts.ts'
import type { ValidatedPath } from '../trust/path/validator.ts'

/** What is known about the revocation of the certificates of a path, from the DER of lists, at a time. */
export function revocationsOf(
  path: Pick<ValidatedPath, 'certificates' | 'anchor'>,
  _lists: readonly Uint8Array[],
  _at: Date,
): RevocationFacts[] {
  return path.certificates.map(({ thumbprint }) => ({
    certificate: thumbprint,
    status: 'unknown',
    source: undefined,
    evidence: undefined,
    thisUpdate: undefined,
    nextUpdate: undefined,
    revokedAt: undefined,
    reason: undefined,
    invalidityDate: undefined,
    problems: [],
  }))
}
