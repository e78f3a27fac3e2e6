// The engine's side of the trust bench: does digests, signatures and checks with OpenSSL's GOST engine and times them.

import crypto from 'node:crypto'
import { processorNs } from './processor-time.ts'

/** Work prepared once and done often; bytes are base64. */
export type EngineWork = { message: string } & (
  | { do: 'digest'; bits: 256 | 512 }
  | { do: 'sign'; bits: 256 | 512; pem: string }
  | { do: 'verify'; bits: 256 | 512; spki: string; signature: string }
)

/** Asks for a signature to check later, or for work to be done so many times. */
export type EngineQuestion = { work: EngineWork; count: number }

/** Nanoseconds of the processor for the whole, and what the last call gave, in base64. */
export type EngineAnswer = { ns: number; result: string }

const prepared = new Map<string, () => Uint8Array>()
crypto.setEngine(process.argv[2] ?? '', crypto.constants.ENGINE_METHOD_ALL)

process.on('message', ({ work, count }: EngineQuestion) => {
  const name = JSON.stringify(work)
  const run = prepared.get(name) ?? prepare(work)
  prepared.set(name, run)
  let result = run()
  const from = process.threadCpuUsage()
  for (let time = 0; time < count; time += 1) result = run()
  const ns = processorNs(from)
  process.send?.({ ns, result: Buffer.from(result).toString('base64') } satisfies EngineAnswer)
})

function prepare(work: EngineWork): () => Uint8Array {
  const name = `md_gost12_${work.bits}`
  const message = Buffer.from(work.message, 'base64')
  switch (work.do) {
    case 'digest':
      return () => crypto.createHash(name).update(message).digest()
    case 'sign': {
      const key = twice(() => crypto.createPrivateKey(work.pem))
      return () => crypto.sign(name, message, key)
    }
    case 'verify': {
      const spki = { key: Buffer.from(work.spki, 'base64'), format: 'der', type: 'spki' } as const
      const key = twice(() => crypto.createPublicKey(spki))
      const signature = Buffer.from(work.signature, 'base64')
      return () => {
        if (!crypto.verify(name, message, key, signature)) throw new Error('the engine refuses a signature')
        return signature
      }
    }
  }
}

/** The first key after a digest meets a stale entry in OpenSSL's error queue. */
function twice<Key>(read: () => Key): Key {
  try {
    return read()
  } catch {
    return read()
  }
}
