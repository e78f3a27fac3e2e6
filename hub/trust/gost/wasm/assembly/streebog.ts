// Streebog (GOST R 34.11-2012, RFC 6986) by tables of 64-bit words, one word for each byte value and place.

import { linearRows, substitution } from './streebog-constants'
import { compress, table } from './streebog-rounds'

const block: usize = memory.data(64, 16)
const zeros: usize = memory.data(64, 16)

fillTable()

/** The substitution followed by the linear transformation, for one byte in each place of a word. */
function fillTable(): void {
  for (let place: usize = 0; place < 8; place++) {
    for (let value: usize = 0; value < 256; value++) {
      const byte = load<u8>(substitution + value)
      let word: u64 = 0
      for (let bit: usize = 0; bit < 8; bit++) {
        if ((byte >> <u8>bit) & 1) word ^= load<u64>(linearRows + (63 - place * 8 - bit) * 8)
      }
      store<u64>(table + (place * 256 + value) * 8, word)
    }
  }
}

/** Takes count blocks of 64 bytes into the state (h, N, Sigma of 64 bytes each). */
export function streebogBlocks(state: usize, bytes: usize, count: i32): void {
  for (let index = 0; index < count; index++) {
    compress(state, state + 64, bytes)
    addNumber(state + 64, 512)
    addBlock(state + 128, bytes)
    bytes += 64
  }
}

/** Ends with the last length < 64 bytes; h becomes the digest of 512 bits (RFC 6986, section 8, stage 3). */
export function streebogFinish(state: usize, bytes: usize, length: i32): void {
  memory.fill(block, 0, 64)
  memory.copy(block, bytes, length)
  store<u8>(block + length, 1)
  compress(state, state + 64, block)
  addNumber(state + 64, <u64>length * 8)
  addBlock(state + 128, block)
  compress(state, zeros, state + 64)
  compress(state, zeros, state + 128)
}

/** r = r + m modulo 2^512, little-endian. */
function addBlock(r: usize, m: usize): void {
  let carry: u64 = 0
  for (let at: usize = 0; at < 64; at += 8) {
    const left = load<u64>(r + at)
    const sum = left + load<u64>(m + at)
    const total = sum + carry
    store<u64>(r + at, total)
    carry = <u64>(sum < left) | <u64>(total < sum)
  }
}

function addNumber(r: usize, value: u64): void {
  for (let at: usize = 0; at < 64 && value != 0; at += 8) {
    const sum = load<u64>(r + at) + value
    store<u64>(r + at, sum)
    value = <u64>(sum < value)
  }
}
