// SFTP version 3 on the wire (draft-ietf-secsh-filexfer-02): requests read from bytes, answers written to bytes.
// ssh2's own reader makes text of every name, so that names in other codings are lost; here names stay bytes.

import assert from 'node:assert/strict'

/** Status codes of version 3. */
export const statuses = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const

/** Bits of the flags of OPEN. */
export const openBits = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const

/** Attributes as far as they are given; times in seconds. */
export type Attributes = {
  size?: number
  uid?: number
  gid?: number
  mode?: number
  atime?: number
  mtime?: number
}

/** A request. Paths and names are byte strings: latin1 text of the bytes on the wire, whatever coding they are in. */
export type Request = { id: number } & (
  | { op: 'open'; path: string; flags: number; attributes: Attributes }
  | { op: 'close' | 'fstat' | 'readdir' | 'fsync'; handle: string }
  | { op: 'read'; handle: string; offset: number; length: number }
  | { op: 'write'; handle: string; offset: number; bytes: Buffer }
  | { op: 'lstat' | 'stat' | 'opendir' | 'remove' | 'rmdir' | 'realpath' | 'readlink'; path: string }
  | { op: 'setstat' | 'mkdir'; path: string; attributes: Attributes }
  | { op: 'fsetstat'; handle: string; attributes: Attributes }
  | { op: 'rename' | 'posix-rename' | 'symlink'; path: string; newPath: string }
  | { op: 'unknown' }
)

/** An answer, before it has the id of its request. */
export type Answer =
  | { is: 'status'; code: number; text?: string }
  | { is: 'handle'; handle: string }
  | { is: 'bytes'; bytes: Buffer }
  | { is: 'names'; names: readonly { name: string; longName: string; attributes: Attributes }[] }
  | { is: 'attributes'; attributes: Attributes }

const packetBytesMax = 256 * 1024

/** Cuts a stream into packets without their lengths. Throws on a packet that is too long or empty. */
export function makeSplitter(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const packets: Buffer[] = []
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0)
      if (length === 0 || length > packetBytesMax) throw new RangeError(`a packet of ${length} bytes`)
      if (rest.length < 4 + length) break
      packets.push(rest.subarray(4, 4 + length))
      rest = rest.subarray(4 + length)
    }
    return packets
  }
}

/** True for the first packet of a session. */
export function isInit(packet: Buffer): boolean {
  return packet[0] === 1
}

/** The answer to INIT: version 3 and the extensions that are announced, with their versions. */
export function writeVersion(extensions: readonly (readonly [name: string, version: string])[]): Buffer {
  const pairs = extensions.flat().map((text) => lengthAnd(Buffer.from(text)))
  return lengthAnd(Buffer.concat([Buffer.from([2]), uint32(3), ...pairs]))
}

/** Reads a request. Throws a RangeError when it ends too early. */
export function readRequest(packet: Buffer): Request {
  const from = new Reading(packet)
  const type = from.octet()
  const id = from.uint32()
  const byType: Readonly<Record<number, () => Request>> = {
    3: () => ({ id, op: 'open', path: from.text(), flags: from.uint32(), attributes: from.attributes() }),
    4: () => ({ id, op: 'close', handle: from.text() }),
    5: () => ({ id, op: 'read', handle: from.text(), offset: from.uint64(), length: from.uint32() }),
    6: () => ({ id, op: 'write', handle: from.text(), offset: from.uint64(), bytes: from.bytes() }),
    7: () => ({ id, op: 'lstat', path: from.text() }),
    8: () => ({ id, op: 'fstat', handle: from.text() }),
    9: () => ({ id, op: 'setstat', path: from.text(), attributes: from.attributes() }),
    10: () => ({ id, op: 'fsetstat', handle: from.text(), attributes: from.attributes() }),
    11: () => ({ id, op: 'opendir', path: from.text() }),
    12: () => ({ id, op: 'readdir', handle: from.text() }),
    13: () => ({ id, op: 'remove', path: from.text() }),
    14: () => ({ id, op: 'mkdir', path: from.text(), attributes: from.attributes() }),
    15: () => ({ id, op: 'rmdir', path: from.text() }),
    16: () => ({ id, op: 'realpath', path: from.text() }),
    17: () => ({ id, op: 'stat', path: from.text() }),
    18: () => ({ id, op: 'rename', path: from.text(), newPath: from.text() }),
    19: () => ({ id, op: 'readlink', path: from.text() }),
    20: () => ({ id, op: 'symlink', path: from.text(), newPath: from.text() }),
    200: () => readExtended(id, from),
  }
  return byType[type]?.() ?? { id, op: 'unknown' }
}

