// Points of a curve in plain numbers, for tests: roots, sums, encodings, and keys under which a chosen signature is good.

import type { Curve } from '../../hub/trust/gost/curves.ts'
import { fromLittleEndian, toBigEndian, toLittleEndian } from '../../hub/trust/gost/integers.ts'
import { isInSubgroup, isOnCurve, publicKeyReference } from '../../hub/trust/gost/reference.ts'

export type AffinePoint = { x: bigint; y: bigint }

/** x || y as public keys are written. */
export function encodedPoint(curve: Curve, { x, y }: AffinePoint): Buffer {
  return Buffer.concat([toLittleEndian(x, curve.bits / 8), toLittleEndian(y, curve.bits / 8)])
}

/** The point of a public key. */
export function decodedPoint(curve: Curve, publicKey: Uint8Array): AffinePoint {
  const size = curve.bits / 8
  return { x: fromLittleEndian(publicKey.subarray(0, size)), y: fromLittleEndian(publicKey.subarray(size)) }
}

/** s || r. */
export function encodedSignature(curve: Curve, { s, r }: { s: bigint; r: bigint }): Buffer {
  return Buffer.concat([toBigEndian(s, curve.bits / 8), toBigEndian(r, curve.bits / 8)])
}

/** A point of the prime subgroup with this x; undefined when there is none. */
export function pointWithX(curve: Curve, x: bigint): AffinePoint | undefined {
  const { p, a, b } = curve
  const y = squareRoot((x * x * x + a * x + b) % p, p)
  if (x >= p || y === undefined || y === 0n) return undefined
  const point = { x, y }
  return isOnCurve(curve, point) && (curve.cofactor === 1 || isInSubgroup(curve, point)) ? point : undefined
}

/** The key under which (s, r) is a good signature of a digest with the number e: R = s/e G - r/e Q gives Q. */
export function keyFor(
  curve: Curve,
  wanted: { s: bigint; e: bigint; point: AffinePoint },
): AffinePoint | undefined {
  const { s, e, point } = wanted
  const v = inverse(wanted.point.x % curve.q, curve.q)
  const left = multiple(curve, curve, (s * v) % curve.q)
  const right = multiple(curve, point, ((curve.q - e) * v) % curve.q)
  return sum(curve, left, right)
}

/** A multiple of a point, in 1..q-1. */
function multiple(curve: Curve, { x, y }: AffinePoint, factor: bigint): AffinePoint {
  return decodedPoint(curve, publicKeyReference({ curve: { ...curve, x, y }, privateKey: factor }))
}

/** The sum of two points; undefined for the point at infinity. */
export function sum({ p, a }: Curve, left: AffinePoint, right: AffinePoint): AffinePoint | undefined {
  const isSame = left.x === right.x
  if (isSame && (left.y + right.y) % p === 0n) return undefined
  const [rise, run] = isSame ? [3n * left.x * left.x + a, 2n * left.y] : [right.y - left.y, right.x - left.x]
  const slope = mod(rise * inverse(mod(run, p), p), p)
  const x = mod(slope * slope - left.x - right.x, p)
  return { x, y: mod(slope * (left.x - x) - left.y, p) }
}

/** 1/value modulo a prime. */
export function inverse(value: bigint, modulus: bigint): bigint {
  return power(value, modulus - 2n, modulus)
}

/** A root by the algorithm of Tonelli and Shanks; undefined for what is no square. */
function squareRoot(value: bigint, p: bigint): bigint | undefined {
  if (power(value, (p - 1n) / 2n, p) > 1n) return undefined
  let odd = p - 1n
  let twos = 0
  for (; odd % 2n === 0n; odd /= 2n) twos += 1
  let base = 2n
  while (power(base, (p - 1n) / 2n, p) === 1n) base += 1n
  let step = power(base, odd, p)
  let root = power(value, (odd + 1n) / 2n, p)
  let rest = power(value, odd, p)
  while (rest > 1n) {
    let order = 0
    for (let square = rest; square !== 1n; square = (square * square) % p) order += 1
    let factor = step
    for (let time = 0; time < twos - order - 1; time += 1) factor = (factor * factor) % p
    twos = order
    step = (factor * factor) % p
    root = (root * factor) % p
    rest = (rest * step) % p
  }
  return rest === 0n ? 0n : root
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}
