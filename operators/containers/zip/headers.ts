// The records a ZIP of ours is made of, and what holds for all entries that are written.

import assert from 'node:assert/strict'
import { limits } from '../../../schemas/limits.ts'
import { faultOfName, sameNameKey } from './names.ts'

/** An entry as its headers tell of it. */
export type WrittenEntry = {
  name: Uint8Array
  method: 0 | 8
  crc32: number
  packedBytes: number
  size: number
  /** Where its local header stands. */
  offset: number
  /** Its sizes and its CRC stand behind its content, for they were not known before (APPNOTE 4.4.4, bit 3). */
  isDescribed: boolean
}

const versionNeeded = 20
const describedFlag = 0x0008
const utf8Flag = 0x0800
/** 1980-01-01 00:00, the first moment of DOS time: the same parts always give the same bytes. */
const dosDate = 0x0021
const archiveBytesMax = 0xfffffffe

export const localHeaderBytes = 30
export const directoryHeaderBytes = 46

/** Checks names as they are written; a wrong one is an error of ours and asserted. */
export function makeNames(): (name: string) => Uint8Array {
  const names = new Set<string>()
  return (name) => {
    assert.equal(faultOfName(name), undefined, 'a name the hub itself refuses')
    assert.ok(!names.has(sameNameKey(name)), 'a name stands twice')
    names.add(sameNameKey(name))
    const bytes = Buffer.from(name, 'utf8')
    assert.ok(bytes.length > 0 && bytes.length <= limits.zipNameBytesMax, 'a name too long or empty')
    return bytes
  }
}

/** Asserts that an archive that is so long by now, or an entry, needs no zip64. */
export function assertSize(bytes: number): void {
  assert.ok(bytes <= archiveBytesMax, 'the ZIP would need zip64')
}

/** APPNOTE 4.3.7. */
export function localHeader(entry: WrittenEntry): Uint8Array {
  const header = Buffer.alloc(localHeaderBytes)
  header.writeUInt32LE(0x04034b50, 0)
  writeShared(header, 4, entry.isDescribed ? { ...entry, crc32: 0, packedBytes: 0, size: 0 } : entry)
  return header
}

/** APPNOTE 4.3.9, with the signature that all programs write. */
export function dataDescriptor({ crc32, packedBytes, size }: WrittenEntry): Uint8Array {
  const record = Buffer.alloc(16)
  record.writeUInt32LE(0x08074b50, 0)
  record.writeUInt32LE(crc32, 4)
  record.writeUInt32LE(packedBytes, 8)
  record.writeUInt32LE(size, 12)
  return record
}

/** APPNOTE 4.3.12 and 4.3.16: the headers of all entries, and the end; `offset` is where they begin. */
export function directoryOf(entries: readonly WrittenEntry[], offset: number): Uint8Array[] {
  const directory = entries.flatMap((entry) => [directoryHeader(entry), entry.name])
  const directoryBytes = directory.reduce((sum, chunk) => sum + chunk.length, 0)
  return [...directory, endRecord(entries.length, directoryBytes, offset)]
}

/** Made by version 2.0 on MS-DOS, hence no modes of Unix. */
function directoryHeader(entry: WrittenEntry): Uint8Array {
  const header = Buffer.alloc(directoryHeaderBytes)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(versionNeeded, 4)
  writeShared(header, 6, entry)
  header.writeUInt32LE(entry.offset, 42)
  return header
}

/** The fields both headers have in common, from the version to the length of the name. */
function writeShared(header: Buffer, at: number, entry: WrittenEntry): void {
  const { name, method, crc32, packedBytes, size, isDescribed } = entry
  const isAscii = name.every((byte) => byte < 0x80)
  header.writeUInt16LE(versionNeeded, at)
  header.writeUInt16LE((isAscii ? 0 : utf8Flag) | (isDescribed ? describedFlag : 0), at + 2)
  header.writeUInt16LE(method, at + 4)
  header.writeUInt16LE(0, at + 6)
  header.writeUInt16LE(dosDate, at + 8)
  header.writeUInt32LE(crc32, at + 10)
  header.writeUInt32LE(packedBytes, at + 14)
  header.writeUInt32LE(size, at + 18)
  header.writeUInt16LE(name.length, at + 22)
}

function endRecord(entryCount: number, directoryBytes: number, directoryOffset: number): Uint8Array {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x06054b50, 0)
  record.writeUInt16LE(entryCount, 8)
  record.writeUInt16LE(entryCount, 10)
  record.writeUInt32LE(directoryBytes, 12)
  record.writeUInt32LE(directoryOffset, 16)
  return record
}
