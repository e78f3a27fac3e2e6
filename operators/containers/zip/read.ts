// The entries of a ZIP after every check that needs no inflating.

import type { Entry } from 'yauzl'
import { limits } from '../../../schemas/limits.ts'
import type { EntryPlace } from '../../../schemas/package.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { readDirectory } from './directory.ts'
import { placeOfName, readEntryName, sameNameKey } from './names.ts'

type Spread = { start: number; end: number; described: boolean; place: EntryPlace }

const localSignature = 0x04034b50
const localHeaderBytes = 30
const descriptorSignature = 0x08074b50
const zip64ExtraId = 0x0001
const unicodePathExtraId = 0x7075
const size32 = 0xffffffff

/**
 * Lists the entries of a ZIP, folders included (their names end in a slash). Two tools must see the same
 * archive, so nothing may stand before, between or after the entries, and both headers of an entry must
 * agree. Refuses with zip.* codes; never throws, whatever the bytes. Contents are checked by
 * `inflateEntry`.
 */
export function readZip(bytes: Uint8Array): { entries: EntryPlace[] } | Refusal {
  const directory = readDirectory(bytes)
  if (isRefusal(directory)) return directory
  if (directory.entries.length === 0) {
    return directory.offset === 0
      ? refuse('zip.empty', 'no entries')
      : refuse('zip.lying', 'bytes before the archive')
  }
  const names = new Set<string>()
  const spreads: Spread[] = []
  for (const entry of directory.entries) {
    const spread = readEntry({ bytes, entry, directoryOffset: directory.offset })
    if (isRefusal(spread)) return spread
    const key = sameNameKey(spread.place.name)
    if (names.has(key))
      return refuse('zip.duplicate', 'the name stands twice', placeOfName(spread.place.name))
    names.add(key)
    spreads.push(spread)
  }
  const entries = spreads.map((spread) => spread.place)
  return faultOfTotals(entries) ?? faultOfLayout(bytes, spreads, directory.offset) ?? { entries }
}

type EntrySource = { bytes: Uint8Array; entry: Entry; directoryOffset: number }

function readEntry(source: EntrySource): Spread | Refusal {
  const { entry } = source
  const named = readEntryName(entry.fileNameRaw)
  if (isRefusal(named)) return named
  const at = placeOfName(named.name)
  return (
    faultOfKind(entry, named.name) ??
    faultOfExtraFields(entry, at) ??
    faultOfSizes(entry, at) ??
    readLocalHeader(source, named.name)
  )
}

/**
 * Only plain files and empty folders pass: the mode of Unix and the attributes of DOS and NTFS must say
 * so.
 */
function faultOfKind(entry: Entry, name: string): Refusal | undefined {
  const at = placeOfName(name)
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    return refuse('zip.method', `method ${entry.compressionMethod}`, at)
  }
  const isFolder = name.endsWith('/')
  const unixType = (entry.externalFileAttributes >>> 16) & 0xf000
  const plainType = isFolder ? 0x4000 : 0x8000
  if (unixType !== 0 && unixType !== plainType) return refuse('zip.link', 'not a plain file or folder', at)
  // Volume label, device, reparse point; for files the folder bit too.
  const special = isFolder ? 0x0448 : 0x0458
  if ((entry.externalFileAttributes & special) !== 0) {
    return refuse('zip.link', 'attributes of a special file', at)
  }
  if (isFolder && (entry.uncompressedSize !== 0 || entry.compressedSize > 2)) {
    return refuse('zip.lying', 'a folder with content', at)
  }
  return undefined
}

/** zip64 sizes are not supported; a second name in an extra field must be the name itself. */
function faultOfExtraFields(entry: Entry, at: string): Refusal | undefined {
  for (const field of entry.extraFields) {
    if (field.id === zip64ExtraId) return refuse('zip.unsupported', 'zip64', at)
    if (field.id === unicodePathExtraId && !entry.fileNameRaw.equals(field.data.subarray(5))) {
      return refuse('zip.lying', 'a second name in an extra field', at)
    }
  }
  return undefined
}

function faultOfSizes(entry: Entry, at: string): Refusal | undefined {
  const { compressedSize, uncompressedSize, compressionMethod, relativeOffsetOfLocalHeader } = entry
  if (compressedSize === size32 || uncompressedSize === size32 || relativeOffsetOfLocalHeader === size32) {
    return refuse('zip.unsupported', 'zip64', at)
  }
  if (uncompressedSize > limits.zipEntryBytesMax) return refuse('zip.bomb', `${uncompressedSize} bytes`, at)
  if (isBeyondRatio(uncompressedSize, compressedSize)) {
    return refuse('zip.bomb', `${uncompressedSize} bytes from ${compressedSize}`, at)
  }
  if (compressionMethod === 0 && compressedSize !== uncompressedSize) {
    return refuse('zip.lying', 'a stored entry with two sizes', at)
  }
  return undefined
}

