// The blob store in append-only segment files, with group commit.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { limits } from '../../schemas/limits.ts'
import { BlobError, type BlobStore } from '../ports.ts'
import { sha256Of } from '../sha256.ts'
import { openReader } from './blobs-segments/reader.ts'
import { formatRef, headerBytes, isLaneName, makeHeader, parseRef } from './blobs-segments/record.ts'
import { openWriter } from './blobs-segments/writer.ts'

type Waiting = {
  bytes: Uint8Array
  sha256: Buffer
  resolve(put: { ref: string; sha256: string }): void
  reject(error: BlobError): void
}

/**
 * Opens the store for one retention class and key epoch; blobs go to
 * `<folder>/<class>/<epoch>/<day>/<seq>.seg`, so that what expires together, and what one key protects, is
 * deleted together (RULES 28). Epoch `0`: not encrypted. Blobs of every class of the folder can be got. Puts
 * of one moment share one write and one fdatasync.
 *
 * A segment is written by one process only, which begins a new one each time it starts, so any number of
 * processes may have the folder open, and a torn tail left by a crash is never touched again: nobody was
 * promised what is in it.
 */
export function openSegmentBlobs(options: {
  folder: string
  retentionClass: string
  keyEpoch?: string
  now?: () => Date
  segmentBytesMax?: number
  queueBytesMax?: number
  handlesMax?: number
}): BlobStore {
  const { folder, retentionClass, keyEpoch = '0', now = () => new Date() } = options
  if (!isLaneName(retentionClass) || !isLaneName(keyEpoch)) {
    throw new TypeError(`retention class and key epoch are [a-z0-9-]{1,40}: ${retentionClass}/${keyEpoch}`)
  }
  const { segmentBytesMax = limits.blobSegmentBytesMax, queueBytesMax = limits.blobQueueBytesMax } = options
  const { handlesMax = limits.blobHandlesMax } = options
  const writer = openWriter({ folder, lane: `${retentionClass}/${keyEpoch}`, now, segmentBytesMax })
  const reader = openReader({ folder, handlesMax })
  // The next stage reads back at once what was just put; this spares it the file and the digest.
  const recent = new LRUCache<string, Buffer>({
    maxSize: limits.blobWindowBytesMax,
    maxEntrySize: limits.blobWindowEntryBytesMax,
    sizeCalculation: (bytes) => bytes.length + headerBytes,
  })
  const queue = openQueue(queueBytesMax, async (batch) => {
    const written = await writer.append(
      batch.flatMap(({ bytes, sha256 }) => [makeHeader(bytes.length, sha256), bytes]),
    )
    let offset = written.offset
    for (const { bytes, sha256, resolve } of batch) {
      const ref = formatRef({ segment: written.segment, offset, length: bytes.length })
      if (bytes.length <= limits.blobWindowEntryBytesMax) recent.set(ref, Buffer.from(bytes))
      resolve({ ref, sha256: sha256.toString('hex') })
      offset += headerBytes + bytes.length
    }
  })

  return {
    async put(bytes) {
      if (bytes.length > limits.blobBytesMax) throw new BlobError('too-large', `${bytes.length} bytes`)
      const sha256 = await sha256Of(bytes)
      return new Promise((resolve, reject) => queue.add({ bytes, sha256, resolve, reject }))
    },
    async get(ref) {
      const location = parseRef(ref)
      const known = recent.get(ref)
      return known === undefined ? reader.read(location, ref) : Buffer.from(known)
    },
    async close() {
      await queue.close()
      await writer.close()
      await reader.close()
      recent.clear()
    },
  }
}

/**
 * Collects what waits to be written and hands it over in batches, one at a time. What arrives while a batch
 * is being written makes the next one, so the busier the store is, the fewer syncs a blob costs.
 */
function openQueue(queueBytesMax: number, commit: (batch: Waiting[]) => Promise<void>) {
  const waiting: Waiting[] = []
  let bytesPending = 0
  let isClosed = false
  let pumping: Promise<void> | undefined

  const pump = async () => {
    await nextTurn() // Requests read in the same turn of the event loop share the first batch.
    while (waiting.length > 0) {
      const batch = waiting.splice(0, countBatch(waiting))
      try {
        await commit(batch)
      } catch (error) {
        const failure = new BlobError('write-failed', String(error), { cause: error })
        for (const { reject } of batch) reject(failure)
      }
      for (const { bytes } of batch) bytesPending -= bytes.length
    }
    pumping = undefined
  }
  return {
    add(put: Waiting): void {
      if (isClosed) throw new BlobError('closed', 'the store is closed')
      if (bytesPending + put.bytes.length > queueBytesMax) {
        throw new BlobError('busy', `${bytesPending} bytes wait to be written`)
      }
      bytesPending += put.bytes.length
      waiting.push(put)
      pumping ??= pump()
    },
    async close(): Promise<void> {
      isClosed = true
      await pumping
    },
  }
}

function countBatch(waiting: readonly Waiting[]): number {
  let bytes = 0
  let count = 0
  for (const put of waiting) {
    bytes += headerBytes + put.bytes.length
    if (count > 0 && (bytes > limits.blobBatchBytesMax || count >= limits.blobBatchRecordsMax)) break
    count += 1
  }
  return count
}
