// Bytes of the encodings to plain numbers of 29-bit limbs and back.

import { LIMB_BITS } from '../layout'
import { stride } from './state'

const MASK: u64 = (1 << LIMB_BITS) - 1
// The longest number with zeros behind it: limbs are cut out of eight bytes at a time.
const padded: usize = memory.data(96, 16)

/** Reads size bytes, the least significant first. */
export function readLittleEndian(r: usize, bytes: usize, size: usize): void {
  memory.fill(padded, 0, 96)
  memory.copy(padded, bytes, size)
  cut(r)
}

/** Reads size bytes, the most significant first. */
export function readBigEndian(r: usize, bytes: usize, size: usize): void {
  memory.fill(padded, 0, 96)
  for (let at: usize = 0; at < size; at++) store<u8>(padded + at, load<u8>(bytes + size - 1 - at))
  cut(r)
}

function cut(r: usize): void {
  store<i64>(r + stride - 8, 0)
  const limbs: usize = stride == 80 ? 9 : 18
  for (let index: usize = 0; index < limbs; index++) {
    const bit = index * LIMB_BITS
    store<u64>(r + index * 8, (load<u64>(padded + (bit >> 3)) >> (bit & 7)) & MASK)
  }
  memory.fill(padded, 0, 96)
}

/** Writes a plain number below 256^size, the least significant byte first. */
export function writeLittleEndian(bytes: usize, a: usize, size: usize): void {
  let pending: u64 = 0
  let bits: i32 = 0
  for (let at: usize = 0; at < size; at++) {
    if (bits < 8) {
      pending |= load<u64>(a) << bits
      bits += LIMB_BITS
      a += 8
    }
    store<u8>(bytes + at, <u8>pending)
    pending >>= 8
    bits -= 8
  }
}

/** Writes a plain number below 256^size, the most significant byte first. */
export function writeBigEndian(bytes: usize, a: usize, size: usize): void {
  writeLittleEndian(bytes, a, size)
  for (let low = bytes, high = bytes + size - 1; low < high; low++, high--) {
    const byte = load<u8>(low)
    store<u8>(low, load<u8>(high))
    store<u8>(high, byte)
  }
}
