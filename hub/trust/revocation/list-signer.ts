// Finds the certificate whose key signed a revocation list and which may sign it (RFC 5280, 6.3.3 f and g).

import { limits } from '../../../schemas/limits.ts'
import { keyUses } from '../certificate/extensions.ts'
import type { Certificate } from '../certificate.ts'
import { equalBytes } from '../der/values.ts'
import { revocationFields } from './certificate-fields.ts'
import { isSignedBy } from './evidence.ts'
import type { Judging } from './judging.ts'
import { nameKey } from './name-key.ts'
import type { RevocationList } from './revocation-list.ts'

/**
 * The signer of a list: a certificate of the list's issuer whose key the signature is, which is allowed to sign lists,
 * and which is the issuer on the path or has a path of its own, each certificate of which is known not to be revoked.
 * Undefined, with a note, when there is none.
 */
export function signerOf(judging: Judging, list: RevocationList): Certificate | undefined {
  const candidates = candidatesFor(judging, list)
  let isSigned = false
  for (const candidate of candidates) {
    if (!isSignedBy(list.signed, candidate.publicKey)) continue
    isSigned = true
    if (maySign(judging, list, candidate)) return candidate
  }
  const { problems } = judging
  if (candidates.length === 0) problems.note('revocation.signer', list.sha256, 'no certificate of the issuer')
  else if (!isSigned)
    problems.note('revocation.signature', list.sha256, 'signed by no known key of the issuer')
  return undefined
}

/** Certificates of the issuer of a list; those its authorityKeyIdentifier points at first, then the path's own. */
function candidatesFor({ issuer, candidates }: Judging, list: RevocationList): Certificate[] {
  const wanted = nameKey(list.issuer)
  const named = [issuer, ...candidates].filter(({ subject }) => nameKey(subject) === wanted)
  // The first of each stands: on the path a DSA key has the parameters it inherits, elsewhere it has none.
  const unique = [...new Map(named.toReversed().map((one) => [one.thumbprint, one])).values()].toReversed()
  const isPointedAt = ({ subjectKeyIdentifier }: Certificate) =>
    list.authorityKeyIdentifier !== undefined &&
    subjectKeyIdentifier !== undefined &&
    equalBytes(subjectKeyIdentifier, list.authorityKeyIdentifier)
  const ordered = [...unique.filter(isPointedAt), ...unique.filter((one) => !isPointedAt(one))]
  return ordered.slice(0, limits.crlSignersMax)
}

function maySign(judging: Judging, list: RevocationList, signer: Certificate): boolean {
  const { issuer, problems } = judging
  const note = (seen: string) => problems.note('revocation.signer', list.sha256, seen, signer)
  const { keyUsage } = revocationFields(signer)
  if (keyUsage !== undefined && (keyUsage & keyUses.crlSign) === 0) {
    note('keyUsage without cRLSign')
    return false
  }
  if (signer.thumbprint === issuer.thumbprint) return true
  const path = judging.pathOf(signer)
  if (path === undefined) {
    note('no path to the same anchor')
    return false
  }
  const unsure = path.slice(0, -1).find((certificate, index) => {
    const above = path[index + 1]
    return above === undefined || !judging.isGood(certificate, above)
  })
  if (unsure === undefined) return true
  note(`${unsure.thumbprint} on its path is revoked or not known to be good`)
  return false
}
