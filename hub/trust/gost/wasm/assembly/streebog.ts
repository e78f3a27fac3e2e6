// Streebog (GOST R 34.11-2012, RFC 6986) by tables of 64-bit words, one word for each byte value and place.

import { linearRows, roundConstants, substitution } from './streebog-constants'

const table: usize = memory.data(8 * 256 * 8, 16)
const block: usize = memory.data(64, 16)
const zeros: usize = memory.data(64, 16)
const key: usize = memory.data(64, 16)
const text: usize = memory.data(64, 16)

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

/** h = E(LPS(h xor N), m) xor h xor m (RFC 6986, section 7). */
function compress(h: usize, n: usize, m: usize): void {
  mix(key, h, n)
  mix(text, m, key)
  for (let round: usize = 0; round < 11; round++) {
    mix(key, key, roundConstants + round * 64)
    mix(text, text, key)
  }
  mix(key, key, roundConstants + 11 * 64)
  for (let at: usize = 0; at < 64; at += 8) {
    const mixed = load<u64>(text + at) ^ load<u64>(key + at) ^ load<u64>(m + at)
    store<u64>(h + at, load<u64>(h + at) ^ mixed)
  }
}

/** r = L(P(S(a xor b))). */
function mix(r: usize, a: usize, b: usize): void {
  const w0 = load<u64>(a) ^ load<u64>(b)
  const w1 = load<u64>(a, 8) ^ load<u64>(b, 8)
  const w2 = load<u64>(a, 16) ^ load<u64>(b, 16)
  const w3 = load<u64>(a, 24) ^ load<u64>(b, 24)
  const w4 = load<u64>(a, 32) ^ load<u64>(b, 32)
  const w5 = load<u64>(a, 40) ^ load<u64>(b, 40)
  const w6 = load<u64>(a, 48) ^ load<u64>(b, 48)
  const w7 = load<u64>(a, 56) ^ load<u64>(b, 56)
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 0))
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 8), 8)
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 16), 16)
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 24), 24)
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 32), 32)
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 40), 40)
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 48), 48)
  store<u64>(r, row(w0, w1, w2, w3, w4, w5, w6, w7, 56), 56)
}

// @ts-ignore: decorator of AssemblyScript
@inline
function row(w0: u64, w1: u64, w2: u64, w3: u64, w4: u64, w5: u64, w6: u64, w7: u64, shift: u64): u64 {
  return (
    load<u64>(table + entry(w0, shift)) ^
    load<u64>(table + entry(w1, shift), 2048) ^
    load<u64>(table + entry(w2, shift), 2 * 2048) ^
    load<u64>(table + entry(w3, shift), 3 * 2048) ^
    load<u64>(table + entry(w4, shift), 4 * 2048) ^
    load<u64>(table + entry(w5, shift), 5 * 2048) ^
    load<u64>(table + entry(w6, shift), 6 * 2048) ^
    load<u64>(table + entry(w7, shift), 7 * 2048)
  )
}

// @ts-ignore: decorator of AssemblyScript
@inline
function entry(word: u64, shift: u64): usize {
  return (<usize>(word >> shift) & 255) << 3
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