function readExtended(id: number, from: Reading): Request {
  const name = from.text()
  if (name === 'posix-rename@openssh.com') {
    return { id, op: 'posix-rename', path: from.text(), newPath: from.text() }
  }
  return name === 'fsync@openssh.com' ? { id, op: 'fsync', handle: from.text() } : { id, op: 'unknown' }
}

/** Writes an answer to the request of this id, its length first. */
export function writeAnswer(id: number, answer: Answer): Buffer {
  const [type, ...parts] = bodyOf(answer)
  return lengthAnd(Buffer.concat([Buffer.from([type]), uint32(id), ...parts]))
}

function bodyOf(answer: Answer): [type: number, ...parts: Buffer[]] {
  switch (answer.is) {
    case 'status':
      return [101, uint32(answer.code), lengthAnd(Buffer.from(answer.text ?? '')), uint32(0)]
    case 'handle':
      return [102, byteText(answer.handle)]
    case 'bytes':
      return [103, lengthAnd(answer.bytes)]
    case 'names': {
      const entries = answer.names.flatMap(({ name, longName, attributes }) => [
        byteText(name),
        byteText(longName),
        writeAttributes(attributes),
      ])
      return [104, uint32(answer.names.length), ...entries]
    }
    case 'attributes':
      return [105, writeAttributes(answer.attributes)]
  }
}

const attributeBits = { size: 1, owner: 2, mode: 4, times: 8, extended: 0x8000_0000 } as const

function writeAttributes({ size, uid, gid, mode, atime, mtime }: Attributes): Buffer {
  let flags = 0
  const parts: Buffer[] = []
  const add = (bit: number, ...values: Buffer[]) => {
    flags |= bit
    parts.push(...values)
  }
  if (size !== undefined) add(attributeBits.size, uint64(size))
  if (uid !== undefined && gid !== undefined) add(attributeBits.owner, uint32(uid), uint32(gid))
  if (mode !== undefined) add(attributeBits.mode, uint32(mode))
  if (atime !== undefined && mtime !== undefined) add(attributeBits.times, uint32(atime), uint32(mtime))
  return Buffer.concat([uint32(flags), ...parts])
}

/** Reads fields one after the other; each throws a RangeError behind the end. */
class Reading {
  readonly #from: Buffer
  #at = 0

  constructor(from: Buffer) {
    this.#from = from
  }

  octet(): number {
    return this.#from.readUInt8(this.#at++)
  }

  uint32(): number {
    const value = this.#from.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }

  uint64(): number {
    const value = this.#from.readBigUInt64BE(this.#at)
    this.#at += 8
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${value} is beyond every file`)
    return Number(value)
  }

  bytes(): Buffer {
    const length = this.uint32()
    const end = this.#at + length
    if (end > this.#from.length) throw new RangeError(`${length} bytes are announced`)
    const bytes = this.#from.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  text(): string {
    return this.bytes().toString('latin1')
  }

  attributes(): Attributes {
    const flags = this.uint32()
    const read: Attributes = {}
    if ((flags & attributeBits.size) !== 0) read.size = this.uint64()
    if ((flags & attributeBits.owner) !== 0) Object.assign(read, { uid: this.uint32(), gid: this.uint32() })
    if ((flags & attributeBits.mode) !== 0) read.mode = this.uint32()
    if ((flags & attributeBits.times) !== 0)
      Object.assign(read, { atime: this.uint32(), mtime: this.uint32() })
    return read
  }
}

function byteText(text: string): Buffer {
  return lengthAnd(Buffer.from(text, 'latin1'))
}

function lengthAnd(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

function uint64(value: number): Buffer {
  assert(Number.isSafeInteger(value))
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
