// Where a path of a client lies on the disk: never outside the account's folder, links followed or not.

import { lstatSync, realpathSync } from 'node:fs'
import { statuses } from './wire.ts'

/** A request that is answered with this status. */
export class StatusError extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

/** The path a client means, from its root `/`, without `.` and `..`; `..` of the root is the root. A byte string. */
export function canonicalPath(path: string): string {
  if (path.includes('\0')) throw new StatusError(statuses.badMessage, 'a zero byte in a path')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/**
 * The place on the disk. `home` is the real path of the account's folder. `follow`: a link at the end is followed;
 * every link before it is. Throws a StatusError where the way leads out, the error of the file system where there is
 * no way. The last part itself need not exist.
 */
export function placeOf(path: string, of: { home: string; follow: boolean }): Buffer {
  const canonical = canonicalPath(path)
  if (canonical === '/') return bytesOf(of.home)
  const cut = canonical.lastIndexOf('/')
  const folder = realPath(`${of.home}${canonical.slice(0, cut)}`)
  refuseOutside(folder, of.home)
  const place = `${folder}${canonical.slice(cut)}`
  if (!of.follow || !isLink(place)) return bytesOf(place)
  const target = realPath(place)
  refuseOutside(target, of.home)
  return bytesOf(target)
}

/** The real path of a folder of ours, as a byte string. */
export function realPath(path: string): string {
  return realpathSync.native(bytesOf(path), { encoding: 'buffer' }).toString('latin1')
}

/** Bytes of a byte string. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function refuseOutside(place: string, home: string): void {
  const isInside = place === home || place.startsWith(home === '/' ? '/' : `${home}/`)
  if (!isInside) throw new StatusError(statuses.permissionDenied, 'Permission denied')
}

function isLink(place: string): boolean {
  return lstatSync(bytesOf(place), { throwIfNoEntry: false })?.isSymbolicLink() === true
}
