// Writes a file of ours so that what the server says of it is seen to be true.

import { SftpFault } from './fault.ts'
import type { SftpFiles } from './files.ts'

/** Writes, and looks whether the server has all of it: a full disk is not always told of (`put.short`). */
export async function writeWhole(files: SftpFiles, path: string, bytes: Uint8Array): Promise<void> {
  await files.write(path, bytes)
  const facts = await files.look(path)
  if (facts?.kind === 'file' && facts.size === bytes.length) return
  const seen = facts === undefined ? 'nothing' : `${facts.size} bytes`
  throw new SftpFault('failed', `${seen} there after ${bytes.length} were written`, 'put.short')
}

/**
 * A server that acknowledges a rename without doing it (`put.not-renamed`) would have the file taken for one that its
 * reader took. Nothing else makes this fail: the rename was acknowledged.
 */
export async function checkRenamed(files: SftpFiles, path: string, newPath: string): Promise<void> {
  let isLeft: boolean
  try {
    isLeft = (await files.look(newPath)) === undefined && (await files.look(path)) !== undefined
  } catch (error) {
    if (error instanceof SftpFault) return
    throw error
  }
  if (isLeft) throw new SftpFault('failed', 'acknowledged the rename and did not do it', 'put.not-renamed')
}
