// The image of a parameter set in the kernel's memory: moduli, Montgomery's constants, curve and generator.

import type { Curve } from '../curves.ts'
import * as layout from './layout.ts'

const limbMask = (1n << BigInt(layout.LIMB_BITS)) - 1n
/** A fold constant must leave room in a column of a product, see limbs.ts. */
const foldMax = 1n << 20n

/** The bytes that CURVE_BYTES of layout.ts describes; the pointers to tables are zero. */
export function curveImage(curve: Curve): Uint8Array {
  const image = new DataView(new ArrayBuffer(layout.CURVE_BYTES))
  const limbs = curve.bits === 256 ? layout.SHORT_LIMBS : layout.LONG_LIMBS
  const fold = foldConstant(curve.p, limbs)
  writeField(image, layout.CURVE_P, { modulus: curve.p, limbs, fold })
  writeField(image, layout.CURVE_Q, { modulus: curve.q, limbs, fold: undefined })
  const factor = fold === undefined ? radix(limbs) : 1n
  const inner = (value: bigint) => centred((value * factor) % curve.p, curve.p)
  writeNumber(image, layout.CURVE_A, inner(curve.a), limbs)
  writeNumber(image, layout.CURVE_B, inner(curve.b), limbs)
  writeNumber(image, layout.CURVE_X, inner(curve.x), limbs)
  writeNumber(image, layout.CURVE_Y, inner(curve.y), limbs)
  image.setInt32(layout.CURVE_A_IS_MINUS_3, curve.a === curve.p - 3n ? 1 : 0, true)
  image.setInt32(layout.CURVE_SIZE, curve.bits / 8, true)
  return new Uint8Array(image.buffer)
}

/** Writes the constants of one modulus; without a fold constant its arithmetic is Montgomery's. */
function writeField(
  image: DataView,
  offset: number,
  field: { modulus: bigint; limbs: number; fold: bigint | undefined },
): void {
  const { modulus, limbs, fold } = field
  const long = limbs === layout.LONG_LIMBS
  const foldKind = long ? layout.KIND_FOLD_LONG : layout.KIND_FOLD_SHORT
  const montgomeryKind = long ? layout.KIND_MONTGOMERY_LONG : layout.KIND_MONTGOMERY_SHORT
  image.setInt32(offset + layout.FIELD_KIND, fold === undefined ? montgomeryKind : foldKind, true)
  image.setBigInt64(offset + layout.FIELD_FOLD, fold ?? 0n, true)
  image.setBigInt64(offset + layout.FIELD_INVERSE, minusInverse(modulus), true)
  image.setBigInt64(offset + layout.FIELD_RECIPROCAL, reciprocal(modulus, limbs), true)
  writeNumber(image, offset + layout.FIELD_MODULUS, modulus, limbs)
  writeRaw(image, offset + layout.FIELD_MODULUS_RAW, modulus, limbs)
  const r = radix(limbs) % modulus
  const [toInner, toRaw, one] = fold === undefined ? [(r * r) % modulus, 1n, r] : [1n, r, 1n]
  writeNumber(image, offset + layout.FIELD_TO_INNER, centred(toInner, modulus), limbs)
  writeNumber(image, offset + layout.FIELD_TO_RAW, centred(toRaw, modulus), limbs)
  writeNumber(image, offset + layout.FIELD_ONE, centred(one, modulus), limbs)
  writeNumber(image, offset + layout.FIELD_UNIT, 1n, limbs)
  for (let index = 0, rest = modulus - 2n; rest > 0n; index += 1, rest >>= 8n) {
    image.setUint8(offset + layout.FIELD_EXPONENT + index, Number(rest & 255n))
  }
}

/** 2^(29 n) modulo p as a signed number, undefined when it is not small. */
function foldConstant(modulus: bigint, limbs: number): bigint | undefined {
  const fold = centred(radix(limbs) % modulus, modulus)
  return fold < foldMax && fold > -foldMax ? fold : undefined
}

function radix(limbs: number): bigint {
  return 1n << BigInt(layout.LIMB_BITS * limbs)
}

/** The representative of value within half of the modulus. */
function centred(value: bigint, modulus: bigint): bigint {
  return value * 2n > modulus ? value - modulus : value
}

/** -1/modulus modulo 2^29 by Newton's iteration. */
function minusInverse(modulus: bigint): bigint {
  let inverse = 1n
  for (let step = 0; step < 5; step += 1) inverse = (inverse * (2n - modulus * inverse)) & limbMask
  return -inverse & limbMask
}

function reciprocal(modulus: bigint, limbs: number): bigint {
  const scaled = 1n << BigInt(40 + layout.LIMB_BITS * (limbs - 1))
  return (scaled + modulus / 2n) / modulus
}

/** Signed limbs within 2^28; the last one takes what is left. */
function writeNumber(image: DataView, offset: number, value: bigint, limbs: number): void {
  let rest = value
  for (let index = 0; index < limbs; index += 1) {
    const limb = index === limbs - 1 ? rest : BigInt.asIntN(layout.LIMB_BITS, rest)
    image.setBigInt64(offset + index * 8, limb, true)
    rest = (rest - limb) >> BigInt(layout.LIMB_BITS)
  }
}

/** Limbs in 0..2^29. */
function writeRaw(image: DataView, offset: number, value: bigint, limbs: number): void {
  for (let index = 0; index < limbs; index += 1) {
    image.setBigInt64(offset + index * 8, (value >> BigInt(layout.LIMB_BITS * index)) & limbMask, true)
  }
}
