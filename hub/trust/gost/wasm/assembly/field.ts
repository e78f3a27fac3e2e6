// Arithmetic modulo the current prime on numbers in memory: sums stay untidy, products come out tidy.

import {
  FIELD_EXPONENT,
  FIELD_MODULUS_RAW,
  FIELD_ONE,
  FIELD_TO_INNER,
  FIELD_TO_RAW,
  FIELD_UNIT,
  KIND_FOLD_SHORT,
  KIND_MONTGOMERY_SHORT,
  KIND_FOLD_LONG,
  KIND_MONTGOMERY_LONG,
  LIMB_BITS,
} from '../layout'
import {
  foldProduct18,
  foldProduct9,
  foldProductPlus18,
  foldProductPlus9,
  foldSquare18,
  foldSquare9,
  foldSquarePlus18,
  foldSquarePlus9,
  foldTidy18,
  foldTidy9,
  montgomeryProduct18,
  montgomeryProduct9,
  montgomerySquare18,
  montgomerySquare9,
  montgomeryTidy18,
  montgomeryTidy9,
} from './limbs'
import { invertPlain } from './inverse'
import { field, kind, stride } from './state'
import { add, copy, subtract } from './vectors'

export { add, copy, fourLess, minusEight, minusWithTwice, negate, subtract, thrice, thriceSum, twice } from './vectors'

const MASK: i64 = (1 << LIMB_BITS) - 1
const probe: usize = memory.data(144, 16)
const powers: usize = memory.data(16 * 144, 16)

export function multiply(r: usize, a: usize, b: usize): void {
  if (kind == KIND_FOLD_SHORT) foldProduct9(r, a, b)
  else if (kind == KIND_FOLD_LONG) foldProduct18(r, a, b)
  else if (kind == KIND_MONTGOMERY_SHORT) montgomeryProduct9(r, a, b)
  else montgomeryProduct18(r, a, b)
}

export function square(r: usize, a: usize): void {
  if (kind == KIND_FOLD_SHORT) foldSquare9(r, a)
  else if (kind == KIND_FOLD_LONG) foldSquare18(r, a)
  else if (kind == KIND_MONTGOMERY_SHORT) montgomerySquare9(r, a)
  else montgomerySquare18(r, a)
}

/** r = a b + c; c is a sum of up to 17 tidy numbers and may not lie where r does. */
export function multiplyPlus(r: usize, a: usize, b: usize, c: usize): void {
  if (kind == KIND_FOLD_SHORT) foldProductPlus9(r, a, b, c)
  else if (kind == KIND_FOLD_LONG) foldProductPlus18(r, a, b, c)
  else addTidily(r, a, b, c)
}

/** r = a^2 + c, likewise. */
export function squarePlus(r: usize, a: usize, c: usize): void {
  if (kind == KIND_FOLD_SHORT) foldSquarePlus9(r, a, c)
  else if (kind == KIND_FOLD_LONG) foldSquarePlus18(r, a, c)
  else addTidily(r, a, a, c)
}

/** Montgomery's form has no carry to take an addend along. */
function addTidily(r: usize, a: usize, b: usize, c: usize): void {
  multiply(r, a, b)
  add(r, r, c)
  tidy(r)
}

/** Makes a sum of up to nine tidy numbers tidy. */
export function tidy(r: usize): void {
  if (kind == KIND_FOLD_SHORT) foldTidy9(r)
  else if (kind == KIND_FOLD_LONG) foldTidy18(r)
  else if (kind == KIND_MONTGOMERY_SHORT) montgomeryTidy9(r)
  else montgomeryTidy18(r)
}

export function setOne(r: usize): void {
  copy(r, field + FIELD_ONE)
}

/** A plain number, not reduced and with limbs in 0..2^29, into the inner form. */
export function toInner(r: usize, plain: usize): void {
  multiply(r, plain, field + FIELD_TO_INNER)
}

/** Montgomery's product works for both forms: only its factor differs. */
function montgomery(r: usize, a: usize, b: usize): void {
  if (kind < KIND_FOLD_LONG) montgomeryProduct9(r, a, b)
  else montgomeryProduct18(r, a, b)
}

/**
 * The inner form of a tidy number (or of two tidy ones summed, in Montgomery's form) to the plain number in
 * 0..p-1 with limbs in 0..2^29. The product lies within 3p/4 of zero, so adding p once when negative is
 * enough.
 */
export function toPlain(r: usize, a: usize): void {
  montgomery(r, a, field + FIELD_TO_RAW)
  const negative = carryPlain(r)
  for (let at: usize = 0; at < stride; at += 8) {
    store<i64>(r + at, load<i64>(r + at) + (load<i64>(field + FIELD_MODULUS_RAW + at) & negative))
  }
  carryPlain(r)
}

/** Brings all limbs but the last into 0..2^29; answers -1 when the number is negative, else 0. */
export function carryPlain(r: usize): i64 {
  const last = stride == 80 ? 64 : 136
  let carry: i64 = 0
  for (let at: usize = 0; at < <usize>last; at += 8) {
    const limb = load<i64>(r + at) + carry
    store<i64>(r + at, limb & MASK)
    carry = limb >> LIMB_BITS
  }
  const top = load<i64>(r + last) + carry
  store<i64>(r + last, top)
  return top >> 63
}

/** True when a (up to two tidy numbers summed) is a multiple of p. */
export function isZero(a: usize): bool {
  montgomery(probe, a, field + FIELD_UNIT)
  return isZeroPlain(probe)
}

export function isZeroPlain(a: usize): bool {
  let seen: i64 = 0
  for (let at: usize = 0; at < stride; at += 8) seen |= load<i64>(a + at)
  return seen == 0
}

/** True when plain a is below plain b; the same steps whatever the values. */
export function isBelow(a: usize, b: usize): bool {
  subtract(probe, a, b)
  return carryPlain(probe) != 0
}

/**
 * r = 1/a for public a in the inner form; the time depends on it. False when a is zero. r may be a.
 */
export function invert(r: usize, a: usize): bool {
  if (!invertPlain(r, a)) return false
  if (kind == KIND_FOLD_SHORT || kind == KIND_FOLD_LONG) {
    tidy(r)
    return true
  }
  // 1/(a R) times R^2 and once more R^2, each product dividing by R, is R/a.
  multiply(r, r, field + FIELD_TO_INNER)
  multiply(r, r, field + FIELD_TO_INNER)
  return true
}

/** r = 1/a by Fermat: a^(p-2) in windows of four bits. The steps depend on p only. r is not a. */
export function invertSecret(r: usize, a: usize): void {
  setOne(powers)
  for (let index: usize = 1; index < 16; index++) {
    multiply(powers + index * 144, powers + (index - 1) * 144, a)
  }
  setOne(r)
  for (let at: i32 = stride == 80 ? 31 : 63; at >= 0; at--) {
    const byte = <usize>load<u8>(field + FIELD_EXPONENT + at)
    for (let time = 0; time < 4; time++) square(r, r)
    multiply(r, r, powers + (byte >> 4) * 144)
    for (let time = 0; time < 4; time++) square(r, r)
    multiply(r, r, powers + (byte & 15) * 144)
  }
}

export function wipeField(): void {
  memory.fill(probe, 0, 144)
  memory.fill(powers, 0, 16 * 144)
}
