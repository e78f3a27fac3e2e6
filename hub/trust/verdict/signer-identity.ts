// Whether the signer acts for the sender by what the certificate says (domain rules 6.3 and 7.2).

import type { CertificateFacts, Found } from '../../../schemas/verdict/facts.ts'
import { organizationInn } from '../distinguished-name.ts'

/**
 * Compares the numbers of a certificate with the sender's ИНН. A natural person's certificate is no problem here: for it
 * a power of attorney is due, which is a verdict of its own. Pure.
 */
export function signerFound(certificate: CertificateFacts, senderInn: string | undefined): Found[] {
  if (senderInn === undefined) return [{ problem: 'signer.sender-unknown', seen: certificate.subject }]
  const own = organizationInn(certificate.names)
  if (own === undefined || own === senderInn || certificate.names.inn === senderInn) return []
  return [{ problem: 'signer.other-organisation', seen: `${own}, sender ${senderInn}` }]
}
