// Holds a GOST private key: reads and writes it as PKCS#8 and signs with it.

import { randomBytes } from 'node:crypto'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { algorithmsOf } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { oids } from './der/oids.ts'
import { DerError, DerReader, tags } from './der/reader.ts'
import { equalBytes, readInteger, readOctets, readOid, readSequence, readSmallInteger } from './der/values.ts'
import { join, objectIdentifier, octetString, sequence, smallInteger } from './der/write.ts'
import { type Curve, curveByOid } from './gost/curves.ts'
import { fromLittleEndian, toBigEndian } from './gost/integers.ts'
import { isPrivateKey, publicKeyOf, signRandom } from './gost/kernel.ts'
import { readPem, writePem } from './pem.ts'

/** A private key. The number is held as octets, never as a BigInt, and out of reach of logs, JSON and inspection. */
export class PrivateKey {
  readonly curve: Curve
  readonly #secret: Uint8Array
  readonly #publicKey: Uint8Array

  /** The number, big-endian and as long as those of the curve, must be in 1..q-1: RangeError when it is not. */
  constructor(curve: Curve, secret: Uint8Array) {
    this.curve = curve
    this.#secret = Uint8Array.from(secret)
    this.#publicKey = publicKeyOf({ curve, privateKey: secret })
  }

  /** A new key from the system's random numbers. */
  static generate(curve: Curve): PrivateKey {
    const bits = curve.q.toString(2).length
    for (;;) {
      // Numbers drawn evenly below a power of two and thrown away when too large are even below q.
      const secret = randomBytes(curve.bits / 8)
      secret[0] = (secret[0] ?? 0) & (0xff >> (curve.bits - bits))
      if (isPrivateKey(curve, secret)) return new PrivateKey(curve, secret)
    }
  }

  /** The public key x || y, little-endian each. */
  publicKey(): Uint8Array {
    return Uint8Array.from(this.#publicKey)
  }

  /** The signature s || r of a digest as long as the key. */
  sign(digest: Uint8Array): Uint8Array {
    return signRandom({ curve: this.curve, privateKey: this.#secret, digest })
  }

  /** Unencrypted PKCS#8 in PEM, as OpenSSL's engine writes it: the number in little-endian octets. */
  toPem(): string {
    const octets = reversed(this.#secret)
    const algorithm = sequence(
      objectIdentifier(algorithmsOf(this.curve.bits).keyOid),
      keyParameters(this.curve),
    )
    return writePem('PRIVATE KEY', join(sequence(smallInteger(0), algorithm, octetString(octets))))
  }
}

/** The parameters of a key under its TC26 name, for which naming the digest is optional (RFC 9215, 4.2). */
export function keyParameters(curve: Curve): ReturnType<typeof sequence> {
  const [paramSet = ''] = curve.oids
  return sequence(objectIdentifier(paramSet))
}

/**
 * Reads the first private key of a PEM text (PKCS#8 unencrypted) and checks that it belongs to the certificate.
 * Refused with key.broken when it is none or none of GOST R 34.10-2012, with key.foreign when it is another's.
 */
export function readPrivateKey(pem: string, certificate: Certificate): PrivateKey | Refusal {
  const key = parsePrivateKey(pem)
  if (isRefusal(key)) return key
  const expected = certificate.key
  if (expected === undefined) return refuse('key.foreign', 'the certificate holds no known GOST key')
  // Two names of one set of values give the same object, so this compares the values.
  if (key.curve !== expected.curve) {
    return refuse('key.foreign', `a key on ${key.curve.name}, the certificate's is on ${expected.curve.name}`)
  }
  if (equalBytes(key.publicKey(), expected.publicKey)) return key
  return refuse('key.foreign', `the public key is not that of certificate ${certificate.thumbprint}`)
}

/** Reads the first private key of a PEM text, whatever certificate it belongs to. */
export function parsePrivateKey(pem: string): PrivateKey | Refusal {
  const block = readPem(pem).find(({ label }) => label === 'PRIVATE KEY')
  if (block === undefined) return refuse('key.broken', 'no block PRIVATE KEY in the file')
  try {
    return readPkcs8(new DerReader(block.der))
  } catch (error) {
    if (error instanceof DerError) return refuse('key.broken', 'no PKCS#8')
    throw error
  }
}

/** PrivateKeyInfo (RFC 5208, 5); attributes and the public key of later versions are passed over. */
function readPkcs8(reader: DerReader): PrivateKey | Refusal {
  const [version, algorithm, octets] = readSequence(reader, reader.whole())
  if (readSmallInteger(reader, version) > 1 || octets === undefined) return refuse('key.broken', 'no PKCS#8')
  const [oid, parameters] = readSequence(reader, algorithm)
  const keyOid = readOid(reader, oid)
  if (keyOid !== oids.gostKey256 && keyOid !== oids.gostKey512) {
    return refuse('key.broken', `a key of algorithm ${keyOid}`)
  }
  const paramSet = readOid(reader, readSequence(reader, parameters)[0])
  const curve = curveByOid(paramSet)
  if (curve === undefined || algorithmsOf(curve.bits).keyOid !== keyOid) {
    return refuse('key.broken', `a key with parameters ${paramSet}`)
  }
  const secret = readSecret(readOctets(reader, octets), curve)
  if (secret === undefined || !isPrivateKey(curve, secret))
    return refuse('key.broken', 'an impossible number')
  return new PrivateKey(curve, secret)
}

/**
 * The number of a key in the forms met: little-endian octets (R 1323565.1.025 without masks, OpenSSL), the same with
 * masks to be multiplied in (CryptoPro), an OCTET STRING around the octets, or an INTEGER (older OpenSSL engines).
 */
function readSecret(octets: Uint8Array, curve: Curve): Uint8Array | undefined {
  const size = curve.bits / 8
  if (octets.length === size) return reversed(octets)
  if (octets.length > 0 && octets.length % size === 0 && octets.length <= 3 * size) {
    return unmasked(octets, curve)
  }
  const reader = new DerReader(octets)
  const inner = reader.whole()
  if (inner.tag === tags.integer) return padded(readInteger(reader, inner), size)
  const wrapped = readOctets(reader, inner)
  return wrapped.length === size ? reversed(wrapped) : undefined
}

/** The product of the masked number and its masks modulo q; once, when the key is read. */
function unmasked(octets: Uint8Array, curve: Curve): Uint8Array {
  const size = curve.bits / 8
  let secret = 1n
  for (let at = 0; at < octets.length; at += size) {
    secret = (secret * fromLittleEndian(octets.subarray(at, at + size))) % curve.q
  }
  return toBigEndian(secret, size)
}

/** An unsigned number brought to the length wanted; undefined when it is longer. */
function padded(octets: Uint8Array, size: number): Uint8Array | undefined {
  const spare = octets.length - size
  if (spare > 0 && octets.subarray(0, spare).some((octet) => octet !== 0)) return undefined
  const last = octets.subarray(Math.max(0, spare))
  return Buffer.concat([new Uint8Array(size - last.length), last])
}

function reversed(octets: Uint8Array): Uint8Array {
  return Uint8Array.from(octets).reverse()
}
