// What the hub does with files on a server: look, list, read, write, rename, remove.
// ssh2's own requests are used, as the client library hands them out with a connection: the library's stat gives
// status 4 for a missing file, its put ends well after a failed write, and its listeners take the numbers of
// disconnects for statuses.

import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2'
import { limits } from '../../../schemas/limits.ts'
import { endOfFile, isAnswered, SftpFault, unlessMissing } from './fault.ts'
import type { Done, SftpWire } from './wire.ts'

/** What is known of a file without following links; times are the server's. */
export type FileFacts = { kind: FileKind; size: number; modifiedMs: number }
export type FileKind = 'file' | 'folder' | 'link' | 'special'

/** One name of a folder. */
export type FolderEntry = FileFacts & { name: string }

/** Files of one session; every call ends by the signal it was made with. All throw SftpFault. */
export type SftpFiles = {
  readonly canReplace: boolean
  /** Undefined when there is no such file. */
  look(path: string): Promise<FileFacts | undefined>
  /** The first names of a folder; `isWhole` is false when there are more than `namesMax`. */
  list(path: string, namesMax: number): Promise<{ entries: FolderEntry[]; isWhole: boolean }>
  /** Bytes from the start to the end of the file, at most `bytesMax`. */
  read(path: string, bytesMax: number): Promise<Uint8Array>
  /** Makes or overwrites a file. Resolves when the server has acknowledged every byte and the end. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Never overwrites: kind `failed` where the new name is taken (SFTP version 3). */
  rename(path: string, newPath: string): Promise<void>
  /** Overwrites in one step; only where `canReplace`. */
  replace(path: string, newPath: string): Promise<void>
  /** False when there was no such file. */
  remove(path: string): Promise<boolean>
  /** Makes a folder unless there is one. */
  makeFolder(path: string): Promise<void>
}

const posixRename = 'posix-rename@openssh.com'
// The type of a file in its mode (POSIX, sys/stat.h).
const typeBits = 0o170000
const kinds = new Map<number, FileKind>([
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
])
/** The files of a session, for the time of one piece of work. */
export function filesOf(wire: SftpWire, signal: AbortSignal): SftpFiles {
  const { sftp } = wire
  const at = (path: string): Asking => ({ sftp, ask: (start) => named(path, wire.ask(start, signal)) })
  return {
    canReplace: wire.extensions.has(posixRename),
    async look(path) {
      const stats = await unlessMissing(at(path).ask<Stats>((done) => sftp.lstat(path, done)))
      return stats === undefined ? undefined : factsOf(stats)
    },
    list: (path, namesMax) => listFolder(at(path), path, namesMax),
    read: (path, bytesMax) => readFile(at(path), path, bytesMax),
    write: (path, bytes) => writeFile(at(path), path, bytes),
    rename: (path, newPath) => at(newPath).ask<void>((done) => sftp.rename(path, newPath, plain(done))),
    replace: (path, newPath) =>
      at(newPath).ask<void>((done) => sftp.ext_openssh_rename(path, newPath, plain(done))),
    async remove(path) {
      const removed = at(path).ask<true>((done) => sftp.unlink(path, (error) => done(error, true)))
      return (await unlessMissing(removed)) ?? false
    },
    makeFolder: (path) => makeFolder(at(path), path),
  }
}

type Asking = { sftp: SFTPWrapper; ask: <T>(start: (done: Done<T>) => void) => Promise<T> }

/** Servers say what is wrong and not with which file. */
async function named<T>(path: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    throw isAnswered(error) ? new SftpFault(error.kind, `${error.message}: ${path}`) : error
  }
}

const plain =
  (done: Done<void>) =>
  (error: Error | null | undefined): void =>
    done(error, undefined)

function factsOf({ mode, size, mtime }: Pick<Stats, 'mode' | 'size' | 'mtime'>): FileFacts {
  return {
    kind: kinds.get((mode ?? 0) & typeBits) ?? 'special',
    size: size ?? 0,
    modifiedMs: (mtime ?? 0) * 1000,
  }
}

