// The keys the hub signs with: its own, and those of home operators it signs for (RULES 3).

import assert from 'node:assert/strict'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { type Certificate, readCertificates } from './certificate.ts'
import { readPrivateKey } from './private-key.ts'
import { createPackageSigner, kernelPort, type PackageSigner, type SigningIdentity } from './sign.ts'

/** A key pair by name: `hub`, or the code of a home operator. Texts are PEM and never logged. */
export type Identity = { name: string; certificates: string; key: string }

/** Reads the identity: the first certificate is the signer's, the others go along. */
export function openIdentity(identity: Identity): SigningIdentity | Refusal {
  const certificates = readCertificates(identity.certificates)
  if (isRefusal(certificates)) return certificates
  const [certificate, ...chain]: Certificate[] = certificates
  if (certificate === undefined) return refuse('cms.certificate-missing', `identity ${identity.name}`)
  const privateKey = readPrivateKey(identity.key, certificate)
  return isRefusal(privateKey) ? privateKey : { certificate, privateKey, chain }
}

/** The signer of packages of an identity that was checked when the hub started. */
export function packageSignerOf(identity: Identity): PackageSigner {
  const opened = openIdentity(identity)
  assert(!isRefusal(opened), `identity ${identity.name} cannot be used`)
  return createPackageSigner(kernelPort(opened))
}
