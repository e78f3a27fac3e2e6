// The form of a record in a segment, and of the reference that names it.
import { limits } from '../../../schemas/limits.ts'
import { BlobError, type BlobRef } from '../../ports.ts'
import { sha256Of } from '../../sha256.ts'

/**
 * Where a record lies: the segment's path below the folder of the store, and the offset of the record's
 * header.
 */
export type Location = { segment: string; offset: number; length: number }

/** A record is magic (4 bytes), length (4, big-endian), SHA-256 of the bytes (32), the bytes. */
export const headerBytes = 40
const magic = Buffer.from('EHB1', 'latin1')
const lengthAt = magic.length
const digestAt = lengthAt + 4

const extension = '.seg'
const refForm = /^([a-z0-9-]{1,40}\/[a-z0-9-]{1,40}\/\d{4}-\d\d-\d\d\/\d{6})@(\d{1,12})\+(\d{1,10})$/

/** Whether a text may name a retention class or key epoch, both of which are folders. */
export const isLaneName = (text: string): boolean => /^[a-z0-9-]{1,40}$/.test(text)

/** The reference of a record, `packages/0/2026-11-22/000001@123+4567`. */
export function formatRef({ segment, offset, length }: Location): BlobRef {
  return `${segment.slice(0, -extension.length)}@${offset}+${length}`
}

/** Reads a reference; throws `invalid-ref` for anything that this store cannot have made. */
export function parseRef(ref: BlobRef): Location {
  const [, segment, offset, length] = refForm.exec(ref) ?? []
  if (segment === undefined || Number(length) > limits.blobBytesMax) {
    throw new BlobError('invalid-ref', 'not a reference of this store', { ref: ref.slice(0, 200) })
  }
  return { segment: segment + extension, offset: Number(offset), length: Number(length) }
}

/** The path of a segment below the folder of the store. */
export function nameSegment(options: { lane: string; day: string; sequence: number }): string {
  return `${options.lane}/${options.day}/${String(options.sequence).padStart(6, '0')}${extension}`
}

/** The number of a segment file; 0 for other files. */
export function readSequence(file: string): number {
  return /^\d{6}\.seg$/.test(file) ? Number(file.slice(0, -extension.length)) : 0
}

/** The header of a record. */
export function makeHeader(length: number, sha256: Buffer): Buffer {
  const header = Buffer.allocUnsafe(headerBytes)
  magic.copy(header)
  header.writeUInt32BE(length, lengthAt)
  sha256.copy(header, digestAt)
  return header
}

/** The bytes of a record whose every part was checked; throws `damaged` with what is wrong. */
export async function checkRecord(record: Buffer, ref: BlobRef): Promise<Buffer> {
  const bytes = record.subarray(headerBytes)
  const refuse = (seen: string) => new BlobError('damaged', seen, { ref })
  if (!record.subarray(0, lengthAt).equals(magic)) throw refuse('no record begins here')
  const length = record.readUInt32BE(lengthAt)
  if (length !== bytes.length) throw refuse(`the record has ${length} bytes`)
  if (!record.subarray(digestAt, headerBytes).equals(await sha256Of(bytes)))
    throw refuse('the digest does not match')
  return bytes
}
