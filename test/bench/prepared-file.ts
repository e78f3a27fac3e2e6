// The file of prepared packages: records of two lengths, a JSON head with name and ids, and the bytes.

import { readFileSync } from 'node:fs'

/** One package, and the messages in it. */
export type Prepared = { name: string; ids: string[]; bytes: Buffer }

/** One record. */
export function writePrepared({ name, ids, bytes }: Omit<Prepared, 'bytes'> & { bytes: Uint8Array }): Buffer {
  const head = Buffer.from(JSON.stringify({ name, ids }))
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(head.length, 0)
  lengths.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([lengths, head, bytes])
}

/** All records of a file. */
export function readPrepared(file: string): Prepared[] {
  const all = readFileSync(file)
  const packages: Prepared[] = []
  for (let at = 0; at < all.length; ) {
    const headLength = all.readUInt32BE(at)
    const length = all.readUInt32BE(at + 4)
    const from = at + 8 + headLength
    const head = JSON.parse(all.subarray(at + 8, from).toString()) as Omit<Prepared, 'bytes'>
    packages.push({ ...head, bytes: all.subarray(from, from + length) })
    at = from + length
  }
  return packages
}
