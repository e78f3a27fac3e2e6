// Remembers certificates already parsed and their digests: a peer sends the same ones with every package.

import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { digestByOid } from './algorithms.ts'
import { type Certificate, parseCertificate } from './certificate.ts'

// By SHA-256 of the DER, so that what is found is what would have been parsed. Bounded by bytes, for anybody may
// send certificates of any size.
const parsed = new LRUCache<string, Certificate>({
  maxSize: limits.certificatesCachedBytesMax,
  sizeCalculation: ({ der }) => der.length,
})
const digests = new WeakMap<Certificate, Map<string, Uint8Array>>()

/** parseCertificate, with certificates seen lately not parsed again. Refusals are not remembered. */
export function parseCertificateOnce(der: Uint8Array): Certificate | Refusal {
  const key = hash('sha256', der, 'base64')
  const known = parsed.get(key)
  if (known !== undefined) return known
  const certificate = parseCertificate(der)
  if (!isRefusal(certificate)) parsed.set(key, certificate)
  return certificate
}

/** The digest of a certificate under an algorithm a signing-certificate attribute may name, or undefined. */
export function certificateDigest(certificate: Certificate, digestOid: string): Uint8Array | undefined {
  const known = digests.get(certificate) ?? new Map<string, Uint8Array>()
  const digest = known.get(digestOid) ?? digestByOid(digestOid, certificate.der)
  if (digest !== undefined) digests.set(certificate, known.set(digestOid, digest))
  return digest
}
