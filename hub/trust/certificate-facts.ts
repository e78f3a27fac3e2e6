// What a report says of a certificate, as a plain value.

import type { CertificateFacts } from '../../schemas/verdict/facts.ts'
import type { Certificate } from './certificate.ts'
import { describeFully } from './distinguished-name.ts'
import { describeKey } from './public-key.ts'

const described = new WeakMap<Certificate, CertificateFacts>()

/** The facts of a certificate; made once for each parsed certificate. */
export function certificateFacts(certificate: Certificate): CertificateFacts {
  const known = described.get(certificate)
  if (known !== undefined) return known
  const facts: CertificateFacts = {
    sha256: certificate.thumbprint,
    subject: describeFully(certificate.subjectName),
    issuer: describeFully(certificate.issuerName),
    serial: certificate.serial,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    key: describeKey(certificate.publicKey),
    names: { ...certificate.subjectName },
  }
  described.set(certificate, facts)
  return facts
}
