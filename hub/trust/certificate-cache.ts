// Remembers certificates already parsed and their digests: a peer sends the same ones with every package.

import { LRUCache } from 'lru-cache'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { digestByOid } from './algorithms.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { equalBytes } from './der/values.ts'

// Found by a sketch of the DER, then compared octet by octet: what is found is what would have been parsed, and a digest
// of a kilobyte would cost more than all else that is read of a known certificate. Whoever sends certificates of one
// sketch pushes out their own. Bounded by bytes, for anybody may send certificates of any size.
const parsed = new LRUCache<string, Certificate>({
  maxSize: limits.certificatesCachedBytesMax,
  sizeCalculation: ({ der }) => der.length,
})
const digests = new WeakMap<Certificate, Map<string, Uint8Array>>()

/** parseCertificate, with certificates seen lately not parsed again. Refusals are not remembered. */
export function parseCertificateOnce(der: Uint8Array): Certificate | Refusal {
  const key = sketchOf(der)
  const known = parsed.get(key)
  if (known !== undefined && equalBytes(known.der, der)) return known
  const certificate = parseCertificate(der)
  if (!isRefusal(certificate)) parsed.set(key, certificate)
  return certificate
}

/** The length, and the last octets: those of the signature, which no two honest certificates share. */
function sketchOf(der: Uint8Array): string {
  const end = der.subarray(-sketchOctets)
  return `${der.length} ${Buffer.from(end.buffer, end.byteOffset, end.byteLength).toString('latin1')}`
}

const sketchOctets = 24

/** The digest of a certificate under an algorithm a signing-certificate attribute may name, or undefined. */
export function certificateDigest(certificate: Certificate, digestOid: string): Uint8Array | undefined {
  const known = digests.get(certificate) ?? new Map<string, Uint8Array>()
  const digest = known.get(digestOid) ?? digestByOid(digestOid, certificate.der)
  if (digest !== undefined) digests.set(certificate, known.set(digestOid, digest))
  return digest
}
