// The end record and the central directory of a ZIP that stands in memory, read at once.

import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'

/** The central directory: its entries as yauzl read them, and where it starts. */
type Directory = { entries: Entry[]; offset: number }

type EndRecord = { at: number; entryCount: number; directoryOffset: number; directoryBytes: number }

const endSignature = 0x06054b50
const endRecordBytes = 22
const commentBytesMax = 0xffff
const zip64LocatorSignature = 0x07064b50
const zip64LocatorBytes = 20
const headerSignature = 0x02014b50
const headerBytes = 46

/**
 * Reads the central directory (APPNOTE 4.3.12, 4.3.16). The directory must fill the place between the entries
 * and the end record exactly. Multi-volume and zip64 archives are refused, for no package needs them. At most
 * `zipEntriesMax` entries.
 */
export function readDirectory(bytes: Uint8Array): Directory | Refusal {
  const end = readEndRecord(bytes)
  if (isRefusal(end)) return end
  const zip = openWithYauzl(bytes)
  if (zip === undefined) return refuse('zip.broken', 'the end record cannot be read')
  return readEntries({ bytes, zip, end })
}

function readEndRecord(bytes: Uint8Array): EndRecord | Refusal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = findEndRecord(view)
  if (at === undefined) return refuse('zip.broken', 'no end record')
  if (view.getUint16(at + 20, true) !== bytes.length - at - endRecordBytes) {
    return refuse('zip.lying', 'bytes after the archive')
  }
  const locatorAt = at - zip64LocatorBytes
  if (locatorAt >= 0 && view.getUint32(locatorAt, true) === zip64LocatorSignature) {
    return refuse('zip.unsupported', 'zip64')
  }
  const entryCount = view.getUint16(at + 10, true)
  const directoryBytes = view.getUint32(at + 12, true)
  const directoryOffset = view.getUint32(at + 16, true)
  if (entryCount === 0xffff || directoryBytes === 0xffffffff || directoryOffset === 0xffffffff) {
    return refuse('zip.unsupported', 'zip64')
  }
  if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0) {
    return refuse('zip.unsupported', 'several volumes')
  }
  if (view.getUint16(at + 8, true) !== entryCount) {
    return refuse('zip.lying', 'two different counts of entries')
  }
  if (entryCount > limits.zipEntriesMax) return refuse('zip.too-many', `${entryCount} entries`)
  if (directoryOffset + directoryBytes !== at) {
    return refuse('zip.lying', 'the directory does not end at the end record')
  }
  return { at, entryCount, directoryOffset, directoryBytes }
}

/** The last signature of an end record, as yauzl finds it; no more than a comment may follow it. */
function findEndRecord(view: DataView): number | undefined {
  const last = view.byteLength - endRecordBytes
  for (let at = last; at >= 0 && at >= last - commentBytesMax; at -= 1) {
    if (view.getUint32(at, true) === endSignature) return at
  }
  return undefined
}

function readEntries(from: { bytes: Uint8Array; zip: ZipFile; end: EndRecord }): Directory | Refusal {
  const { bytes, zip, end } = from
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: Entry[] = []
  // An error ends the reading: no entry is added, and the loop below sees that.
  zip.on('entry', (entry: Entry) => entries.push(entry)).on('error', () => undefined)
  let at = end.directoryOffset
  for (let index = 0; index < end.entryCount; index += 1) {
    const fault = faultOfHeader(view, { at, end: end.at })
    if (fault !== undefined) return fault
    zip.readEntry()
    const entry = entries[index]
    if (entry === undefined) return refuse('zip.broken', `directory entry ${index + 1}`)
    at += headerBytes + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
  }
  if (at !== end.at) return refuse('zip.lying', 'the directory holds more than its entries')
  return { entries, offset: end.directoryOffset }
}

/** What must be known of a header before yauzl reads it: it tells neither the volume nor why it gave up. */
function faultOfHeader(view: DataView, place: { at: number; end: number }): Refusal | undefined {
  const { at, end } = place
  if (at + headerBytes > end) return refuse('zip.broken', 'the directory ends early')
  if (view.getUint32(at, true) !== headerSignature) return refuse('zip.broken', 'no directory header')
  const flags = view.getUint16(at + 8, true)
  if ((flags & 0x2041) !== 0) return refuse('zip.encrypted', 'the flags of an entry')
  if ((flags & 0x0020) !== 0) return refuse('zip.unsupported', 'patched data')
  if (view.getUint16(at + 34, true) !== 0) return refuse('zip.unsupported', 'several volumes')
  const nameBytes = view.getUint16(at + 28, true)
  if (nameBytes === 0) return refuse('zip.name', 'an entry without a name')
  const rest = nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  return at + headerBytes + rest > end ? refuse('zip.broken', 'the directory ends early') : undefined
}

/** Memory as yauzl reads files. It calls back at once, so that the whole directory is read synchronously. */
class MemoryReader extends RandomAccessReader {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super()
    this.bytes = bytes
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const end = position + length
    if (end <= this.bytes.length) buffer.set(this.bytes.subarray(position, end), offset)
    callback(end <= this.bytes.length ? null : new Error('read past the end'))
  }
}

function openWithYauzl(bytes: Uint8Array): ZipFile | undefined {
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false, validateEntrySizes: false }
  let opened: ZipFile | undefined
  fromRandomAccessReader(new MemoryReader(bytes), bytes.length, options, (error, zip) => {
    if (error === null) opened = zip
  })
  return opened
}
