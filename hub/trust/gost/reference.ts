// GOST R 34.10-2012 (RFC 7091) in plain BigInt: the oracle of the tests and the complete path of the kernel.

import type { Curve } from './curves.ts'
import { fromBigEndian, fromLittleEndian, toBigEndian, toLittleEndian } from './integers.ts'

export { streebogReference } from './reference-streebog.ts'

/** A point in Jacobian coordinates, (X/Z^2, Y/Z^3); Z = 0 is the point at infinity. */
type Point = { readonly x: bigint; readonly y: bigint; readonly z: bigint }

const infinity: Point = { x: 1n, y: 1n, z: 0n }

/**
 * Checks a signature (RFC 7091, 6.2). publicKey is x || y, little-endian each; signature is s || r, each
 * big-endian; digest is as Streebog gives it. Wrong lengths, values out of range and points off the curve or
 * outside of the prime subgroup are false. About 2 ms for 256 bits, 15 ms for 512.
 */
export function verifyReference(input: {
  curve: Curve
  publicKey: Uint8Array
  digest: Uint8Array
  signature: Uint8Array
}): boolean {
  const { curve, publicKey, digest, signature } = input
  const size = curve.bits / 8
  if (publicKey.length !== size * 2 || signature.length !== size * 2 || digest.length !== size) return false
  const s = fromBigEndian(signature.subarray(0, size))
  const r = fromBigEndian(signature.subarray(size))
  if (r === 0n || s === 0n || r >= curve.q || s >= curve.q) return false
  const key = publicPoint(curve, publicKey)
  if (key === undefined) return false
  const v = invert(digestNumber(curve, digest), curve.q)
  const left = multiply(curve, generator(curve), (s * v) % curve.q)
  const right = multiply(curve, key, ((curve.q - r) * v) % curve.q)
  const x = affineX(curve, add(curve, left, right))
  return x !== undefined && x % curve.q === r
}

/**
 * Makes a signature s || r (RFC 7091, 6.1) with k taken from random, big-endian and as long as the curve's
 * numbers. Undefined when k is not in 1..q-1 or gives r = 0 or s = 0: draw again. Not constant in time.
 */
export function signReference(input: {
  curve: Curve
  privateKey: bigint
  digest: Uint8Array
  random: Uint8Array
}): Uint8Array | undefined {
  const { curve, privateKey, digest, random } = input
  const size = curve.bits / 8
  const k = fromBigEndian(random)
  if (random.length !== size || k === 0n || k >= curve.q) return undefined
  const r = (affineX(curve, multiply(curve, generator(curve), k)) ?? 0n) % curve.q
  const s = (r * privateKey + k * digestNumber(curve, digest)) % curve.q
  if (r === 0n || s === 0n) return undefined
  return Buffer.concat([toBigEndian(s, size), toBigEndian(r, size)])
}

/** The public key x || y, little-endian each, of a private key in 1..q-1. */
export function publicKeyReference(input: { curve: Curve; privateKey: bigint }): Uint8Array {
  const { curve, privateKey } = input
  const { x, y } = affine(curve, multiply(curve, generator(curve), privateKey))
  return Buffer.concat([toLittleEndian(x, curve.bits / 8), toLittleEndian(y, curve.bits / 8)])
}

/** True when (x, y) is a point of the curve with coordinates below p. */
export function isOnCurve(curve: Curve, point: { x: bigint; y: bigint }): boolean {
  const { p, a, b } = curve
  const { x, y } = point
  return x < p && y < p && (y * y - (x * x * x + a * x + b)) % p === 0n
}

/** True when (x, y), a point of the curve, lies in the subgroup of prime order q. */
export function isInSubgroup(curve: Curve, point: { x: bigint; y: bigint }): boolean {
  return multiply(curve, { ...point, z: 1n }, curve.q).z === 0n
}

/** The digest is read little-endian; zero modulo q becomes one (RFC 7091, 6.1, step 2). */
function digestNumber(curve: Curve, digest: Uint8Array): bigint {
  const e = fromLittleEndian(digest) % curve.q
  return e === 0n ? 1n : e
}

function publicPoint(curve: Curve, publicKey: Uint8Array): Point | undefined {
  const size = curve.bits / 8
  const x = fromLittleEndian(publicKey.subarray(0, size))
  const y = fromLittleEndian(publicKey.subarray(size))
  if (!isOnCurve(curve, { x, y })) return undefined
  if (curve.cofactor !== 1 && !isInSubgroup(curve, { x, y })) return undefined
  return { x, y, z: 1n }
}

function generator(curve: Curve): Point {
  return { x: curve.x, y: curve.y, z: 1n }
}

function affine(curve: Curve, point: Point): { x: bigint; y: bigint } {
  const inverse = invert(point.z, curve.p)
  const square = (inverse * inverse) % curve.p
  return { x: (point.x * square) % curve.p, y: (((point.y * square) % curve.p) * inverse) % curve.p }
}

function affineX(curve: Curve, point: Point): bigint | undefined {
  return point.z === 0n ? undefined : affine(curve, point).x
}

function multiply(curve: Curve, point: Point, scalar: bigint): Point {
  let sum = infinity
  for (const bit of scalar.toString(2)) {
    sum = double(curve, sum)
    if (bit === '1') sum = add(curve, sum, point)
  }
  return sum
}

function double(curve: Curve, point: Point): Point {
  const { p, a } = curve
  const { x, y, z } = point
  if (z === 0n || y === 0n) return infinity
  const yy = (y * y) % p
  const s = (4n * x * yy) % p
  const zz = (z * z) % p
  const m = (3n * x * x + a * zz * zz) % p
  const x3 = reduce(m * m - 2n * s, p)
  return { x: x3, y: reduce(m * (s - x3) - 8n * yy * yy, p), z: (2n * y * z) % p }
}

function add(curve: Curve, left: Point, right: Point): Point {
  if (left.z === 0n) return right
  if (right.z === 0n) return left
  const { p } = curve
  const leftZz = (left.z * left.z) % p
  const rightZz = (right.z * right.z) % p
  const u1 = (left.x * rightZz) % p
  const u2 = (right.x * leftZz) % p
  const s1 = (((left.y * right.z) % p) * rightZz) % p
  const s2 = (((right.y * left.z) % p) * leftZz) % p
  if (u1 === u2) return s1 === s2 ? double(curve, left) : infinity
  const h = reduce(u2 - u1, p)
  const r = s2 - s1
  const hh = (h * h) % p
  const hhh = (h * hh) % p
  const v = (u1 * hh) % p
  const x = reduce(r * r - hhh - 2n * v, p)
  return { x, y: reduce(r * (v - x) - s1 * hhh, p), z: (((left.z * right.z) % p) * h) % p }
}

function reduce(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

/** The inverse modulo a prime by Euclid's algorithm; value is not a multiple of it. */
function invert(value: bigint, modulus: bigint): bigint {
  let [high, low] = [modulus, reduce(value, modulus)]
  let [before, current] = [0n, 1n]
  while (low > 1n) {
    const quotient = high / low
    ;[high, low] = [low, high - quotient * low]
    ;[before, current] = [current, before - quotient * current]
  }
  return reduce(current, modulus)
}
