// Reads the certificate of a peer as people paste it: PEM, or its DER in base64.

import type { Thumbprint } from '../../schemas/ids.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { parseCertificate, readCertificates } from '../trust/certificate.ts'
import { writePem } from '../trust/pem.ts'

/**
 * What partners need of a certificate. `pem` is its one spelling, so that the same certificate compares
 * equal.
 */
export type PeerCertificateFacts = { thumbprint: Thumbprint; pem: string; notBefore: Date; notAfter: Date }

/**
 * Reads one certificate. Refused with certificate.broken when there is none, more than one, or it is
 * malformed.
 */
export function readPeerCertificate(text: string): PeerCertificateFacts | Refusal {
  const read = text.includes('-----BEGIN') ? onlyOf(text) : parseCertificate(Buffer.from(text, 'base64'))
  if (isRefusal(read)) return read
  const { thumbprint, der, notBefore, notAfter } = read
  return { thumbprint, pem: writePem('CERTIFICATE', der), notBefore, notAfter }
}

function onlyOf(pem: string) {
  const found = readCertificates(pem)
  if (!Array.isArray(found)) return found
  const [first, second] = found
  if (first === undefined || second !== undefined) {
    return refuse('certificate.broken', `${found.length} сертификатов вместо одного`)
  }
  return first
}
