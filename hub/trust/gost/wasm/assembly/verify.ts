// Checking signatures (RFC 7091, 6.2) and keys. Works on public data: its time depends on the values.

import {
  CURVE_A,
  CURVE_B,
  CURVE_GENERATOR_TABLE,
  CURVE_P,
  CURVE_Q,
  CURVE_SIZE,
  FIELD_MODULUS_RAW,
  FIELD_UNIT,
  GENERATOR_WIDTH,
  KEY_WIDTH,
  NO,
  REDO,
  YES,
} from '../layout'
import { readBigEndian, readLittleEndian, writeLittleEndian } from './bytes'
import { signedDigits, windowDigits } from './digits'
import {
  add,
  carryPlain,
  copy,
  invert,
  isBelow,
  isZero,
  isZeroPlain,
  multiply,
  negate,
  setOne,
  square,
  subtract,
  toInner,
  toPlain,
} from './field'
import { addAffine, addPrepared, double, oddMultiples, signedY, useCurve } from './point'
import { buildGeneratorTable, buildPointTable, packedBytes, unpack, windowsOf } from './tables'
import { stride, useField } from './state'

/** Width of the sparse digits of a key that has no table. */
const SPARSE_WIDTH = 5

const r: usize = memory.data(144, 16)
const s: usize = memory.data(144, 16)
const e: usize = memory.data(144, 16)
const v: usize = memory.data(144, 16)
const generatorScalar: usize = memory.data(144, 16)
const keyScalar: usize = memory.data(144, 16)
const scalar: usize = memory.data(96, 16)
const chosen: usize = memory.data(2 * 144, 16)
const key: usize = memory.data(3 * 144, 16)
const sum: usize = memory.data(3 * 144, 16)
const keyTable: usize = memory.data(8 * 5 * 144, 16)
const keyDigits: usize = memory.data(528, 16)
const generatorDigits: usize = memory.data(528, 16)

/**
 * YES when signature (s || r, big-endian) over digest (little-endian) belongs to publicKey (x || y,
 * little-endian).
 */
export function verify(curve: usize, publicKey: usize, digest: usize, signature: usize): i32 {
  const size = <usize>load<i32>(curve, CURVE_SIZE)
  if (load<usize>(curve, CURVE_GENERATOR_TABLE) == 0) buildGeneratorTable(curve)
  if (!readSignature(curve, signature, size)) return NO
  scalars(curve, digest)
  signedDigits(generatorDigits, writeScalar(generatorScalar, size), size, GENERATOR_WIDTH)
  signedDigits(keyDigits, writeScalar(keyScalar, size), size, SPARSE_WIDTH)
  if (!readKey(curve, publicKey, size)) return NO
  oddMultiples(keyTable, key, 8)
  if (!accumulate(load<usize>(curve, CURVE_GENERATOR_TABLE), size)) return REDO
  if (isZero(sum + 2 * stride)) return REDO
  return hasX(curve) ? YES : NO
}

/** The same by a table of the key that buildKeyTable made. */
export function verifyWithTable(curve: usize, table: usize, digest: usize, signature: usize): i32 {
  const size = <usize>load<i32>(curve, CURVE_SIZE)
  if (load<usize>(curve, CURVE_GENERATOR_TABLE) == 0) buildGeneratorTable(curve)
  if (!readSignature(curve, signature, size)) return NO
  scalars(curve, digest)
  const generatorWindows = windowsOf(size, GENERATOR_WIDTH)
  const keyWindows = windowsOf(size, KEY_WIDTH)
  windowDigits(generatorDigits, writeScalar(generatorScalar, size), generatorWindows, GENERATOR_WIDTH)
  windowDigits(keyDigits, writeScalar(keyScalar, size), keyWindows, KEY_WIDTH)
  useField(curve + CURVE_P)
  useCurve(curve)
  const generatorTable = load<usize>(curve, CURVE_GENERATOR_TABLE)
  let started = addWindows(generatorTable, generatorDigits, generatorWindows, GENERATOR_WIDTH, false)
  started = addWindows(table, keyDigits, keyWindows, KEY_WIDTH, started)
  if (!started || isZero(sum + 2 * stride)) return REDO
  return hasX(curve) ? YES : NO
}

/** Bytes of the table of a key on this curve. */
export function keyTableBytes(curve: usize): usize {
  useField(curve + CURVE_P)
  return (windowsOf(<usize>load<i32>(curve, CURVE_SIZE), KEY_WIDTH) << (KEY_WIDTH - 1)) * packedBytes()
}

/**
 * Fills the table of a public key, keyTableBytes long; NO when it is not a point of the curve. That the point is in the
 * prime subgroup must be known already: multiples of others may be infinite.
 */
export function buildKeyTable(curve: usize, table: usize, publicKey: usize): i32 {
  const size = <usize>load<i32>(curve, CURVE_SIZE)
  if (!readKey(curve, publicKey, size)) return NO
  buildPointTable(table, key, key + stride, windowsOf(size, KEY_WIDTH), KEY_WIDTH)
  return YES
}

/**
 * YES when publicKey, a point of the curve, is in the subgroup of order q: (q - 1) times the point is its
 * opposite.
 */
