// Multiples of the generator, computed once per parameter set: odd ones for checking, a comb for signing.

import {
  CURVE_P,
  CURVE_SIGN_TABLE,
  CURVE_SIZE,
  CURVE_VERIFY_TABLE,
  CURVE_X,
  CURVE_Y,
} from '../layout'
import { copy, setOne } from './field'
import { copyPoint, double, oddMultiples, toAffine, useCurve } from './point'
import { stride, useField } from './state'

/** G, 3G, ... 127G for signed digits of eight bits. */
export const VERIFY_POINTS: usize = 64
/** For each four bits of the scalar 16^i times G, 3G, ... 15G. */
export const SIGN_POINTS: usize = 8

const base: usize = memory.data(3 * 144, 16)
let workspace: usize = 0

function begin(curve: usize): void {
  if (workspace == 0) workspace = heap.alloc(VERIFY_POINTS * 5 * 144)
  useField(curve + CURVE_P)
  useCurve(curve)
  copy(base, curve + CURVE_X)
  copy(base + stride, curve + CURVE_Y)
  setOne(base + 2 * stride)
}

export function buildVerifyTable(curve: usize): void {
  begin(curve)
  const table = heap.alloc(VERIFY_POINTS * 2 * stride)
  oddMultiples(workspace, base, VERIFY_POINTS)
  toAffine(table, workspace, VERIFY_POINTS)
  store<usize>(curve, table, CURVE_VERIFY_TABLE)
}

export function buildSignTable(curve: usize): void {
  begin(curve)
  const windows = <usize>load<i32>(curve, CURVE_SIZE) * 2
  const table = heap.alloc(windows * SIGN_POINTS * 2 * stride)
  for (let window: usize = 0; window < windows; window++) {
    oddMultiples(workspace, base, SIGN_POINTS)
    toAffine(table + window * SIGN_POINTS * 2 * stride, workspace, SIGN_POINTS)
    copyPoint(base, workspace)
    for (let time = 0; time < 4; time++) double(base)
  }
  store<usize>(curve, table, CURVE_SIGN_TABLE)
}
