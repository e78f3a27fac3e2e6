// Keys, messages and signatures of GOST R 34.10-2012 for tests, out of a printed seed.

import type { Curve } from '../../hub/trust/gost/curves.ts'
import { fromBigEndian, toBigEndian } from '../../hub/trust/gost/integers.ts'
import { publicKeyOf, signRandom } from '../../hub/trust/gost/kernel.ts'
import type { Seeded } from './seeded.ts'

/** A good signature with its key and the numbers in it; what is random but k comes from the seed. */
export function goodSignature(curve: Curve, random: Seeded) {
  const { privateKey, message } = randomKeyAndMessage(curve, random)
  const secret = secretOf(curve, privateKey)
  const signature = signRandom({ curve, privateKey: secret, digest: message })
  const input = { curve, publicKey: publicKeyOf({ curve, privateKey: secret }), digest: message, signature }
  const [s, r] = [signature.subarray(0, curve.bits / 8), signature.subarray(curve.bits / 8)].map(
    fromBigEndian,
  )
  return { input, privateKey, s: s ?? 0n, r: r ?? 0n }
}

/** A private key in 1..q-1 and bytes as long as a digest. */
export function randomKeyAndMessage(curve: Curve, random: Seeded): { privateKey: bigint; message: Buffer } {
  const privateKey = (fromBigEndian(random.bytes(curve.bits / 8)) % (curve.q - 1n)) + 1n
  return { privateKey, message: random.bytes(curve.bits / 8) }
}

/** A private key as the kernel takes it. */
export function secretOf(curve: Curve, privateKey: bigint): Uint8Array {
  return toBigEndian(privateKey, curve.bits / 8)
}

/** The same bytes but for one bit. */
export function withFlippedBit(bytes: Uint8Array, random: Seeded): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const bit = random.number(copy.length * 8)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
