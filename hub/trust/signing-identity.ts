// Reads what a party signs with from the texts of its PEM files: certificate, chain and private key.

import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { readCertificates } from './certificate.ts'
import { readPrivateKey } from './private-key.ts'
import type { SigningIdentity } from './sign.ts'

/**
 * Reads the identity of a signer. The first certificate is the signer's, those behind it are its chain; `chain` may
 * hold more of them. Refusals: certificate.broken, key.broken, key.foreign.
 */
export function readSigningIdentity(files: {
  certificate: Uint8Array | string
  key: string
  chain?: Uint8Array | string
}): Required<SigningIdentity> | Refusal {
  const certificates = readCertificates(files.certificate)
  if (isRefusal(certificates)) return certificates
  const more = files.chain === undefined ? [] : readCertificates(files.chain)
  if (isRefusal(more)) return more
  const [certificate, ...chain] = certificates as [(typeof certificates)[0], ...typeof certificates]
  const privateKey = readPrivateKey(files.key, certificate)
  return isRefusal(privateKey) ? privateKey : { certificate, privateKey, chain: [...chain, ...more] }
}
