// Inverses of public numbers modulo a prime by division steps (Bernstein and Yang, 2019), in batches of one limb.
//
// A batch looks at the lowest 29 bits of f and g alone and yields a matrix of small factors; applying it to the whole
// numbers divides them by 2^29 exactly. The time depends on the number: secrets are inverted by invertSecret.

import { FIELD_INVERSE, FIELD_MODULUS, LIMB_BITS } from '../layout'
import { field, stride } from './state'
import { copy } from './vectors'

const MASK: i64 = (1 << LIMB_BITS) - 1
const SPARE: i64 = 64 - LIMB_BITS
/** Twice the steps that 522 bits can need; a number that shares a factor with the modulus ends there. */
const BATCHES_MAX = 120

const f: usize = memory.data(144, 16)
const g: usize = memory.data(144, 16)
const d: usize = memory.data(144, 16)
const e: usize = memory.data(144, 16)

// The matrix of a batch, times 2^29.
let u: i64 = 1
let v: i64 = 0
let q: i64 = 0
let w: i64 = 1

/**
 * r = 1/a for the plain number a (limbs of either sign), as a number within some twenty moduli. False when there is
 * none: a is a multiple of the modulus. r may be a.
 */
export function invertPlain(r: usize, a: usize): bool {
  const limbs: usize = stride == 80 ? 9 : 18
  copy(f, field + FIELD_MODULUS)
  copy(g, a)
  memory.fill(d, 0, stride)
  memory.fill(e, 0, stride)
  store<i64>(e, 1)
  let length = limbs
  let eta: i64 = -1
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    eta = steps(eta, load<i64>(f), load<i64>(g))
    apply(length)
    applyModulo(limbs)
    const top = (length - 1) * 8
    if (length > 1 && isSign(load<i64>(f + top)) && isSign(load<i64>(g + top))) {
      // The top limbs are mere signs: the limbs below take them over.
      store<i64>(f + top - 8, load<i64>(f + top - 8) | (load<i64>(f + top) << LIMB_BITS))
      store<i64>(g + top - 8, load<i64>(g + top - 8) | (load<i64>(g + top) << LIMB_BITS))
      length--
    }
    if (length == 1 && load<i64>(g) == 0) break
  }
  const sign = load<i64>(f)
  if (length != 1 || load<i64>(g) != 0 || (sign != 1 && sign != -1)) return false
  for (let at: usize = 0; at < limbs * 8; at += 8) store<i64>(r + at, load<i64>(d + at) * sign)
  return true
}

// @ts-ignore: decorator of AssemblyScript
@inline
function isSign(limb: i64): bool {
  return limb == 0 || limb == -1
}

/** 29 division steps on the low bits of f (odd) and g; up to six bits of g go at a time. */
function steps(eta: i64, f0: i64, g0: i64): i64 {
  u = 1
  v = 0
  q = 0
  w = 1
  let left: i64 = LIMB_BITS
  while (true) {
    const zeros = ctz(g0 | (<i64>-1 << left))
    g0 >>= zeros
    u <<= zeros
    v <<= zeros
    eta -= zeros
    left -= zeros
    if (left == 0) break
    if (eta < 0) {
      eta = -eta
      let old = f0
      f0 = g0
      g0 = -old
      old = u
      u = q
      q = -old
      old = v
      v = w
      w = -old
    }
    // f (f^2 - 2) is -1/f modulo 64.
    const bits = min(min(eta + 1, left), 6)
    const factor = (g0 * f0 * (f0 * f0 - 2)) & ((<i64>1 << bits) - 1)
    g0 += f0 * factor
    q += u * factor
    w += v * factor
  }
  return eta
}

/** (f, g) = matrix (f, g) / 2^29: limbs in 0..2^29 but for the last, which keeps the sign. */
function apply(length: usize): void {
  let left = load<i64>(f)
  let right = load<i64>(g)
  let upper = (u * left + v * right) >> LIMB_BITS
  let lower = (q * left + w * right) >> LIMB_BITS
  const end = length * 8 - 8
  for (let at: usize = 0; at < end; at += 8) {
    left = load<i64>(f + at, 8)
    right = load<i64>(g + at, 8)
    upper += u * left + v * right
    lower += q * left + w * right
    store<i64>(f + at, upper & MASK)
    store<i64>(g + at, lower & MASK)
    upper >>= LIMB_BITS
    lower >>= LIMB_BITS
  }
  store<i64>(f + end, upper)
  store<i64>(g + end, lower)
}

/** (d, e) = matrix (d, e) / 2^29 modulo p; each batch adds no more than p/2 to what they are within. */
function applyModulo(limbs: usize): void {
  const inverse = load<i64>(field, FIELD_INVERSE)
  let left = load<i64>(d)
  let right = load<i64>(e)
  let upper = u * left + v * right
  let lower = q * left + w * right
  const upperFactor = ((upper * inverse) << SPARE) >> SPARE
  const lowerFactor = ((lower * inverse) << SPARE) >> SPARE
  upper = (upper + upperFactor * load<i64>(field, FIELD_MODULUS)) >> LIMB_BITS
  lower = (lower + lowerFactor * load<i64>(field, FIELD_MODULUS)) >> LIMB_BITS
  const end = limbs * 8 - 8
  for (let at: usize = 0; at < end; at += 8) {
    left = load<i64>(d + at, 8)
    right = load<i64>(e + at, 8)
    const modulus = load<i64>(field + at, FIELD_MODULUS + 8)
    upper += u * left + v * right + upperFactor * modulus
    lower += q * left + w * right + lowerFactor * modulus
    store<i64>(d + at, upper & MASK)
    store<i64>(e + at, lower & MASK)
    upper >>= LIMB_BITS
    lower >>= LIMB_BITS
  }
  store<i64>(d + end, upper)
  store<i64>(e + end, lower)
}
