// Streebog (GOST R 34.11-2012, RFC 6986) in plain BigInt: the oracle of the tests, slow on purpose.

import { linearRows, roundConstants, substitution } from './streebog-tables.ts'

const blockBytes = 64
const words = 8

/** Digest of the whole message; bits is the length of the digest. About 1 MB/s. */
export function streebogReference(bits: 256 | 512, message: Uint8Array): Uint8Array {
  let state = wordsOf(new Uint8Array(blockBytes).fill(bits === 256 ? 1 : 0))
  let length = 0n
  let sum = 0n
  let offset = 0
  for (; offset + blockBytes <= message.length; offset += blockBytes) {
    const block = wordsOf(message.subarray(offset, offset + blockBytes))
    state = compress(state, block, wordsOfNumber(length))
    length += 512n
    sum = BigInt.asUintN(512, sum + numberOf(block))
  }
  // The last block is the rest, a one bit, zeros: stage 3 of RFC 6986, section 8.
  const padded = new Uint8Array(blockBytes)
  padded.set(message.subarray(offset))
  padded[message.length - offset] = 1
  const last = wordsOf(padded)
  state = compress(state, last, wordsOfNumber(length))
  length += BigInt(message.length - offset) * 8n
  sum = BigInt.asUintN(512, sum + numberOf(last))
  state = compress(state, wordsOfNumber(length), wordsOfNumber(0n))
  state = compress(state, wordsOfNumber(sum), wordsOfNumber(0n))
  const result = new Uint8Array(state.buffer, state.byteOffset, blockBytes)
  return bits === 256 ? result.slice(32) : result.slice()
}

/** The compression function g_N (RFC 6986, section 7). */
function compress(state: BigUint64Array, block: BigUint64Array, counter: BigUint64Array): BigUint64Array {
  let key = mix(state, counter)
  let text = block
  for (const constant of roundWords) {
    text = mix(text, key)
    key = mix(key, constant)
  }
  return xor(xor(xor(text, key), state), block)
}

/** The transformations X, S, P and L in one: the table holds S and L, the indices do P. */
function mix(left: BigUint64Array, right: BigUint64Array): BigUint64Array {
  const input = new Uint8Array(xor(left, right).buffer)
  const output = new BigUint64Array(words)
  for (let row = 0; row < words; row += 1) {
    let word = 0n
    for (let column = 0; column < words; column += 1) {
      word ^= table[column * 256 + at(input, column * 8 + row)] ?? 0n
    }
    output[row] = word
  }
  return output
}

function xor(left: BigUint64Array, right: BigUint64Array): BigUint64Array {
  return left.map((word, index) => word ^ (right[index] ?? 0n))
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

/** Words are little-endian: the first byte of a message is the least significant one. */
function wordsOf(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(Uint8Array.from(bytes).buffer)
}

function wordsOfNumber(value: bigint): BigUint64Array {
  return BigUint64Array.from({ length: words }, (_, index) => BigInt.asUintN(64, value >> BigInt(64 * index)))
}

function numberOf(block: BigUint64Array): bigint {
  return block.reduceRight((value, word) => (value << 64n) | word, 0n)
}

const roundWords = roundConstants.map((constant) => wordsOf(Uint8Array.from(constant).reverse()))
const table = substitutedRows()

/** S followed by L for one byte in each of the eight places of a word. */
function substitutedRows(): readonly bigint[] {
  const rows: bigint[] = []
  for (let place = 0; place < words; place += 1) {
    for (let value = 0; value < 256; value += 1) {
      let word = 0n
      for (let bit = 0; bit < 8; bit += 1) {
        if ((at(substitution, value) >> bit) & 1) word ^= linearRows[63 - place * 8 - bit] ?? 0n
      }
      rows.push(word)
    }
  }
  return rows
}
