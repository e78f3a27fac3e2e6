// Finds the certificate of a CMS signer and holds it against the signing-certificate attributes (RFC 5035).

import { isRefusal } from '../../../schemas/refusals.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { certificateDigest, parseCertificateOnce } from '../certificate-cache.ts'
import { DerError, type Element } from '../der/reader.ts'
import { equalBytes } from '../der/values.ts'
import { isSameName } from '../distinguished-name.ts'
import type { NamedCertificate } from './attributes.ts'
import { isFound, type OpenedCms } from './open.ts'
import { hasIssuerAndSerial, isNamedBy, type SignerId } from './structure.ts'

/** What to find a certificate by. */
export type CertificateSearch = {
  readonly id: SignerId
  /** What the signed attributes name; of several certificates with the id it tells which one is meant. */
  readonly named: readonly NamedCertificate[]
  /** Certificates known from elsewhere, looked in when the CMS does not carry the signer's. */
  readonly known: readonly Certificate[]
}

/**
 * The one certificate the signer's id names. Broken certificates that are not the signer's do not matter: nothing
 * signs them. Problems: cms.certificate-missing, cms.certificate-ambiguous, cms.certificate-broken.
 */
export function findSigningCertificate(opened: OpenedCms, search: CertificateSearch): Certificate | Found {
  const candidates = new Map<string, Certificate>()
  let broken: Found | undefined
  for (const element of opened.parts.certificates) {
    const candidate = candidateOf(opened, element, search.id)
    if (candidate === undefined) continue
    if (isFound(candidate)) broken = candidate
    else if (isNamedBy(search.id, candidate)) candidates.set(candidate.thumbprint, candidate)
  }
  if (candidates.size === 0) {
    for (const certificate of search.known) {
      if (isNamedBy(search.id, certificate)) candidates.set(certificate.thumbprint, certificate)
    }
  }
  const [first, ...others] = candidates.values()
  if (first !== undefined && others.length === 0) return first
  const meant = [...candidates.values()].filter((one) => search.named.some((name) => names(name, one)))
  if (meant[0] !== undefined && meant.length === 1) return meant[0]
  if (candidates.size > 0) {
    return {
      problem: 'cms.certificate-ambiguous',
      seen: `${candidates.size} certificates with the signer's id`,
    }
  }
  const seen = `none of ${opened.parts.certificates.length} certificates is the signer's`
  return broken ?? { problem: 'cms.certificate-missing', seen }
}

/** Undefined for a certificate that is not the signer's; comparing the raw fields first spares parsing the others. */
function candidateOf(opened: OpenedCms, element: Element, id: SignerId): Certificate | Found | undefined {
  const { reader } = opened
  try {
    if (id.kind === 'issuer-and-serial' && !hasIssuerAndSerial(reader, element, id)) return undefined
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
  const certificate = parseCertificateOnce(reader.encoding(element))
  return isRefusal(certificate) ? { problem: 'cms.certificate-broken', seen: certificate.seen } : certificate
}

/**
 * What is wrong with the signing-certificate attributes: the first certificate of each must be the signer's, by
 * digest and by issuer and serial when written (RFC 5035, 4; EN 319 102-1, 5.2.3). SHA-1 alone is flagged.
 */
export function signingCertificateProblems(
  named: readonly NamedCertificate[],
  certificate: Certificate,
): Found[] {
  if (named.length === 0) {
    return [{ problem: 'cms.signing-certificate-missing', seen: 'no signing-certificate attribute' }]
  }
  const problems: Found[] = []
  for (const name of named) {
    const what = `signing-certificate${name.version === 1 ? '' : '-v2'}`
    if (certificateDigest(certificate, name.digestAlgorithm) === undefined) {
      problems.push({
        problem: 'cms.signing-certificate-digest',
        seen: `${what}: digest ${name.digestAlgorithm}`,
      })
    } else if (!names(name, certificate)) {
      problems.push({ problem: 'cms.signing-certificate-other', seen: `${what} names another certificate` })
    }
  }
  if (named.every(({ version }) => version === 1)) {
    problems.push({ problem: 'cms.signing-certificate-weak', seen: 'signing-certificate by SHA-1 alone' })
  }
  return problems
}

function names(name: NamedCertificate, certificate: Certificate): boolean {
  const digest = certificateDigest(certificate, name.digestAlgorithm)
  return (
    digest !== undefined &&
    equalBytes(digest, name.digest) &&
    (name.issuer === undefined || isSameName(name.issuer, certificate.issuer)) &&
    (name.serialOctets === undefined || equalBytes(name.serialOctets, certificate.serialOctets))
  )
}
