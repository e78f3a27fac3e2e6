// GOST R 34.10-2012 in the kernel on hostile input: values out of range, bad points, exceptional sums.

import t from 'tap'
import { type Curve, curves } from '../../hub/trust/gost/curves.ts'
import { fromLittleEndian, toBigEndian, toLittleEndian } from '../../hub/trust/gost/integers.ts'
import { publicKeyOf, signRandom, verify } from '../../hub/trust/gost/kernel.ts'
import { isOnCurve, publicKeyReference, verifyReference } from '../../hub/trust/gost/reference.ts'
import { goodSignature, secretOf } from '../support/gost-samples.ts'
import { seeded } from '../support/seeded.ts'

const random = seeded()
t.comment(`seed ${random.seed}`)

for (const curve of curves) {
  t.test(`${curve.name}: r and s out of 1..q-1 are refused`, async (t) => {
    const size = curve.bits / 8
    const { input, s, r } = goodSignature(curve, random)
    const room = 2n ** BigInt(curve.bits)
    for (const [badS, badR] of [
      [0n, r],
      [s, 0n],
      [0n, 0n],
      [curve.q, r],
      [s, curve.q],
      [s + curve.q, r],
      [s, r + curve.q],
      [room - 1n, r],
      [s, room - 1n],
      [curve.q - s, r],
    ] as const) {
      if (badS >= room || badR >= room) continue
      const signature = Buffer.concat([toBigEndian(badS, size), toBigEndian(badR, size)])
      t.notOk(verify({ ...input, signature }))
      t.notOk(verifyReference({ ...input, signature }))
    }
  })

  t.test(`${curve.name}: malformed keys and wrong lengths are refused, never thrown on`, async (t) => {
    const size = curve.bits / 8
    const { input } = goodSignature(curve, random)
    const x = fromLittleEndian(input.publicKey.subarray(0, size))
    const y = fromLittleEndian(input.publicKey.subarray(size))
    const keys: [bigint, bigint][] = [
      [0n, 0n],
      [x, y ^ 1n],
      [x ^ 1n, y],
      [y, x],
      [x, curve.p - y],
      [x + curve.p, y],
      [x, y + curve.p],
      [curve.p, y],
      [2n ** BigInt(curve.bits) - 1n, 2n ** BigInt(curve.bits) - 1n],
    ]
    for (const [badX, badY] of keys) {
      if (badX >= 2n ** BigInt(curve.bits) || badY >= 2n ** BigInt(curve.bits)) continue
      const publicKey = encodedPoint(curve, { x: badX, y: badY })
      t.notOk(verify({ ...input, publicKey }), `${badX}, ${badY}`)
      t.notOk(verifyReference({ ...input, publicKey }))
    }
    for (const part of ['publicKey', 'digest', 'signature'] as const) {
      const whole = input[part]
      for (const bad of [whole.subarray(1), whole.subarray(0, 0), Buffer.concat([whole, Buffer.alloc(1)])]) {
        t.notOk(verify({ ...input, [part]: bad }), `${part} of ${bad.length} bytes`)
        t.notOk(verifyReference({ ...input, [part]: bad }))
      }
    }
    t.ok(verify(input), 'and the good one is still good')
  })

  t.test(`${curve.name}: cases the fast formulas cannot do are decided by the complete ones`, async (t) => {
    // With the key Q = G both halves of the sum are multiples of the same point and can be made to meet.
    const size = curve.bits / 8
    const publicKey = publicKeyOf({ curve, privateKey: secretOf(curve, 1n) })
    for (const [left, right] of [
      [1n, 1n],
      [3n, 3n],
      [2n, 1n],
      [1n, 2n],
      [32n, 32n],
    ] as const) {
      const point = publicKeyReference({ curve, privateKey: left + right })
      const r = fromLittleEndian(point.subarray(0, size)) % curve.q
      // -r/e = right and s/e = left.
      const e = (((curve.q - r) % curve.q) * inverse(right, curve.q)) % curve.q
      const s = (left * e) % curve.q
      const signature = Buffer.concat([toBigEndian(s, size), toBigEndian(r, size)])
      const input = { curve, publicKey, digest: toLittleEndian(e, size), signature }
      t.ok(verifyReference(input), `${left} G + ${right} G`)
      t.ok(verify(input))
      // The same with s = -right e: the sum is the point at infinity, which has no x.
      const opposite = toBigEndian((((curve.q - right) % curve.q) * e) % curve.q, size)
      const infinite = { ...input, signature: Buffer.concat([opposite, toBigEndian(r, size)]) }
      t.notOk(verifyReference(infinite))
      t.notOk(verify(infinite))
    }
  })
}

for (const curve of curves.filter(({ cofactor }) => cofactor === 4)) {
  t.test(`${curve.name}: keys outside of the prime subgroup are refused`, async (t) => {
    const size = curve.bits / 8
    const order2 = pointOfOrder2(curve)
    t.ok(isOnCurve(curve, order2))
    const { input, privateKey } = goodSignature(curve, random)
    const key = {
      x: fromLittleEndian(input.publicKey.subarray(0, size)),
      y: fromLittleEndian(input.publicKey.subarray(size)),
    }
    const shifted = sumOf(curve, key, order2)
    t.ok(isOnCurve(curve, shifted))
    for (const bad of [order2, shifted]) {
      // Where the factor of the key is even, the small part would vanish and the equation would hold.
      for (let round = 0; round < 8; round += 1) {
        const message = random.bytes(size)
        const signature = signRandom({ curve, privateKey: secretOf(curve, privateKey), digest: message })
        const attempt = { curve, publicKey: encodedPoint(curve, bad), digest: message, signature }
        t.notOk(verify(attempt))
        t.notOk(verifyReference(attempt))
      }
    }
    t.ok(verify(input))
  })
}

type AffinePoint = { x: bigint; y: bigint }

function encodedPoint(curve: Curve, { x, y }: AffinePoint): Buffer {
  return Buffer.concat([toLittleEndian(x, curve.bits / 8), toLittleEndian(y, curve.bits / 8)])
}

/** The point (t, 0) of RFC 7836's map from the Edwards form with e = 1: t = (e + d) / 6. */
function pointOfOrder2(curve: Curve): AffinePoint {
  // From a = s^2 - 3 t^2 and b = 2 t^3 - t s^2 follows t^3 + a t + b = 0, with d as RFC 7836 gives it.
  const d =
    curve.bits === 256
      ? 0x0605f6b7c183fa81578bc39cfad518132b9df62897009af7e522c32d6dc7bffbn
      : BigInt(
          '0x9e4f5d8c017d8d9f13a5cf3cdf5bfe4dab402d54198e31ebde28a0621050439c' +
            'a6b39e0a515c06b304e2ce43e79e369e91a0cfc2bc2a22b4ca302dbb33ee7550',
        )
  return { x: ((1n + d) * inverse(6n, curve.p)) % curve.p, y: 0n }
}

/** The sum of two different points, neither opposite. */
function sumOf({ p }: Curve, left: AffinePoint, right: AffinePoint): AffinePoint {
  const positive = (value: bigint) => ((value % p) + p) % p
  const slope = positive((right.y - left.y) * inverse(positive(right.x - left.x), p))
  const x = positive(slope * slope - left.x - right.x)
  return { x, y: positive(slope * (left.x - x) - left.y) }
}

function inverse(value: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of (modulus - 2n).toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * value) % modulus
  }
  return result
}
