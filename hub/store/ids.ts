// Makes row ids: UUID version 7 (RFC 9562, 5.7), rising within the process.

import { randomInt } from 'node:crypto'
import { v7 } from 'uuid'
import type { RowId } from '../../schemas/ids.ts'

const millisecondsMax = 2 ** 48 - 1
const counterMax = 2 ** 32

let lastMs = 0
// Begins anywhere below its middle: processes differ, and no process lives to see it end.
let counter = randomInt(counterMax / 2)

/**
 * A new id. Without a time it is later than every such id of this process before, even when the clock steps
 * back. With a time it stands at that time, and behind the ids this process made for the same millisecond.
 */
export function newRowId(at?: Date): RowId {
  if (at === undefined) lastMs = Math.max(lastMs, Date.now())
  counter = (counter + 1) % counterMax
  return v7({ msecs: at === undefined ? lastMs : checkedMs(at), seq: counter }) as RowId
}

/** The lowest id a row of this time can have: bounds of partitions and of searches by time. */
export function lowestIdAt(at: Date): RowId {
  const hex = checkedMs(at).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000` as RowId
}

function checkedMs(at: Date): number {
  const ms = at.getTime()
  if (!(ms >= 0 && ms <= millisecondsMax)) throw new RangeError(`no row id for the time ${ms}`)
  return ms
}
