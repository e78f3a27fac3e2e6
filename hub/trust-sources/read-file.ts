// Reads a source that lies in a file: an installation without network is given the trust list that way.

import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import type { Fetched } from './fetch.ts'

/** The address of a source in a file. Only a configuration names such a source, never a certificate. */
export function fileAddress(path: string): string {
  return pathToFileURL(path).href
}

/** Whether an address is that of a file. */
export function isFileAddress(address: string): boolean {
  return address.startsWith('file:')
}

/**
 * Reads the file unless size and times are those of `etag`. Refused with source.unreachable when it cannot be read and
 * with source.too-large.
 */
export async function readSourceFile(request: {
  address: string
  etag: string | undefined
  bytesMax: number
}): Promise<Fetched | Refusal> {
  const { address, etag, bytesMax } = request
  try {
    const path = fileURLToPath(address)
    const status = await stat(path)
    if (!status.isFile()) return refuse('source.unreachable', 'not a file')
    if (status.size > bytesMax) return refuse('source.too-large', `more than ${bytesMax} bytes`)
    const mark = createHash('sha256')
      .update([status.size, status.mtimeMs, status.ctimeMs, status.ino].join())
      .digest('hex')
    if (mark === etag) return { isNew: false }
    const bytes = await readFile(path)
    if (bytes.length > bytesMax) return refuse('source.too-large', `more than ${bytesMax} bytes`)
    return { isNew: true, bytes: Uint8Array.from(bytes), etag: mark, lastModified: undefined }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return refuse('source.unreachable', String(error.code))
  }
}
