// Writes a ZIP, copying already deflated entries as they are.

import assert from 'node:assert/strict'
import { crc32, deflateRawSync } from 'node:zlib'
import { limits } from '../../../schemas/limits.ts'
import type { EntryPlace } from '../../../schemas/package.ts'
import { faultOfName, sameNameKey } from './names.ts'

/** One entry to write: plain bytes (deflated on request, if they become smaller but no bomb), or a packed entry. */
export type ZipPart =
  | { name: string; bytes: Uint8Array; deflate?: boolean }
  | { name: string; packed: Uint8Array; method: 0 | 8; crc32: number; size: number }

type PackedPart = Exclude<ZipPart, { bytes: Uint8Array }>
type Written = { part: PackedPart; name: Uint8Array; offset: number }

const versionNeeded = 20
const utf8Flag = 0x0800
/** 1980-01-01 00:00, the first moment of DOS time: the same parts always give the same bytes. */
const dosDate = 0x0021
const archiveBytesMax = 0xfffffffe
const localHeaderBytes = 30
const directoryHeaderBytes = 46

/**
 * Writes the parts in their order. The result depends on nothing but the parts. Names, their number and the
 * total size are the caller's: a wrong one is an error of ours and asserted.
 */
export function writeZip(parts: ZipPart[]): Uint8Array {
  assert.ok(parts.length <= limits.zipEntriesMax, 'more entries than the hub itself takes')
  const chunks: Uint8Array[] = []
  const written: Written[] = []
  const names = new Set<string>()
  let offset = 0
  for (const part of parts.map(pack)) {
    assert.equal(faultOfName(part.name), undefined, 'a name the hub itself refuses')
    assert.ok(!names.has(sameNameKey(part.name)), 'a name stands twice')
    names.add(sameNameKey(part.name))
    const entry = { part, name: Buffer.from(part.name, 'utf8'), offset }
    assert.ok(
      entry.name.length > 0 && entry.name.length <= limits.zipNameBytesMax,
      'a name too long or empty',
    )
    const header = localHeader(entry)
    chunks.push(header, entry.name, part.packed)
    written.push(entry)
    offset += header.length + entry.name.length + part.packed.length
    assert.ok(offset <= archiveBytesMax, 'the ZIP would need zip64')
  }
  const directory = written.flatMap((entry) => [directoryHeader(entry), entry.name])
  const directoryBytes = directory.reduce((sum, chunk) => sum + chunk.length, 0)
  return Buffer.concat([...chunks, ...directory, endRecord(written.length, directoryBytes, offset)])
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

/** APPNOTE 4.3.7. */
function localHeader(entry: Written): Uint8Array {
  const header = Buffer.alloc(localHeaderBytes)
  header.writeUInt32LE(0x04034b50, 0)
  writeShared(header, 4, entry)
  return header
}

/** APPNOTE 4.3.12; made by version 2.0 on MS-DOS, hence no modes of Unix. */
function directoryHeader(entry: Written): Uint8Array {
  const header = Buffer.alloc(directoryHeaderBytes)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(versionNeeded, 4)
  writeShared(header, 6, entry)
  header.writeUInt32LE(entry.offset, 42)
  return header
}

/** The fields both headers have in common, from the version to the length of the name. */
function writeShared(header: Buffer, at: number, entry: Written): void {
  const { part, name } = entry
  header.writeUInt16LE(versionNeeded, at)
  header.writeUInt16LE(name.length === part.name.length ? 0 : utf8Flag, at + 2)
  header.writeUInt16LE(part.method, at + 4)
  header.writeUInt16LE(0, at + 6)
  header.writeUInt16LE(dosDate, at + 8)
  header.writeUInt32LE(part.crc32, at + 10)
  header.writeUInt32LE(part.packed.length, at + 14)
  header.writeUInt32LE(part.size, at + 18)
  header.writeUInt16LE(name.length, at + 22)
}

/** APPNOTE 4.3.16. */
function endRecord(entryCount: number, directoryBytes: number, directoryOffset: number): Uint8Array {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x06054b50, 0)
  record.writeUInt16LE(entryCount, 8)
  record.writeUInt16LE(entryCount, 10)
  record.writeUInt32LE(directoryBytes, 12)
  record.writeUInt32LE(directoryOffset, 16)
  return record
}