export function isKeyInSubgroup(curve: usize, publicKey: usize): i32 {
  const size = <usize>load<i32>(curve, CURVE_SIZE)
  useField(curve + CURVE_P)
  if (!readKey(curve, publicKey, size)) return NO
  useField(curve + CURVE_Q)
  subtract(e, curve + CURVE_Q + FIELD_MODULUS_RAW, curve + CURVE_Q + FIELD_UNIT)
  carryPlain(e)
  signedDigits(keyDigits, writeScalar(e, size), size, SPARSE_WIDTH)
  memory.fill(generatorDigits, 0, 528)
  useField(curve + CURVE_P)
  oddMultiples(keyTable, key, 8)
  if (!accumulate(0, size)) return REDO
  const z = sum + 2 * stride
  if (isZero(z)) return REDO
  square(v, z)
  multiply(e, key, v)
  subtract(e, e, sum)
  if (!isZero(e)) return NO
  multiply(v, v, z)
  multiply(v, key + stride, v)
  add(v, v, sum + stride)
  return isZero(v) ? YES : NO
}

/** Reads s and r and answers whether both are in 1..q-1. */
function readSignature(curve: usize, signature: usize, size: usize): bool {
  useField(curve + CURVE_Q)
  const q = curve + CURVE_Q + FIELD_MODULUS_RAW
  readBigEndian(s, signature, size)
  readBigEndian(r, signature + size, size)
  return !isZeroPlain(s) && !isZeroPlain(r) && isBelow(s, q) && isBelow(r, q)
}

/** The factors as plain numbers: s/e of the generator and -r/e of the key. */
function scalars(curve: usize, digest: usize): void {
  useField(curve + CURVE_Q)
  readLittleEndian(v, digest, <usize>load<i32>(curve, CURVE_SIZE))
  toInner(e, v)
  // A digest that is zero modulo q counts as one (RFC 7091, 6.1, step 2).
  if (!invert(e, e)) setOne(e)
  toInner(v, s)
  multiply(v, v, e)
  toPlain(generatorScalar, v)
  toInner(v, r)
  multiply(v, v, e)
  negate(v, v)
  toPlain(keyScalar, v)
}

/** A plain number as bytes with zeros behind them, as the digits are cut from; answers where. */
function writeScalar(plain: usize, size: usize): usize {
  memory.fill(scalar, 0, 96)
  writeLittleEndian(scalar, plain, size)
  return scalar
}

/**
 * Reads the public key as a point; false when a coordinate is not below p or the point is not on the curve.
 */
function readKey(curve: usize, publicKey: usize, size: usize): bool {
  useField(curve + CURVE_P)
  useCurve(curve)
  const p = curve + CURVE_P + FIELD_MODULUS_RAW
  const y = key + stride
  readLittleEndian(key, publicKey, size)
  readLittleEndian(y, publicKey + size, size)
  if (!isBelow(key, p) || !isBelow(y, p)) return false
  toInner(key, key)
  toInner(y, y)
  setOne(key + 2 * stride)
  square(v, key)
  add(v, v, curve + CURVE_A)
  multiply(v, v, key)
  add(v, v, curve + CURVE_B)
  square(e, y)
  subtract(v, v, e)
  return isZero(v)
}

/**
 * sum = the generator's digits times the first window of its table + the key's digits times the key; false when all are
 * zero.
 */
function accumulate(generatorTable: usize, size: usize): bool {
  let started = false
  for (let at = <i32>size * 8; at >= 0; at--) {
    if (started) double(sum)
    const keyDigit = <i32>load<i8>(keyDigits + at)
    if (keyDigit != 0) {
      const point = keyTable + <usize>(abs(keyDigit) >> 1) * 5 * stride
      const y = signedY(point + stride, keyDigit < 0)
      if (started) addPrepared(sum, point, y)
      else start(point, y, point + 2 * stride)
      started = true
    }
    const generatorDigit = <i32>load<i8>(generatorDigits + at)
    if (generatorDigit != 0) {
      unpack(chosen, generatorTable + <usize>(abs(generatorDigit) - 1) * packedBytes(), generatorDigit < 0)
      if (started) addAffine(sum, chosen, chosen + stride)
      else start(chosen, chosen + stride, 0)
      started = true
    }
  }
  return started
}

/** Adds the point of each digit that is not zero; answers whether the sum has begun. */
function addWindows(table: usize, digits: usize, windows: usize, width: usize, begun: bool): bool {
  const bytes = packedBytes()
  for (let window: usize = 0; window < windows; window++) {
    const digit = <i32>load<i8>(digits + window)
    if (digit != 0) {
      unpack(chosen, table + <usize>(abs(digit) - 1) * bytes, digit < 0)
      if (begun) addAffine(sum, chosen, chosen + stride)
      else start(chosen, chosen + stride, 0)
      begun = true
    }
    table += bytes << (width - 1)
  }
  return begun
}

function start(x: usize, y: usize, z: usize): void {
  copy(sum, x)
  copy(sum + stride, y)
  if (z == 0) setOne(sum + 2 * stride)
  else copy(sum + 2 * stride, z)
}

/** True when the sum's x, reduced modulo q, is r: x is one of r, r + q, r + 2q ... below p. */
function hasX(curve: usize): bool {
  const x = sum
  square(e, sum + 2 * stride)
  while (isBelow(r, curve + CURVE_P + FIELD_MODULUS_RAW)) {
    toInner(v, r)
    multiply(v, v, e)
    subtract(v, v, x)
    if (isZero(v)) return true
    add(r, r, curve + CURVE_Q + FIELD_MODULUS_RAW)
    carryPlain(r)
  }
  return false
}
