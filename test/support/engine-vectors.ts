// Signatures recorded from OpenSSL's GOST engine (make-engine-vectors.ts), and the messages they are over.

import { readFileSync } from 'node:fs'

export type EngineVector = {
  readonly oid: string
  readonly bits: 256 | 512
  /** The inside of the OCTET STRING that ends the key's SPKI: x || y, little-endian each. */
  readonly publicKey: Buffer
  /** s || r, big-endian each, one per message. */
  readonly signatures: readonly Buffer[]
}

/** The message of a recorded signature: lengths from 0 bytes over several blocks of the digest. */
export function vectorMessage(index: number): Buffer {
  return Buffer.from(`Слово о полку № ${index}. `.repeat(index))
}

/** All recorded signatures, one entry per key. */
export function readEngineVectors(): EngineVector[] {
  const url = new URL('../fixtures/gost/engine-vectors.json', import.meta.url)
  const entries: { oid: string; bits: 256 | 512; spki: string; signatures: string[] }[] = JSON.parse(
    readFileSync(url, 'utf8'),
  )
  return entries.map(({ oid, bits, spki, signatures }) => ({
    oid,
    bits,
    publicKey: Buffer.from(spki, 'base64').subarray(-bits / 4),
    signatures: signatures.map((signature) => Buffer.from(signature, 'base64')),
  }))
}