function isBeyondRatio(size: number, compressedSize: number): boolean {
  return size > limits.zipRatioFreeBytes && size > compressedSize * limits.zipRatioMax
}

/**
 * The local header (APPNOTE 4.3.7) must repeat what the directory says, unless bit 3 defers sizes and CRC.
 */
function readLocalHeader(source: EntrySource, name: string): Spread | Refusal {
  const { bytes, entry, directoryOffset } = source
  const at = placeOfName(name)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = entry.relativeOffsetOfLocalHeader
  if (start + localHeaderBytes > directoryOffset)
    return refuse('zip.broken', 'no room for the local header', at)
  if (view.getUint32(start, true) !== localSignature) return refuse('zip.broken', 'no local header', at)
  const nameBytes = view.getUint16(start + 26, true)
  const dataOffset = start + localHeaderBytes + nameBytes + view.getUint16(start + 28, true)
  const end = dataOffset + entry.compressedSize
  if (end > directoryOffset) return refuse('zip.lying', 'the content runs into the directory', at)
  const localName = bytes.subarray(start + localHeaderBytes, start + localHeaderBytes + nameBytes)
  if (!entry.fileNameRaw.equals(localName)) return refuse('zip.lying', 'another name in the local header', at)
  const flags = view.getUint16(start + 6, true)
  if ((flags & 0x2041) !== 0) return refuse('zip.encrypted', 'the flags of the local header', at)
  const described = (flags & 0x0008) !== 0
  const agrees = [
    view.getUint16(start + 8, true) === entry.compressionMethod,
    agreesOrDeferred(view.getUint32(start + 14, true), entry.crc32, described),
    agreesOrDeferred(view.getUint32(start + 18, true), entry.compressedSize, described),
    agreesOrDeferred(view.getUint32(start + 22, true), entry.uncompressedSize, described),
  ].every(Boolean)
  if (!agrees) return refuse('zip.lying', 'the local header and the directory differ', at)
  const place: EntryPlace = {
    name,
    method: entry.compressionMethod === 0 ? 0 : 8,
    crc32: entry.crc32,
    size: entry.uncompressedSize,
    dataOffset,
    compressedSize: entry.compressedSize,
  }
  return { start, end, described, place }
}

function agreesOrDeferred(local: number, directory: number, described: boolean): boolean {
  return local === directory || (described && local === 0)
}

function faultOfTotals(entries: EntryPlace[]): Refusal | undefined {
  let size = 0
  let compressedSize = 0
  for (const entry of entries) {
    size += entry.size
    compressedSize += entry.compressedSize
  }
  if (size > limits.zipTotalBytesMax) return refuse('zip.bomb', `${size} bytes in all`)
  return isBeyondRatio(size, compressedSize)
    ? refuse('zip.bomb', `${size} bytes in all from ${compressedSize}`)
    : undefined
}

/** Entries must lie end to end from the first byte to the directory: no overlap (one content inflated many
 *  times), no hidden bytes. Only the data descriptor of an entry may stand behind its content. */
function faultOfLayout(bytes: Uint8Array, spreads: Spread[], directoryOffset: number): Refusal | undefined {
  const inOrder = [...spreads].sort((a, b) => a.start - b.start)
  if (inOrder[0]?.start !== 0) return refuse('zip.lying', 'bytes before the first entry')
  for (const [index, spread] of inOrder.entries()) {
    const next = inOrder[index + 1]?.start ?? directoryOffset
    const at = placeOfName(spread.place.name)
    if (next < spread.end) return refuse('zip.lying', 'entries overlap', at)
    const rest = bytes.subarray(spread.end, next)
    if (spread.described ? !isDescriptorOf(rest, spread.place) : rest.length > 0) {
      return refuse('zip.lying', 'bytes between entries', at)
    }
  }
  return undefined
}

/** A data descriptor (APPNOTE 4.3.9): CRC and sizes, with or without its signature. */
function isDescriptorOf(rest: Uint8Array, place: EntryPlace): boolean {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength)
  if (rest.length !== 12 && rest.length !== 16) return false
  if (rest.length === 16 && view.getUint32(0, true) !== descriptorSignature) return false
  const fields = rest.length - 12
  return (
    view.getUint32(fields, true) === place.crc32 &&
    view.getUint32(fields + 4, true) === place.compressedSize &&
    view.getUint32(fields + 8, true) === place.size
  )
}
