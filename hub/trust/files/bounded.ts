// Reads a file to its end within a bound, whatever it says of its size: of a pipe or a device that is nothing.

import { open } from 'node:fs/promises'
import { limits } from '../../../schemas/limits.ts'

/**
 * Gives the octets of a file or pipe in pieces of at most fileChunkBytes. False, without the rest, as soon as there are more
 * than bytesMax; of a regular file that is too large nothing is given. Errors of the file system are thrown with the path.
 */
export async function readWithin(
  path: string,
  bytesMax: number,
  take: (chunk: Uint8Array) => void,
): Promise<boolean> {
  const file = await open(path)
  try {
    const status = await file.stat()
    if (status.isFile() && status.size > bytesMax) return false
    // One read after the other: none is under way when the bound is met, which would wait for the writer of a pipe.
    for (let bytes = 0; ; ) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.allocUnsafe(limits.fileChunkBytes) })
      if (bytesRead === 0) return true
      bytes += bytesRead
      if (bytes > bytesMax) return false
      take(buffer.subarray(0, bytesRead))
    }
  } catch (error) {
    // Reading a folder fails without saying which.
    if (error instanceof Error && 'syscall' in error && !('path' in error)) Object.assign(error, { path })
    throw error
  } finally {
    await file.close()
  }
}

/** The octets of a file or pipe as a whole; undefined when there are more than bytesMax. */
export async function readBounded(path: string, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  const isWhole = await readWithin(path, bytesMax, (chunk) => chunks.push(chunk))
  return isWhole ? Buffer.concat(chunks) : undefined
}
