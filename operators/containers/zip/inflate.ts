// The content of one entry of a ZIP, checked against its size and CRC.

import { crc32, inflateRawSync } from 'node:zlib'
import type { EntryPlace } from '../../../schemas/package.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import { placeOfName } from './names.ts'

/** `inflateRawSync` with the option `info` gives this, which its types do not tell. */
type Inflated = { buffer: Uint8Array; engine: { bytesWritten: number } }

const spareBytes = 64

/**
 * Gives the content of an entry that `readZip` listed. A stored entry is a view of the ZIP, not a copy.
 * Never makes more than the listed size (bounded by `zipEntryBytesMax` there). Refuses zip.lying when size
 * or compressed size are wrong, zip.broken when the deflate stream is, zip.crc when the content is; never
 * throws.
 */
export function inflateEntry(zip: Uint8Array, place: EntryPlace): Uint8Array | Refusal {
  const at = placeOfName(place.name)
  const packed = zip.subarray(place.dataOffset, place.dataOffset + place.compressedSize)
  const content = place.method === 0 ? packed : inflateExactly(packed, place)
  if (!(content instanceof Uint8Array)) return content
  if (content.length !== place.size) return refuse('zip.lying', 'the content has another size', at)
  return crc32(content) === place.crc32 ? content : refuse('zip.crc', 'the content has another CRC', at)
}

function inflateExactly(packed: Uint8Array, place: EntryPlace): Uint8Array | Refusal {
  const at = placeOfName(place.name)
  try {
    // One output buffer a little larger than the content spares zlib from joining chunks.
    const chunkSize = place.size + spareBytes
    const options = { info: true, maxOutputLength: Math.max(place.size, 1), chunkSize }
    const inflated = inflateRawSync(packed, options) as unknown as Inflated
    if (inflated.engine.bytesWritten === packed.length) return inflated.buffer
    return refuse('zip.lying', 'bytes behind the deflate stream', at)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') return refuse('zip.lying', 'the content is longer than said', at)
    if (code.startsWith('Z_')) return refuse('zip.broken', 'the deflate stream is broken', at)
    throw error
  }
}
