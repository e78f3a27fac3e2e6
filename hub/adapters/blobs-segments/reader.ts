// Reads records from segment files through a bounded set of open files.

import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { limits } from '../../../schemas/limits.ts'
import { BlobError, type BlobRef } from '../../ports.ts'
import { checkRecord, headerBytes, type Location } from './record.ts'

type Opened = { handle: Promise<FileHandle>; users: number; isRetired: boolean }

/**
 * Opens a reader of all segments below a folder. At most `handlesMax` files, and those in use, are open at
 * once.
 */
export function openReader(options: { folder: string; handlesMax: number }) {
  const { folder, handlesMax } = options
  const opened = new LRUCache<string, Opened>({
    max: handlesMax,
    // A file that retention deleted gives its room back when its last reader lets go.
    ttl: limits.blobHandleLifeMs,
    ttlAutopurge: true,
    dispose: (entry) => {
      entry.isRetired = true
      void closeIdle(entry)
    },
  })

  const borrow = (segment: string): Opened => {
    const known = opened.get(segment)
    if (known !== undefined) return known
    const entry = { handle: open(join(folder, segment), 'r'), users: 0, isRetired: false }
    opened.set(segment, entry)
    return entry
  }

  return {
    /** The checked bytes of a record, in memory of their own. */
    async read(location: Location, ref: BlobRef): Promise<Buffer> {
      const entry = borrow(location.segment)
      entry.users += 1
      try {
        const record = await readFully(await entry.handle, location)
        if (record === undefined)
          throw new BlobError('damaged', 'the segment ends before the record', { ref })
        return await checkRecord(record, ref)
      } catch (error) {
        throw explain(error, ref)
      } finally {
        entry.users -= 1
        await (entry.isRetired
          ? closeIdle(entry)
          : forgetUnopened(entry, () => opened.delete(location.segment)))
      }
    },
    async close(): Promise<void> {
      const entries = [...opened.values()]
      opened.clear()
      await Promise.all(entries.map(closeIdle))
    },
  }
}

async function readFully(handle: FileHandle, { offset, length }: Location): Promise<Buffer | undefined> {
  const record = Buffer.allocUnsafeSlow(headerBytes + length)
  let filled = 0
  while (filled < record.length) {
    const { bytesRead } = await handle.read(record, filled, record.length - filled, offset + filled)
    if (bytesRead === 0) return undefined
    filled += bytesRead
  }
  return record
}

async function closeIdle(entry: Opened): Promise<void> {
  if (entry.users > 0) return
  const handle = await entry.handle.catch(() => undefined)
  await handle?.close().catch(() => {})
}

/** A file that could not be opened is tried afresh next time. */
async function forgetUnopened(entry: Opened, forget: () => void): Promise<void> {
  await entry.handle.catch(forget)
}

function explain(error: unknown, ref: BlobRef): unknown {
  if (error instanceof BlobError) return error
  const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
  return new BlobError(isGone ? 'missing' : 'read-failed', String(error), { ref, cause: error })
}
