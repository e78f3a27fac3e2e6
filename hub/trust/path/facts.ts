// Says what a report says of certificates and paths.

import type { CertificateFacts, PathFacts } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { describeFully } from '../distinguished-name.ts'
import { describeKey } from '../public-key.ts'
import type { PathFound } from './build.ts'

const known = new WeakMap<Certificate, CertificateFacts>()

/** The facts of a certificate, remembered. */
export function certificateFacts(certificate: Certificate): CertificateFacts {
  const before = known.get(certificate)
  if (before !== undefined) return before
  const facts: CertificateFacts = {
    sha256: certificate.thumbprint,
    subject: describeFully(certificate.subjectName),
    issuer: describeFully(certificate.issuerName),
    serial: certificate.serial,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    key: describeKey(certificate.publicKey),
    names: certificate.subjectName,
  }
  known.set(certificate, facts)
  return facts
}

/** The facts of a path; an anchor asked about itself stands for its path. */
export function pathFacts(target: Certificate, found: PathFound, at: Date): PathFacts {
  const { certificates, anchor, policies, problems } = found
  const isAnchor = anchor !== undefined && certificates.length === 0
  return {
    at: at.toISOString(),
    certificates: (isAnchor ? [target] : certificates).map(certificateFacts),
    anchor: anchor === undefined ? undefined : certificateFacts(anchor),
    policies,
    problems,
  }
}
