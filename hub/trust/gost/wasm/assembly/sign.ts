// Making signatures (RFC 7091, 6.1) and public keys: steps and addresses do not depend on the secret.
//
// The scalar k (made odd by taking q - k) is a sum of sixty-four or twice as many digits d 16^i, each d odd
// and within 15, so there are no zero digits and no infinity to start from; every digit reads its whole
// table.

import {
  CURVE_P,
  CURVE_Q,
  CURVE_SIGN_TABLE,
  CURVE_SIZE,
  FIELD_MODULUS_RAW,
  NO,
  REDO,
  WRONG_KEY,
  YES,
} from '../layout'
import { readBigEndian, readLittleEndian, writeBigEndian, writeLittleEndian } from './bytes'
import {
  add,
  carryPlain,
  copy,
  invertSecret,
  isZero,
  isZeroPlain,
  multiply,
  setOne,
  square,
  subtract,
  toInner,
  toPlain,
  wipeField,
} from './field'
import { addAffine, useCurve, wipePoint } from './point'
import { buildSignTable, SIGN_POINTS } from './tables'
import { stride, useField } from './state'

const secrets: usize = memory.data(6 * 144 + 96 + 6 * 144, 16)
const k: usize = secrets
const d: usize = secrets + 144
const e: usize = secrets + 2 * 144
const r: usize = secrets + 3 * 144
const t: usize = secrets + 4 * 144
const u: usize = secrets + 5 * 144
const scalar: usize = secrets + 6 * 144
const sum: usize = scalar + 96
const chosen: usize = sum + 3 * 144

/**
 * Writes s || r, big-endian, for the digest (little-endian), the private key and the number k (both
 * big-endian). NO when k is not in 1..q-1 or r or s comes out as zero, WRONG_KEY for a key out of that range.
 */
export function sign(curve: usize, output: usize, digest: usize, privateKey: usize, random: usize): i32 {
  const answer = signUnwiped(curve, output, digest, privateKey, random)
  wipe()
  return answer
}

/** Writes x || y, little-endian, of the private key (big-endian). NO when it is not in 1..q-1. */
export function publicKeyOf(curve: usize, output: usize, privateKey: usize): i32 {
  const answer = publicKeyUnwiped(curve, output, privateKey)
  wipe()
  return answer
}

function signUnwiped(curve: usize, output: usize, digest: usize, privateKey: usize, random: usize): i32 {
  const size = <usize>load<i32>(curve, CURVE_SIZE)
  if (load<usize>(curve, CURVE_SIGN_TABLE) == 0) buildSignTable(curve)
  useField(curve + CURVE_Q)
  if (!readScalar(d, curve, privateKey, size)) return WRONG_KEY
  if (!readScalar(k, curve, random, size)) return NO
  multiplyGenerator(curve, size)
  if (isZero(sum + 2 * stride)) return REDO
  affineX(r)
  useField(curve + CURVE_Q)
  toInner(r, r)
  readLittleEndian(e, digest, size)
  toInner(d, d)
  toInner(e, e)
  if (isZero(e)) setOne(e)
  multiply(t, r, d)
  toInner(k, k)
  multiply(u, k, e)
  add(t, t, u)
  toPlain(t, t)
  toPlain(r, r)
  if (isZeroPlain(r) || isZeroPlain(t)) return NO
  writeBigEndian(output, t, size)
  writeBigEndian(output + size, r, size)
  return YES
}

function publicKeyUnwiped(curve: usize, output: usize, privateKey: usize): i32 {
  const size = <usize>load<i32>(curve, CURVE_SIZE)
  if (load<usize>(curve, CURVE_SIGN_TABLE) == 0) buildSignTable(curve)
  useField(curve + CURVE_Q)
  if (!readScalar(k, curve, privateKey, size)) return NO
  const wasEven = (load<i64>(k) & 1) - 1
  multiplyGenerator(curve, size)
  if (isZero(sum + 2 * stride)) return REDO
  affineX(r)
  writeLittleEndian(output, r, size)
  // affineX left 1/Z^2 in t and 1/Z in u.
  multiply(t, t, u)
  multiply(t, t, sum + stride)
  negateWhere(t, wasEven)
  toPlain(t, t)
  writeLittleEndian(output + size, t, size)
  return YES
}

/** Reads a big-endian number; false when it is not in 1..q-1, which is the only thing told about it. */
function readScalar(into: usize, curve: usize, bytes: usize, size: usize): bool {
  readBigEndian(into, bytes, size)
  subtract(t, into, curve + CURVE_Q + FIELD_MODULUS_RAW)
  const isBelowOrder = carryPlain(t) != 0
  return isBelowOrder && !isZeroPlain(into)
}

/** sum = k G or -k G, whichever has an odd factor. Leaves the current field at p. */
function multiplyGenerator(curve: usize, size: usize): void {
  subtract(t, curve + CURVE_Q + FIELD_MODULUS_RAW, k)
  carryPlain(t)
  const isEven = (load<i64>(k) & 1) - 1
  for (let at: usize = 0; at < stride; at += 8) {
    const own = load<i64>(k + at)
    store<i64>(u + at, own ^ ((own ^ load<i64>(t + at)) & isEven))
  }
  memory.fill(scalar, 0, 96)
  writeLittleEndian(scalar, u, size)
  useField(curve + CURVE_P)
  useCurve(curve)
  const windows = size * 2
  const tableBytes = SIGN_POINTS * 2 * stride
  let table = load<usize>(curve, CURVE_SIGN_TABLE)
  choose(table, digitAt(0, windows))
  copy(sum, chosen)
  copy(sum + stride, chosen + stride)
  setOne(sum + 2 * stride)
  for (let window: usize = 1; window < windows; window++) {
    table += tableBytes
    choose(table, digitAt(window, windows))
    addAffine(sum, chosen, chosen + stride)
  }
}

/**
 * Four bits c that mean the digit 2c - 15. An odd number is the sum of (2b - 1) 2^j over the bits b of itself
 * shifted down once, with a one put on top.
 */
function digitAt(window: usize, windows: usize): i64 {
  const bit = window * 4 + 1
  const bits = <i64>((load<u16>(scalar + (bit >> 3)) >> (bit & 7)) & 15)
  return window == windows - 1 ? bits | 8 : bits
}

/** chosen = the point of the digit, read by passing over the whole table. */
function choose(table: usize, digit: i64): void {
  const negative = (digit >> 3) - 1
  const wanted = (digit ^ negative) & 7
  const bytes = stride * 2
  memory.fill(chosen, 0, bytes)
  for (let index: i64 = 0; index < <i64>SIGN_POINTS; index++) {
    const mask = i64x2.splat(((index ^ wanted) - 1) >> 63)
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(chosen + at, v128.or(v128.load(chosen + at), v128.and(v128.load(table + at), mask)))
    }
    table += bytes
  }
  negateWhere(chosen + stride, negative)
}

/** a = -a when mask is -1; nothing when it is 0. */
function negateWhere(a: usize, mask: i64): void {
  for (let at: usize = 0; at < stride; at += 8) store<i64>(a + at, (load<i64>(a + at) ^ mask) - mask)
}

/** The plain x of the sum; leaves 1/Z in u and 1/Z^2 in t. */
function affineX(into: usize): void {
  invertSecret(u, sum + 2 * stride)
  square(t, u)
  multiply(into, sum, t)
  toPlain(into, into)
}

function wipe(): void {
  memory.fill(secrets, 0, 6 * 144 + 96 + 6 * 144)
  wipeField()
  wipePoint()
}
