// What an SFTP server does with the folder of an account: one call per request, done when it returns.

import * as fs from 'node:fs'
import { bytesOf, canonicalPath, placeOf, StatusError } from './place.ts'
import { type Answer, type Attributes, openBits, type Request, statuses } from './wire.ts'

type OpenFile = { is: 'file'; fd: number; path: string; appends: boolean }
type OpenFolder = { is: 'folder'; place: Buffer; path: string; names: string[] }
/** What a handle of a lying server stands for. */
type OpenNothing = { is: 'nothing'; path: string }
type Open = OpenFile | OpenFolder | OpenNothing

const handlesMax = 256
const namesAtOnce = 100
const readBytesMax = 256 * 1024 - 1024
const done: Answer = { is: 'status', code: statuses.ok }
const endOfFile: Answer = { is: 'status', code: statuses.eof, text: 'End of file' }
const emptyFile: Attributes = { size: 0, mode: 0o100_644, uid: 0, gid: 0, atime: 0, mtime: 0 }

/** The open files of one session over the folder of its account. */
export class SessionFiles {
  readonly #home: string
  readonly #open = new Map<string, Open>()
  #opened = 0

  /** `home`: the real path of the folder, a byte string. */
  constructor(home: string) {
    this.#home = home
  }

  /** The path a request is about, that of its handle included; undefined for a handle nobody has. */
  pathOf(request: Request): string | undefined {
    if ('path' in request) return request.path.includes('\0') ? undefined : canonicalPath(request.path)
    return 'handle' in request ? this.#open.get(request.handle)?.path : undefined
  }

  /**
   * Does what is asked, or only says so when `isLying`. Never throws for what a client asks: errors are statuses as
   * OpenSSH gives them.
   */
  answer(request: Request, { isLying = false } = {}): Answer {
    try {
      return isLying ? this.#lie(request) : this.#serve(request)
    } catch (error) {
      if (error instanceof StatusError) return { is: 'status', code: error.status, text: error.message }
      const { code = '' } = error as NodeJS.ErrnoException
      if (code === '') throw error
      return { is: 'status', code: statusOf(code), text: code }
    }
  }

  /** Closes what a client left open. */
  close(): void {
    for (const open of this.#open.values()) if (open.is === 'file') fs.closeSync(open.fd)
    this.#open.clear()
  }

  /** What a server says that does nothing and claims to have done it: handles of nothing, empty files. */
  #lie(request: Request): Answer {
    switch (request.op) {
      case 'open':
      case 'opendir':
        return this.#keep({ is: 'nothing', path: canonicalPath(request.path) })
      case 'read':
      case 'readdir':
        return endOfFile
      case 'stat':
      case 'lstat':
      case 'fstat':
        return { is: 'attributes', attributes: emptyFile }
      default:
        return done
    }
  }

