// Tables of multiples of a point: signed windows for checking, of the generator and of keys, and a comb for signing.
//
// A table of signed windows holds for each w bits of a scalar the points 2^(w i) P times 1 to 2^(w-1), affine, in limbs
// of 32 bits. A product by it is one addition per window and no doubling.

import {
  CURVE_GENERATOR_TABLE,
  CURVE_P,
  CURVE_SIGN_TABLE,
  CURVE_SIZE,
  CURVE_X,
  CURVE_Y,
  GENERATOR_WIDTH,
} from '../layout'
import { copy, negate, setOne } from './field'
import { addPrepared, copyPoint, double, oddMultiples, prepare, toAffine, useCurve } from './point'
import { stride, useField } from './state'

/** For each four bits of the scalar 16^i times G, 3G, ... 15G. */
export const SIGN_POINTS: usize = 8
/** Points that are made affine together. */
const POINTS: usize = 128

const base: usize = memory.data(3 * 144, 16)
let workspace: usize = 0

/** Bytes of one point of a table of signed windows: two numbers of nine or eighteen limbs. */
export function packedBytes(): usize {
  return stride == 80 ? 72 : 144
}

/** Windows of a width that a scalar of size bytes and its carry need. */
export function windowsOf(size: usize, width: usize): usize {
  return (size * 8 + width) / width
}

export function buildGeneratorTable(curve: usize): void {
  begin(curve)
  const windows = windowsOf(<usize>load<i32>(curve, CURVE_SIZE), GENERATOR_WIDTH)
  const table = heap.alloc((windows << (GENERATOR_WIDTH - 1)) * packedBytes())
  buildWindows(table, windows, GENERATOR_WIDTH)
  store<usize>(curve, table, CURVE_GENERATOR_TABLE)
}

/** Fills a table of windows for the affine point (x, y) of odd prime order on the curve in use. */
export function buildPointTable(table: usize, x: usize, y: usize, windows: usize, width: usize): void {
  setBase(x, y)
  buildWindows(table, windows, width)
}

export function buildSignTable(curve: usize): void {
  begin(curve)
  const windows = <usize>load<i32>(curve, CURVE_SIZE) * 2
  const table = heap.alloc(windows * SIGN_POINTS * 2 * stride)
  for (let window: usize = 0; window < windows; window++) {
    oddMultiples(workspace, base, SIGN_POINTS)
    toAffine(workspace, SIGN_POINTS)
    for (let index: usize = 0; index < SIGN_POINTS; index++) {
      const place = table + (window * SIGN_POINTS + index) * 2 * stride
      memory.copy(place, workspace + index * 5 * stride, 2 * stride)
    }
    for (let time = 0; time < 4; time++) double(base)
  }
  store<usize>(curve, table, CURVE_SIGN_TABLE)
}

function begin(curve: usize): void {
  useField(curve + CURVE_P)
  useCurve(curve)
  setBase(curve + CURVE_X, curve + CURVE_Y)
}

function setBase(x: usize, y: usize): void {
  if (workspace == 0) workspace = heap.alloc(POINTS * 5 * 144)
  copy(base, x)
  copy(base + stride, y)
  setOne(base + 2 * stride)
}

/** As many windows at a time as fit the workspace, with one inversion for all of their points. */
function buildWindows(table: usize, windows: usize, width: usize): void {
  const points: usize = 1 << (width - 1)
  const atOnce = POINTS / points
  for (let first: usize = 0; first < windows; first += atOnce) {
    const count = min(atOnce, windows - first)
    for (let window: usize = 0; window < count; window++) {
      const place = workspace + window * points * 5 * stride
      multiples(place, points)
      copyPoint(base, place + (points - 1) * 5 * stride)
      double(base)
    }
    toAffine(workspace, count * points)
    for (let index: usize = 0; index < count * points; index++) {
      pack(table, workspace + index * 5 * stride)
      table += packedBytes()
    }
  }
}

/** base, 2 base, 3 base, ... each doubled from its half or one base more than the one before. */
function multiples(place: usize, count: usize): void {
  const size = stride * 5
  copyPoint(place, base)
  prepare(place)
  for (let multiple: usize = 2; multiple <= count; multiple++) {
    const point = place + (multiple - 1) * size
    if (multiple & 1) {
      copyPoint(point, point - size)
      addPrepared(point, place, place + stride)
    } else {
      copyPoint(point, place + (multiple / 2 - 1) * size)
      double(point)
    }
  }
}

function pack(to: usize, point: usize): void {
  const bytes = packedBytes() / 2
  for (let at: usize = 0; at < bytes; at += 4) {
    store<i32>(to + at, <i32>load<i64>(point + at * 2))
    store<i32>(to + bytes + at, <i32>load<i64>(point + stride + at * 2))
  }
}

/** (x, y) of a packed point, y behind x, or its opposite. */
export function unpack(to: usize, packed: usize, isNegative: bool): void {
  if (stride == 80) {
    unpackShort(to, packed)
    unpackShort(to + 80, packed + 36)
  } else {
    unpackLong(to, packed)
    unpackLong(to + 144, packed + 72)
  }
  if (isNegative) negate(to + stride, to + stride)
}

function unpackShort(to: usize, packed: usize): void {
  v128.store(to, v128.load32x2_s(packed))
  v128.store(to, v128.load32x2_s(packed, 8), 16)
  v128.store(to, v128.load32x2_s(packed, 16), 32)
  v128.store(to, v128.load32x2_s(packed, 24), 48)
  store<i64>(to, load<i32>(packed, 32), 64)
  store<i64>(to, 0, 72)
}

function unpackLong(to: usize, packed: usize): void {
  for (let at: usize = 0; at < 72; at += 8) v128.store(to + at * 2, v128.load32x2_s(packed + at))
}
