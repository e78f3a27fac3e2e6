// Writes a ZIP, copying already deflated entries as they are.

import assert from 'node:assert/strict'
import { crc32, deflateRawSync } from 'node:zlib'
import { limits } from '../../../schemas/limits.ts'
import type { EntryPlace } from '../../../schemas/package.ts'
import {
  assertSize,
  directoryHeaderBytes,
  directoryOf,
  localHeader,
  localHeaderBytes,
  makeNames,
  type WrittenEntry,
} from './headers.ts'

/** One entry to write: plain bytes (deflated on request, if they become smaller but no bomb), or a packed entry. */
export type ZipPart =
  | { name: string; bytes: Uint8Array; deflate?: boolean }
  | { name: string; packed: Uint8Array; method: 0 | 8; crc32: number; size: number }

type PackedPart = Exclude<ZipPart, { bytes: Uint8Array }>

/**
 * Writes the parts in their order. The result depends on nothing but the parts. Names, their number and the
 * total size are the caller's: a wrong one is an error of ours and asserted.
 */
export function writeZip(parts: ZipPart[]): Uint8Array {
  assert.ok(parts.length <= limits.zipEntriesMax, 'more entries than the hub itself takes')
  const chunks: Uint8Array[] = []
  const written: WrittenEntry[] = []
  const nameOf = makeNames()
  let offset = 0
  for (const part of parts.map(pack)) {
    const { method, crc32, size, packed } = part
    const name = nameOf(part.name)
    const entry = { name, method, crc32, packedBytes: packed.length, size, offset, isDescribed: false }
    const header = localHeader(entry)
    chunks.push(header, name, packed)
    written.push(entry)
    offset += header.length + name.length + packed.length
    assertSize(offset)
  }
  return Buffer.concat([...chunks, ...directoryOf(written, offset)])
}

/** The part that copies an entry of another ZIP without inflating it, under a name of its new place. */
export function copiedPart(zip: Uint8Array, place: EntryPlace, name: string): ZipPart {
  const packed = zip.subarray(place.dataOffset, place.dataOffset + place.compressedSize)
  return { name, packed, method: place.method, crc32: place.crc32, size: place.size }
}

/** Bytes an entry takes in a ZIP of ours: its content, and its name and headers at both places. */
export function zipEntryBytes(name: string, packedBytes: number): number {
  return localHeaderBytes + directoryHeaderBytes + 2 * Buffer.byteLength(name) + packedBytes
}

function pack(part: ZipPart): PackedPart {
  if ('packed' in part) return part
  const { name, bytes } = part
  const deflated = part.deflate === true ? deflateRawSync(bytes) : undefined
  const plain = { name, crc32: crc32(bytes), size: bytes.length }
  return deflated !== undefined && deflated.length < bytes.length && !looksLikeBomb(bytes, deflated)
    ? { ...plain, packed: deflated, method: 8 }
    : { ...plain, packed: bytes, method: 0 }
}

/** What shrinks so much would be refused by every receiver with the limits of this hub: it is stored as it is. */
function looksLikeBomb(bytes: Uint8Array, deflated: Uint8Array): boolean {
  return bytes.length > limits.zipRatioFreeBytes && bytes.length > deflated.length * limits.zipRatioMax
}
