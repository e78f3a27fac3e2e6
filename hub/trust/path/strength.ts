// Says which keys and signature algorithms of certificates are too weak today.

import type { Found } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { describeKey, openKey, type PublicKey } from '../public-key.ts'

const rsaBitsMin = 2048
const curveBitsMin = 224

/**
 * A weak key, or a weak digest under the certificate: MD5 and SHA-1, RSA below 2048 bits, curves below 224. DSA is a
 * problem of its own: it is found in old archives only, where its strength is for the policy to weigh.
 */
export function strengthProblems(certificate: Certificate): Found[] {
  const { signed, publicKey, thumbprint } = certificate
  const { family, digest } = signed.scheme ?? {}
  const isWeakDigest = (digest === 'md5' || digest === 'sha1') && family !== 'dsa'
  const isWeak = isWeakDigest || isWeakKey(publicKey)
  const isLegacy = family === 'dsa' || isDsa(publicKey)
  const seen = [family, digest, describeKey(publicKey)].filter(Boolean).join(', ')
  return [
    ...(isWeak ? [{ problem: 'path.weak-algorithm', seen, certificate: thumbprint } as const] : []),
    ...(isLegacy ? [{ problem: 'path.legacy-algorithm', seen, certificate: thumbprint } as const] : []),
  ]
}

/** Whether the key by itself is too weak. */
export function isWeakKey(key: PublicKey): boolean {
  if (key.kind === 'gost') return false
  const { modulusLength, namedCurve } = openKey(key)?.asymmetricKeyDetails ?? {}
  if (namedCurve !== undefined) return Number(/\d{3}/.exec(namedCurve)?.[0] ?? 0) < curveBitsMin
  return modulusLength !== undefined && modulusLength < rsaBitsMin && !isDsa(key)
}

function isDsa(key: PublicKey): boolean {
  return key.kind === 'other' && openKey(key)?.asymmetricKeyType === 'dsa'
}
