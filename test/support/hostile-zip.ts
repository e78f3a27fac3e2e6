// Makes ZIP archives byte by byte, so that every field can lie.

import { crc32, deflateRawSync } from 'node:zlib'

/** One entry; whatever is not given is truthful. `local` overrides fields of the local header alone. */
export type HostileEntry = Fields & {
  name: string | Uint8Array
  content?: Uint8Array
  /** The stored bytes, when they are not the honest deflate or copy of the content. */
  packed?: Uint8Array
  local?: Partial<Fields> & { name?: string | Uint8Array }
  /** Bytes between the content and whatever follows, such as a data descriptor. */
  behind?: Uint8Array
  /** Where the directory says the local header is; with `ghost` the entry has none of its own. */
  offset?: number
  ghost?: boolean
}

type Fields = {
  method?: number
  flags?: number
  crc32?: number
  size?: number
  compressedSize?: number
  madeBy?: number
  attributes?: number
  extra?: Uint8Array
  comment?: Uint8Array
  volume?: number
}

/** What surrounds the entries; whatever is not given is truthful. */
export type HostileArchive = {
  before?: Uint8Array
  betweenDirectoryAndEnd?: Uint8Array
  comment?: Uint8Array
  after?: Uint8Array
  count?: number
  countOnVolume?: number
  volume?: number
  directoryBytes?: number
  directoryOffset?: number
}

type Complete = Required<Omit<Fields, 'comment' | 'volume'>> & { name: Uint8Array }

/** Writes the archive. Offsets count from the first byte, `before` included. */
export function hostileZip(entries: HostileEntry[], archive: HostileArchive = {}): Uint8Array {
  const before = archive.before ?? new Uint8Array()
  const chunks: Uint8Array[] = [before]
  const headers: Uint8Array[] = []
  let offset = before.length
  for (const entry of entries) {
    const packed = packedOf(entry)
    const fields = complete(entry, packed)
    headers.push(directoryHeader(entry, fields, entry.offset ?? offset))
    if (entry.ghost === true) continue
    const name = entry.local?.name
    const localName = name === undefined ? fields.name : bytesOf(name)
    const local = localHeader({ ...fields, ...entry.local, name: localName })
    const own = [local, packed, entry.behind ?? new Uint8Array()]
    chunks.push(...own)
    offset += own.reduce((sum, chunk) => sum + chunk.length, 0)
  }
  const directory = Buffer.concat(headers)
  const gap = archive.betweenDirectoryAndEnd ?? new Uint8Array()
  const end = endRecord(archive, { count: entries.length, bytes: directory.length, offset })
  return Buffer.concat([...chunks, directory, gap, end, archive.after ?? new Uint8Array()])
}

/** The sizes and CRC behind the content of an entry whose flag bit 3 is set. */
export function dataDescriptor(
  content: Uint8Array,
  options: { signed: boolean; wrong?: boolean },
): Uint8Array {
  const fields = Buffer.alloc(16)
  fields.writeUInt32LE(0x08074b50, 0)
  fields.writeUInt32LE(crc32(content), 4)
  fields.writeUInt32LE(deflateRawSync(content).length, 8)
  fields.writeUInt32LE(content.length + (options.wrong === true ? 1 : 0), 12)
  return options.signed ? fields : fields.subarray(4)
}

/** An extra field with its id and length. */
export function extraField(id: number, value: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, value])
}

function bytesOf(name: string | Uint8Array): Uint8Array {
  return typeof name === 'string' ? Buffer.from(name, 'utf8') : name
}

function packedOf(entry: HostileEntry): Uint8Array {
  if (entry.packed !== undefined) return entry.packed
  const content = entry.content ?? new Uint8Array()
  return (entry.method ?? 8) === 8 ? deflateRawSync(content) : content
}

function complete(entry: HostileEntry, packed: Uint8Array): Complete {
  const content = entry.content ?? new Uint8Array()
  return {
    name: bytesOf(entry.name),
    method: entry.method ?? 8,
    flags: entry.flags ?? 0,
    crc32: entry.crc32 ?? crc32(content),
    size: entry.size ?? content.length,
    compressedSize: entry.compressedSize ?? packed.length,
    madeBy: entry.madeBy ?? 20,
    attributes: entry.attributes ?? 0,
    extra: entry.extra ?? new Uint8Array(),
  }
}

function localHeader(fields: Complete): Uint8Array {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  writeShared(header, 6, fields)
  return Buffer.concat([header, fields.name, fields.extra])
}

function directoryHeader(entry: HostileEntry, fields: Complete, offset: number): Uint8Array {
  const comment = entry.comment ?? new Uint8Array()
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(fields.madeBy, 4)
  header.writeUInt16LE(20, 6)
  writeShared(header, 8, fields)
  header.writeUInt16LE(comment.length, 32)
  header.writeUInt16LE(entry.volume ?? 0, 34)
  header.writeUInt32LE(fields.attributes >>> 0, 38)
  header.writeUInt32LE(offset, 42)
  return Buffer.concat([header, fields.name, fields.extra, comment])
}

function writeShared(header: Buffer, at: number, fields: Complete): void {
  header.writeUInt16LE(fields.flags, at)
  header.writeUInt16LE(fields.method, at + 2)
  header.writeUInt32LE(fields.crc32, at + 8)
  header.writeUInt32LE(fields.compressedSize, at + 12)
  header.writeUInt32LE(fields.size, at + 16)
  header.writeUInt16LE(fields.name.length, at + 20)
  header.writeUInt16LE(fields.extra.length, at + 22)
}

function endRecord(
  archive: HostileArchive,
  truth: { count: number; bytes: number; offset: number },
): Uint8Array {
  const comment = archive.comment ?? new Uint8Array()
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x06054b50, 0)
  record.writeUInt16LE(archive.volume ?? 0, 4)
  record.writeUInt16LE(archive.volume ?? 0, 6)
  record.writeUInt16LE(archive.countOnVolume ?? archive.count ?? truth.count, 8)
  record.writeUInt16LE(archive.count ?? truth.count, 10)
  record.writeUInt32LE(archive.directoryBytes ?? truth.bytes, 12)
  record.writeUInt32LE(archive.directoryOffset ?? truth.offset, 16)
  record.writeUInt16LE(comment.length, 20)
  return Buffer.concat([record, comment])
}
