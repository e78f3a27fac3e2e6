// Streebog and GOST R 34.10-2012 as the hub uses them: digests, checking and making signatures.

import { randomBytes } from 'node:crypto'
import type { Curve } from './curves.ts'
import { publicKeyReference, signReference, streebogReference, verifyReference } from './reference.ts'

export type DigestName = 'streebog256' | 'streebog512'

export type StreebogStream = { update(bytes: Uint8Array): void; digest(): Uint8Array }

/** The digest of bytes, 32 or 64 bytes long. */
export function digest(name: DigestName, bytes: Uint8Array): Uint8Array {
  return streebogReference(name === 'streebog256' ? 256 : 512, bytes)
}

/** A digest of bytes that come in pieces. digest() may be called once, as the last. */
export function createDigest(name: DigestName): StreebogStream {
  const pieces: Uint8Array[] = []
  return {
    update: (bytes) => void pieces.push(Uint8Array.from(bytes)),
    digest: () => digest(name, Buffer.concat(pieces)),
  }
}

/**
 * Checks a signature (RFC 7091, 6.2). publicKey is x || y, little-endian each, the inside of the SPKI's OCTET
 * STRING; signature is s || r, big-endian each; digest is the bytes as Streebog gives them. Never throws on
 * hostile input: whatever is malformed is false.
 */
export function verify(input: {
  curve: Curve
  publicKey: Uint8Array
  digest: Uint8Array
  signature: Uint8Array
}): boolean {
  return verifyReference(input)
}

/**
 * Makes a signature s || r (RFC 7091, 6.1). random is the number k, big-endian, as long as the digest; it must be
 * fresh and secret. Undefined when k is out of 1..q-1 or gives r = 0 or s = 0: the caller draws again.
 */
export function sign(input: {
  curve: Curve
  privateKey: bigint
  digest: Uint8Array
  random: Uint8Array
}): Uint8Array | undefined {
  return signReference(input)
}

/** The public key x || y, little-endian each, of a private key in 1..q-1. */
export function publicKeyOf(input: { curve: Curve; privateKey: bigint }): Uint8Array {
  return publicKeyReference(input)
}

/** Makes a signature with k drawn from the system's random numbers. */
export function signRandom(input: { curve: Curve; privateKey: bigint; digest: Uint8Array }): Uint8Array {
  for (;;) {
    const random = randomBytes(input.curve.bits / 8)
    // q of TC26-256-A and TC26-512-C is a bit shorter than the field: do not draw what cannot be used.
    random[0] = (random[0] ?? 0) & (input.curve.cofactor === 4 ? 0x7f : 0xff)
    const signature = sign({ ...input, random })
    if (signature !== undefined) return signature
  }
}
