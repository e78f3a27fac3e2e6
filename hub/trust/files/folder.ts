// Reads local files with certificates or revocation lists, one or a folder of them, within bounds.

import { opendir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { readBounded } from './bounded.ts'

/** A file as read: its name as given, or within the folder. */
export type LocalFile = { readonly file: string; readonly bytes: Uint8Array; readonly isNamed: boolean }

/**
 * The file of a path, whatever its name, or the files of a folder whose names match, by name, without folders inside.
 * `isNamed` tells a file that was asked for by itself. At most trustFilesMax files, trustFileBytesMax each and
 * trustFilesBytesMax together. Refused with trust-files.unreadable, trust-files.limits or trust-files.empty, `at` the path.
 */
export async function readLocalFiles(path: string, pattern: RegExp): Promise<LocalFile[] | Refusal> {
  try {
    const isFolder = (await stat(path)).isDirectory()
    if (!isFolder) {
      const bytes = await readOne(path, limits.trustFilesBytesMax)
      return isRefusal(bytes) ? bytes : [{ file: basename(path), bytes, isNamed: true }]
    }
    const names = await namesIn(path, pattern)
    return isRefusal(names) ? names : await readAll(path, names)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return refuse('trust-files.unreadable', String(error.code), path)
  }
}

async function readAll(path: string, names: readonly string[]): Promise<LocalFile[] | Refusal> {
  if (names.length === 0) return refuse('trust-files.empty', 'no file with such a name', path)
  const files: LocalFile[] = []
  let bytesLeft: number = limits.trustFilesBytesMax
  for (const name of names) {
    const bytes = await readOne(join(path, name), bytesLeft)
    if (isRefusal(bytes)) return bytes
    bytesLeft -= bytes.length
    files.push({ file: name, bytes, isNamed: false })
  }
  return files
}

async function namesIn(path: string, pattern: RegExp): Promise<string[] | Refusal> {
  const names: string[] = []
  for await (const { name } of await opendir(path)) {
    if (name.startsWith('.') || !pattern.test(name)) continue
    names.push(name)
    if (names.length > limits.trustFilesMax) {
      return refuse('trust-files.limits', `more than ${limits.trustFilesMax} files`, path)
    }
  }
  return names.sort()
}

/** Only regular files are opened: a pipe would wait for ever. */
async function readOne(path: string, bytesLeft: number): Promise<Uint8Array | Refusal> {
  const status = await stat(path)
  if (!status.isFile()) return refuse('trust-files.unreadable', 'not a file', path)
  const most = Math.min(limits.trustFileBytesMax, bytesLeft)
  const bytes = await readBounded(path, most)
  return bytes ?? refuse('trust-files.limits', `more than ${most} bytes`, path)
}