/** Reads a folder piece by piece, for a folder may hold more names than memory (STYLE 23). */
async function listFolder({ sftp, ask }: Asking, path: string, namesMax: number) {
  const handle = await ask<Buffer>((done) => sftp.opendir(path, done))
  const entries: FolderEntry[] = []
  try {
    while (entries.length <= namesMax) {
      const piece = await nextNames({ sftp, ask }, handle)
      if (piece === undefined) return { entries, isWhole: true }
      for (const { filename, attrs } of piece) entries.push({ name: filename, ...factsOf(attrs) })
    }
    return { entries: entries.slice(0, namesMax), isWhole: false }
  } finally {
    letGo(sftp, handle)
  }
}

function nextNames({ sftp, ask }: Asking, handle: Buffer): Promise<FileEntryWithStats[] | undefined> {
  return ask<FileEntryWithStats[] | undefined>((done) =>
    sftp.readdir(handle, (error: (Error & { code?: unknown }) | undefined, names) => {
      if (error?.code === endOfFile) done(undefined, undefined)
      else done(error, names)
    }),
  )
}

/** Several requests are under way at a time, so that a long line costs its delay once and not per piece. */
async function readFile({ sftp, ask }: Asking, path: string, bytesMax: number): Promise<Uint8Array> {
  const handle = await ask<Buffer>((done) => sftp.open(path, 'r', done))
  const bytes = Buffer.alloc(bytesMax)
  let whole = bytesMax
  async function readPiece(start: number): Promise<void> {
    const end = Math.min(start + limits.sftpChunkBytes, bytesMax)
    let at = start
    while (at < end && at < whole) {
      const got = await ask<number>((done) => sftp.read(handle, bytes, at, end - at, at, done))
      // Only the end of a regular file cuts an answer short (filexfer-02, 6.4). A server that cuts elsewhere is asked
      // for the rest; where nothing but the last byte is missing, which callers add to see that there is none, it is
      // the end: one request in four less for a small file.
      const isEnd = got === 0 || (got < end - at && at + got === bytesMax - 1)
      at += got
      if (isEnd) whole = Math.min(whole, at)
    }
  }
  try {
    await inWindow(bytesMax, (start) => (start < whole ? readPiece(start) : undefined))
    return bytes.subarray(0, whole)
  } finally {
    letGo(sftp, handle)
  }
}

async function writeFile({ sftp, ask }: Asking, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await ask<Buffer>((done) => sftp.open(path, 'w', done))
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let isClosed = false
  try {
    await inWindow(buffer.length, (start) => {
      const length = Math.min(limits.sftpChunkBytes, buffer.length - start)
      return ask<void>((done) => sftp.write(handle, buffer, start, length, start, plain(done)))
    })
    isClosed = true
    await ask<void>((done) => sftp.close(handle, plain(done)))
  } finally {
    if (!isClosed) letGo(sftp, handle)
  }
}

/** Runs one request per piece, limits.sftpRequestsAtOnceMax at a time; the first failure ends it. */
async function inWindow(length: number, run: (start: number) => Promise<void> | undefined): Promise<void> {
  let next = 0
  async function walk(): Promise<void> {
    while (next < length) {
      const start = next
      next += limits.sftpChunkBytes
      try {
        await run(start)
      } catch (error) {
        next = length
        throw error
      }
    }
  }
  const lanes = Math.min(limits.sftpRequestsAtOnceMax, Math.ceil(length / limits.sftpChunkBytes))
  await Promise.all(Array.from({ length: lanes }, walk))
}

/** Whether a handle that is only read from, or of no use any more, was closed changes nothing. */
function letGo(sftp: SFTPWrapper, handle: Buffer): void {
  sftp.close(handle, () => undefined)
}

async function makeFolder({ sftp, ask }: Asking, path: string): Promise<void> {
  try {
    await ask<void>((done) => sftp.mkdir(path, plain(done)))
  } catch (error) {
    if (!isAnswered(error)) throw error
    // Version 3 has no status for a name that is taken; a link to a folder is as good as one.
    const stats = await unlessMissing(ask<Stats>((done) => sftp.stat(path, done)))
    if (stats === undefined || factsOf(stats).kind !== 'folder') throw error
  }
}