  #serve(request: Request): Answer {
    const isOfNothing = 'handle' in request && this.#open.get(request.handle)?.is === 'nothing'
    if (isOfNothing && request.op !== 'close') return this.#lie(request)
    switch (request.op) {
      case 'open':
        return this.#openFile(request)
      case 'opendir':
        return this.#openFolder(request.path)
      case 'readdir':
        return readNames(this.#folder(request.handle))
      case 'read':
        return this.#read(request)
      case 'write':
        return this.#write(request)
      case 'close':
        return this.#close(request.handle)
      case 'fsync':
        fs.fsyncSync(this.#file(request.handle).fd)
        return done
      case 'fstat':
        return { is: 'attributes', attributes: attributesOf(fs.fstatSync(this.#file(request.handle).fd)) }
      case 'fsetstat':
        setAttributes(this.#file(request.handle).fd, request.attributes)
        return done
      case 'unknown':
      case 'symlink':
        // Links a client makes are more trouble than use: OpenSSH in front of a drop box forbids them too.
        return { is: 'status', code: statuses.unsupported, text: 'Operation unsupported' }
      default:
        return this.#servePath(request)
    }
  }

  #servePath(request: Extract<Request, { path: string }>): Answer {
    switch (request.op) {
      case 'realpath': {
        const name = canonicalPath(request.path)
        return { is: 'names', names: [{ name, longName: name, attributes: {} }] }
      }
      case 'stat':
      case 'lstat': {
        const place = this.#place(request.path, request.op === 'stat')
        return { is: 'attributes', attributes: attributesOf(fs.lstatSync(place)) }
      }
      case 'readlink': {
        const name = fs.readlinkSync(this.#place(request.path, false), 'buffer').toString('latin1')
        return { is: 'names', names: [{ name, longName: name, attributes: {} }] }
      }
      case 'remove':
        fs.unlinkSync(this.#place(request.path, false))
        return done
      case 'rmdir':
        fs.rmdirSync(this.#place(request.path, false))
        return done
      case 'mkdir':
        fs.mkdirSync(this.#place(request.path, false), request.attributes.mode ?? 0o777)
        return done
      case 'setstat':
        setAttributes(this.#place(request.path, true), request.attributes)
        return done
      case 'rename':
        renameNew(this.#place(request.path, false), this.#place(request.newPath, false))
        return done
      case 'posix-rename':
        fs.renameSync(this.#place(request.path, false), this.#place(request.newPath, false))
        return done
      default:
        throw new StatusError(statuses.unsupported, 'Operation unsupported')
    }
  }

  #openFile({ path, flags, attributes }: Extract<Request, { op: 'open' }>): Answer {
    // With EXCL a link at the end is an existing file, wherever it leads.
    const place = this.#place(path, (flags & openBits.exclusive) === 0)
    const appends = (flags & openBits.append) !== 0
    this.#refuseTooMany()
    const fd = fs.openSync(place, diskFlags(flags), attributes.mode ?? 0o666)
    return this.#keep({ is: 'file', fd, path: canonicalPath(path), appends })
  }

  #openFolder(path: string): Answer {
    const place = this.#place(path, true)
    this.#refuseTooMany()
    const found = fs.readdirSync(place, { encoding: 'buffer' }).map((name) => name.toString('latin1'))
    return this.#keep({ is: 'folder', place, path: canonicalPath(path), names: ['.', '..', ...found] })
  }

  #read({ handle, offset, length }: Extract<Request, { op: 'read' }>): Answer {
    const bytes = Buffer.allocUnsafe(Math.min(length, readBytesMax))
    const count = fs.readSync(this.#file(handle).fd, bytes, 0, bytes.length, offset)
    return count === 0 && length > 0 ? endOfFile : { is: 'bytes', bytes: bytes.subarray(0, count) }
  }

  #write({ handle, offset, bytes }: Extract<Request, { op: 'write' }>): Answer {
    const { fd, appends } = this.#file(handle)
    let written = 0
    while (written < bytes.length) {
      const at = appends ? null : offset + written
      written += fs.writeSync(fd, bytes, written, bytes.length - written, at)
    }
    return done
  }

  #close(handle: string): Answer {
    const open = this.#get(handle)
    this.#open.delete(handle)
    if (open.is === 'file') fs.closeSync(open.fd)
    return done
  }

  #keep(open: Open): Answer {
    this.#opened += 1
    const handle = String(this.#opened)
    this.#open.set(handle, open)
    return { is: 'handle', handle }
  }

  #refuseTooMany(): void {
    if (this.#open.size >= handlesMax)
      throw new StatusError(statuses.failure, `${handlesMax} handles are open`)
  }

  #get(handle: string): Open {
    const open = this.#open.get(handle)
    if (open === undefined) throw new StatusError(statuses.failure, 'no such handle')
    return open
  }

  #file(handle: string): OpenFile {
    const open = this.#get(handle)
    if (open.is !== 'file') throw new StatusError(statuses.failure, 'not the handle of a file')
    return open
  }

  #folder(handle: string): OpenFolder {
    const open = this.#get(handle)
    if (open.is !== 'folder') throw new StatusError(statuses.failure, 'not the handle of a folder')
    return open
  }

  #place(path: string, follow: boolean): Buffer {
    return placeOf(path, { home: this.#home, follow })
  }
}

/** The next names of an open folder; what vanished since is left out, as OpenSSH does. */
function readNames(folder: OpenFolder): Answer {
  while (folder.names.length > 0) {
    const names = folder.names.splice(0, namesAtOnce).flatMap((name) => {
      const place = Buffer.concat([folder.place, bytesOf(`/${name}`)])
      const stats = fs.lstatSync(place, { throwIfNoEntry: false })
      if (stats === undefined) return []
      return [{ name, longName: longNameOf(name, stats), attributes: attributesOf(stats) }]
    })
    if (names.length > 0) return { is: 'names', names }
  }
  return endOfFile
}

/** Version 3: renaming onto something that exists fails. A link in between makes that one step, as in OpenSSH. */
function renameNew(from: Buffer, to: Buffer): void {
  if (fs.lstatSync(from).isFile()) {
    fs.linkSync(from, to)
    fs.unlinkSync(from)
    return
  }
  if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
    throw new StatusError(statuses.failure, 'exists')
  }
  fs.renameSync(from, to)
}

function diskFlags(flags: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL, O_NONBLOCK } = fs.constants
  const reads = (flags & openBits.read) !== 0
  const writes = (flags & (openBits.write | openBits.append)) !== 0
  // A pipe among the files must not stop the server.
  let disk = O_NONBLOCK | (writes ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY)
  if ((flags & openBits.append) !== 0) disk |= O_APPEND
  if ((flags & openBits.create) !== 0) disk |= O_CREAT
  if ((flags & openBits.truncate) !== 0) disk |= O_TRUNC
  if ((flags & openBits.exclusive) !== 0) disk |= O_EXCL
  return disk
}

function setAttributes(where: number | Buffer, { size, mode, atime, mtime }: Attributes): void {
  const isOpen = typeof where === 'number'
  if (size !== undefined) isOpen ? fs.ftruncateSync(where, size) : fs.truncateSync(where, size)
  if (mode !== undefined) isOpen ? fs.fchmodSync(where, mode & 0o7777) : fs.chmodSync(where, mode & 0o7777)
  if (atime !== undefined && mtime !== undefined) {
    isOpen ? fs.futimesSync(where, atime, mtime) : fs.utimesSync(where, atime, mtime)
  }
}

function attributesOf({ size, uid, gid, mode, atimeMs, mtimeMs }: fs.Stats): Attributes {
  return { size, uid, gid, mode, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) }
}

/** What `ls -l` of a client shows; nobody should read it by machine. */
function longNameOf(name: string, stats: fs.Stats): string {
  const kind = stats.isDirectory() ? 'd' : stats.isSymbolicLink() ? 'l' : '-'
  const bits = [6, 3, 0].map((shift) => {
    const three = (stats.mode >> shift) & 7
    return `${three & 4 ? 'r' : '-'}${three & 2 ? 'w' : '-'}${three & 1 ? 'x' : '-'}`
  })
  const time = stats.mtime.toISOString().slice(0, 16).replace('T', ' ')
  return `${kind}${bits.join('')} ${stats.nlink} ${stats.uid} ${stats.gid} ${stats.size} ${time} ${name}`
}

/** As errno_to_portable of OpenSSH's sftp-server has it. */
function statusOf(code: string): number {
  if (['ENOENT', 'ENOTDIR', 'EBADF', 'ELOOP'].includes(code)) return statuses.noSuchFile
  if (['EPERM', 'EACCES', 'EFAULT'].includes(code)) return statuses.permissionDenied
  if (['ENAMETOOLONG', 'EINVAL'].includes(code)) return statuses.badMessage
  return statuses.failure
}
