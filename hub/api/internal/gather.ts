// Gathers the bytes of a stream, counting them as they are allocated, never more than is allowed.

import type { Readable } from 'node:stream'
import { limits } from '../../../schemas/limits.ts'
import type { Visit } from './capacity.ts'
import { refused } from './checks.ts'

/** The bytes of one request: all its parts together stay within a bound. */
export type Account = {
  /** Counts more bytes; throws api.too-large beyond the bound of the request, api.busy beyond that of the plane. */
  take(bytes: number): void
}

/** An account of a request. `weight`: how often each byte is in memory while it is read. */
export function openAccount(visit: Visit, of: { bytesMax: number; weight: number }): Account {
  let total = 0
  return {
    take(bytes) {
      total += bytes
      if (total > of.bytesMax) throw tooLarge(of.bytesMax)
      if (!visit.grow(total * of.weight)) throw refused('api.busy', 'нет места в памяти (no memory left)')
    },
  }
}

/** The error of a request that is larger than allowed. */
export function tooLarge(bytesMax: number, at?: string): Error {
  return refused('api.too-large', `больше (more than) ${bytesMax} bytes`, at)
}

/** Gathers a whole stream. Throws api.cut-short when it ends early. The stream is not destroyed by a refusal. */
export async function gather(stream: Readable, account: Account, bytesMax: number): Promise<Uint8Array> {
  let bytes = new Uint8Array(0)
  let size = 0
  const pieces = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  for (;;) {
    const piece = await nextPiece(pieces)
    if (piece === undefined) break
    if (size + piece.length > bytesMax) throw tooLarge(bytesMax)
    if (size + piece.length > bytes.length) {
      const wanted = Math.max(bytes.length * 2, Math.min(limits.bodyFirstBytes, bytesMax) / 16)
      const capacity = Math.min(Math.max(size + piece.length, wanted), bytesMax)
      account.take(capacity - bytes.length)
      bytes = new Uint8Array(bytes.buffer.transfer(capacity))
    }
    bytes.set(piece, size)
    size += piece.length
  }
  account.take(size - bytes.length)
  return size === bytes.length ? bytes : new Uint8Array(bytes.buffer.transfer(size))
}

async function nextPiece(pieces: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  try {
    const { done, value } = await pieces.next()
    return done === true ? undefined : value
  } catch (error) {
    // Only the stream fails here: the client went away, or the form around the part is broken.
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
    throw refused('api.cut-short', typeof code === 'string' ? code : 'malformed')
  }
}
