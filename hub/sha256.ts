// SHA-256 of bytes of any size, without stopping the event loop.

import { hash, webcrypto } from 'node:crypto'
import { limits } from '../schemas/limits.ts'

/** SHA-256; of more than limits.digestInlineBytesMax in another thread, for 256 MiB take tenths of a second. */
export async function sha256Of(bytes: Uint8Array): Promise<Buffer> {
  if (bytes.length <= limits.digestInlineBytesMax) return hash('sha256', bytes, 'buffer')
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}
