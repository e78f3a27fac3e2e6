// The texts of facts and verdict as they are kept: packed together, to be read back octet by octet.

import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'
import { limits } from '../../../schemas/limits.ts'
import { dictionary1 } from './dictionary.ts'

/** The very texts that were digested; neither holds a line feed, for JSON escapes it. */
export type VerdictTexts = { readonly facts: string; readonly verdict: string }

/** By the first octet of what is packed; a number is never given to anything else. */
const dictionaries: ReadonlyMap<number, Uint8Array> = new Map([[1, dictionary1]])
const packing = { number: 1, dictionary: dictionary1, level: 3 }
const headerLength = 5

const deflateBeside = promisify(deflateRaw)
const inflateBeside = promisify(inflateRaw)

/**
 * Packs the texts: one octet for the dictionary, four for the length of what follows, then facts, a line feed and the verdict
 * (what is digested) by RFC 1951. Longer ones than verdictPackedAtOnceBytesMax are packed beside the event loop.
 */
export async function packVerdictTexts({ facts, verdict }: VerdictTexts): Promise<Buffer> {
  const text = Buffer.from(`${facts}\n${verdict}`)
  const header = Buffer.alloc(headerLength)
  header.writeUInt8(packing.number)
  header.writeUInt32BE(text.length, 1)
  const { dictionary, level } = packing
  const deflate = text.length > limits.verdictPackedAtOnceBytesMax ? deflateBeside : deflateRawSync
  return Buffer.concat([header, await deflate(text, { dictionary, level })])
}

/** Unpacks the texts, into no more octets than were packed. Throws when that is not what is there. */
export async function unpackVerdictTexts(packed: Uint8Array): Promise<VerdictTexts> {
  const header = Buffer.from(packed.buffer, packed.byteOffset, Math.min(packed.length, headerLength))
  const dictionary = dictionaries.get(header[0] ?? 0)
  if (dictionary === undefined || header.length < headerLength)
    throw new Error(`texts of a verdict are packed in an unknown way: ${header.toString('hex')}`)
  const length = header.readUInt32BE(1)
  const inflate = length > limits.verdictPackedAtOnceBytesMax ? inflateBeside : inflateRawSync
  // Room for one octet more: zlib takes no bound of nothing, and one too many is seen below.
  const options = { dictionary, maxOutputLength: length + 1 }
  const text = await inflate(packed.subarray(headerLength), options)
  const end = text.indexOf('\n')
  if (text.length !== length || end < 0)
    throw new Error(`texts of a verdict have ${text.length} octets instead of ${length}`)
  return { facts: text.toString('utf8', 0, end), verdict: text.toString('utf8', end + 1) }
}
