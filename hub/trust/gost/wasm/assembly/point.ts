// Points in Jacobian coordinates: doubling and incomplete additions, whose exceptions leave Z = 0 for good.
//
// A point is X, Y, Z, one stride each; a prepared one has Z^2 and Z^3 behind them; an affine one is X, Y.
// Adding equal or opposite points multiplies Z by zero, and every later step keeps the factor, so one look
// at Z at the end tells whether the result may be used.

import { CURVE_A, CURVE_A_IS_MINUS_3 } from '../layout'
import {
  copy,
  fourLess,
  invert,
  minusEight,
  minusWithTwice,
  multiply,
  multiplyPlus,
  negate,
  setOne,
  square,
  squarePlus,
  subtract,
  thrice,
  thriceSum,
  tidy,
  twice,
} from './field'
import { stride } from './state'

const temporaries: usize = memory.data(7 * 144, 16)
const t0: usize = temporaries
const t1: usize = temporaries + 144
const t2: usize = temporaries + 2 * 144
const t3: usize = temporaries + 3 * 144
const t4: usize = temporaries + 4 * 144
const t5: usize = temporaries + 5 * 144
const t6: usize = temporaries + 6 * 144
const step: usize = memory.data(5 * 144, 16)

/** The parameter set in use, see layout.ts. */
let curve: usize = 0
let aIsMinus3: bool = false

export function useCurve(pointer: usize): void {
  curve = pointer
  aIsMinus3 = load<i32>(pointer, CURVE_A_IS_MINUS_3) != 0
}

export function copyPoint(r: usize, a: usize): void {
  memory.copy(r, a, stride * 3)
}

/** point = 2 point. */
export function double(point: usize): void {
  const x = point
  const y = point + stride
  const z = y + stride
  square(t0, z)
  if (aIsMinus3) {
    // 3 (X - Z^2) (X + Z^2)
    subtract(t1, x, t0)
    thriceSum(t2, x, t0)
    if (stride != 80) tidy(t2)
    multiply(t1, t1, t2)
  } else {
    // 3 X^2 + a Z^4
    square(t2, x)
    thrice(t3, t2)
    square(t0, t0)
    multiplyPlus(t1, t0, curve + CURVE_A, t3)
  }
  square(t2, y)
  multiply(t3, x, t2)
  twice(t0, y)
  multiply(z, t0, z)
  minusEight(t0, t3)
  squarePlus(x, t1, t0)
  fourLess(t3, t3, x)
  square(t2, t2)
  minusEight(t0, t2)
  multiplyPlus(y, t1, t3, t0)
}

/** point = point + other, other affine; point and other are not infinite. */
export function addAffine(point: usize, otherX: usize, otherY: usize): void {
  const x = point
  const y = point + stride
  const z = y + stride
  square(t0, z)
  multiply(t1, otherX, t0)
  multiply(t0, t0, z)
  multiply(t2, otherY, t0)
  subtract(t1, t1, x)
  subtract(t2, t2, y)
  multiply(z, z, t1)
  finish(point, x, y)
}

/** point = point + other, other prepared. */
export function addPrepared(point: usize, other: usize, otherY: usize): void {
  const x = point
  const y = point + stride
  const z = y + stride
  square(t0, z)
  multiply(t1, other, t0)
  multiply(t0, t0, z)
  multiply(t2, otherY, t0)
  multiply(t5, x, other + 3 * stride)
  multiply(t6, y, other + 4 * stride)
  subtract(t1, t1, t5)
  subtract(t2, t2, t6)
  multiply(z, z, other + 2 * stride)
  multiply(z, z, t1)
  finish(point, t5, t6)
}

/** The common end: t1 = U2 - U1, t2 = S2 - S1, and U1, S1 as given. */
function finish(point: usize, u1: usize, s1: usize): void {
  const x = point
  const y = point + stride
  square(t3, t1)
  multiply(t4, t1, t3)
  multiply(t3, u1, t3)
  multiply(t1, s1, t4)
  minusWithTwice(t0, t4, t3)
  squarePlus(x, t2, t0)
  subtract(t3, t3, x)
  negate(t0, t1)
  multiplyPlus(y, t2, t3, t0)
}

/** Fills in Z^2 and Z^3 behind a point. */
export function prepare(point: usize): void {
  const z = point + 2 * stride
  square(z + stride, z)
  multiply(z + 2 * stride, z + stride, z)
}

/** Prepared points a, 3a, 5a, ... of the Jacobian point a, count of them. */
export function oddMultiples(table: usize, a: usize, count: usize): void {
  const size = stride * 5
  copyPoint(table, a)
  prepare(table)
  copyPoint(step, a)
  double(step)
  prepare(step)
  for (let index: usize = 1; index < count; index++) {
    const point = table + index * size
    copyPoint(point, point - size)
    addPrepared(point, step, step + stride)
    prepare(point)
  }
}

/**
 * Makes count prepared points (none of them infinite) affine in their places, by one inversion for all.
 * The room of Z^2 and Z^3 takes the partial products.
 */
export function toAffine(table: usize, count: usize): void {
  const size = stride * 5
  setOne(t0)
  for (let index: usize = 0; index < count; index++) {
    const z = table + index * size + 2 * stride
    copy(z + stride, t0)
    multiply(t0, t0, z)
  }
  invert(t1, t0)
  for (let left = count; left > 0; left--) {
    const point = table + (left - 1) * size
    const y = point + stride
    const z = y + stride
    multiply(t2, t1, z + stride)
    multiply(t1, t1, z)
    square(t3, t2)
    multiply(point, point, t3)
    multiply(t3, t3, t2)
    multiply(y, y, t3)
  }
}

/** The table's y or its opposite, for a digit's sign. */
export function signedY(y: usize, isNegative: bool): usize {
  if (!isNegative) return y
  negate(t4, y)
  return t4
}

export function wipePoint(): void {
  memory.fill(temporaries, 0, 7 * 144)
  memory.fill(step, 0, 5 * 144)
}
