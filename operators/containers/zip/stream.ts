// Writes a ZIP piece by piece, so that neither an entry nor the archive is ever in memory as a whole.

import assert from 'node:assert/strict'
import { pipeline, Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'
import { limits } from '../../../schemas/limits.ts'
import {
  assertSize,
  dataDescriptor,
  directoryOf,
  localHeader,
  makeNames,
  type WrittenEntry,
} from './headers.ts'

/** An entry whose content comes piece by piece. */
export type StreamedPart = { name: string; pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array> }

/**
 * Gives the archive as it comes; deflated outside of the main thread. A piece is asked for when those before it were packed
 * and taken; whoever stops taking ends the asking. The result depends on nothing but the contents. Names, their number and
 * the total size are the caller's: a wrong one is an error of ours and asserted.
 */
export async function* streamZip(
  parts: Iterable<StreamedPart> | AsyncIterable<StreamedPart>,
): AsyncGenerator<Uint8Array> {
  const written: WrittenEntry[] = []
  const nameOf = makeNames()
  let offset = 0
  for await (const part of parts) {
    assert.ok(written.length < limits.zipEntriesMax, 'more entries than the hub itself takes')
    const name = nameOf(part.name)
    const entry: WrittenEntry = {
      name,
      method: 8,
      crc32: 0,
      packedBytes: 0,
      size: 0,
      offset,
      isDescribed: true,
    }
    const header = localHeader(entry)
    yield Buffer.concat([header, name])
    for await (const packed of deflated(entry, part.pieces)) {
      entry.packedBytes += packed.length
      yield packed
    }
    const descriptor = dataDescriptor(entry)
    yield descriptor
    written.push(entry)
    offset += header.length + name.length + entry.packedBytes + descriptor.length
    assertSize(offset)
    assertSize(entry.size)
  }
  yield Buffer.concat(directoryOf(written, offset))
}

/** The content of an entry, deflated; what is known of it at its end is written into the entry. */
function deflated(entry: WrittenEntry, pieces: StreamedPart['pieces']): AsyncIterable<Uint8Array> {
  const counted = async function* () {
    for await (const piece of pieces) {
      entry.crc32 = crc32(piece, entry.crc32)
      entry.size += piece.length
      yield piece
    }
  }
  // No more than one piece waits, however small the pieces are.
  const source = Readable.from(counted(), { highWaterMark: 1 })
  const packer = createDeflateRaw()
  // A fault of either end destroys the other: whoever takes from the packer meets it.
  pipeline(source, packer, () => undefined)
  return packer
}
