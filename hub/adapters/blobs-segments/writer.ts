// Appends batches to segment files and makes them durable.
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { limits } from '../../../schemas/limits.ts'
import { makeFolder } from '../../make-folder.ts'
import { nameSegment, readSequence } from './record.ts'

type Segment = { name: string; path: string; day: string; handle: FileHandle; end: number }

/**
 * Opens the writer of a lane (`<retention class>/<key epoch>`); calls of `append` must not overlap. A segment
 * is made at the first batch, when the day (UTC) changes, when the next batch would not fit, and after a
 * failure: what a failed write or sync left in a file is unknown, so that file is never appended to again.
 */
export function openWriter(options: {
  folder: string
  lane: string
  now: () => Date
  segmentBytesMax: number
}) {
  const { folder, lane, now, segmentBytesMax } = options
  let current: Segment | undefined

  const chooseSegment = async (size: number): Promise<Segment> => {
    const day = now().toISOString().slice(0, 10)
    const fits = current !== undefined && (current.end === 0 || current.end + size <= segmentBytesMax)
    if (current !== undefined && fits && current.day === day) return current
    await current?.handle.close()
    current = undefined
    current = await beginSegment({ folder, lane, day })
    return current
  }

  return {
    /**
     * Writes the parts one after another in one segment and returns where they begin. Durable when it
     * resolves.
     */
    async append(parts: Uint8Array[]): Promise<{ segment: string; offset: number }> {
      const size = parts.reduce((sum, part) => sum + part.length, 0)
      const segment = await chooseSegment(size)
      const offset = segment.end
      try {
        const { bytesWritten } = await segment.handle.writev(parts, offset)
        if (bytesWritten !== size) throw new Error(`only ${bytesWritten} of ${size} bytes were written`)
        await segment.handle.datasync()
      } catch (error) {
        current = undefined
        await abandon(segment)
        throw error
      }
      segment.end += size
      return { segment: segment.name, offset }
    },
    async close(): Promise<void> {
      await current?.handle.close()
      current = undefined
    },
  }
}

/**
 * The name is taken exclusively, so that no other process writes to the segment, and is durable before its
 * bytes.
 */
async function beginSegment(options: { folder: string; lane: string; day: string }): Promise<Segment> {
  const { folder, lane, day } = options
  const dayFolder = join(folder, lane, day)
  makeFolder(dayFolder, 0o700)
  const last = (await readdir(dayFolder)).reduce((max, file) => Math.max(max, readSequence(file)), 0)
  for (let sequence = last + 1; sequence <= last + limits.blobSegmentClashesMax; sequence += 1) {
    const name = nameSegment({ lane, day, sequence })
    const path = join(folder, name)
    const handle = await openNew(path)
    if (handle === undefined) continue
    const segment = { name, path, day, handle, end: 0 }
    try {
      await syncFolders(dayFolder, dirname(folder))
    } catch (error) {
      await abandon(segment)
      throw error
    }
    return segment
  }
  throw new Error(`no free segment number after ${last} in ${dayFolder}`)
}

async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
}

/** Any folder on the way may be new, up to the parent of the store's own. */
async function syncFolders(from: string, to: string): Promise<void> {
  for (let folder = from; ; folder = dirname(folder)) {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
    if (folder === to || folder === dirname(folder)) return
  }
}

/** Gives back the room of our own torn tail (RULES 28); a tail that cannot be cut off is harmless. */
async function abandon(segment: Segment): Promise<void> {
  const ignore = () => {}
  await segment.handle.truncate(segment.end).catch(ignore)
  await segment.handle.close().catch(ignore)
  if (segment.end === 0) await rm(segment.path, { force: true }).catch(ignore)
}
