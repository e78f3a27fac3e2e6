// Public keys of every kind the hub checks signatures with: GOST by its own kernel, the others by node:crypto.

import { createPublicKey, type KeyObject } from 'node:crypto'
import { limits } from '../../schemas/limits.ts'
import { algorithmsOf } from './algorithms.ts'
import { oids } from './der/oids.ts'
import { DerReader, type Element, tags } from './der/reader.ts'
import { expectElement, readBitString, readOctets, readOid, readSequence } from './der/values.ts'
import { join, sequence } from './der/write.ts'
import { type Curve, curveByOid } from './gost/curves.ts'
import { fromLittleEndian } from './gost/integers.ts'
import { isOnCurve } from './gost/reference.ts'

/** A GOST public key: the curve, and x || y, little-endian each. */
export type GostPublicKey = { readonly curve: Curve; readonly publicKey: Uint8Array }

/**
 * The key of a SubjectPublicKeyInfo. `other` is opened at its first use (openKey); keys of algorithms nobody here
 * knows are `other` too and open to nothing. `spki` is a view of the certificate's bytes.
 */
export type PublicKey =
  | ({ readonly kind: 'gost'; readonly spki: Uint8Array } & GostPublicKey)
  | { readonly kind: 'other'; readonly algorithm: string; readonly spki: Uint8Array }

/**
 * Reads SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). A GOST key (RFC 9215, 4) has parameters { paramSet, digestParamSet
 * OPTIONAL } and stands as an OCTET STRING inside the BIT STRING; a named digest must be the one of the curve. A GOST
 * key of an unknown set or a wrong length is `other`. Throws DerError.
 */
export function readPublicKey(reader: DerReader, element: Element | undefined): PublicKey {
  const [algorithm, bits] = readSequence(reader, element)
  const [oid, parameters] = readSequence(reader, algorithm)
  const spki = reader.encoding(expectElement(element, tags.sequence, true))
  const keyOid = readOid(reader, oid)
  const other = { kind: 'other', algorithm: keyOid, spki } as const
  if (keyOid !== oids.gostKey256 && keyOid !== oids.gostKey512) return other
  const [paramSet, digestParamSet] = readSequence(reader, parameters)
  const curve = curveByOid(readOid(reader, paramSet))
  if (curve === undefined || keyOid !== algorithmsOf(curve.bits).keyOid) return other
  if (digestParamSet !== undefined && readOid(reader, digestParamSet) !== curve.digestOid) return other
  const inner = new DerReader(readBitString(reader, bits))
  const publicKey = readOctets(inner, inner.whole())
  return publicKey.length === curve.bits / 4 ? { kind: 'gost', curve, publicKey, spki } : other
}

const opened = new WeakMap<Uint8Array, KeyObject | null>()

/**
 * The key for node:crypto, opened once. Undefined for what OpenSSL refuses (points off the curve, broken numbers), for
 * RSA and DSA moduli above rsaBitsMax, for keys anybody can sign with, and for algorithms outside of RSA, DSA, ECDSA, Ed25519 and Ed448.
 */
export function openKey(key: PublicKey & { kind: 'other' }): KeyObject | undefined {
  const known = opened.get(key.spki)
  if (known !== undefined) return known ?? undefined
  const fresh = open(key)
  opened.set(key.spki, fresh ?? null)
  return fresh
}

function open(key: PublicKey & { kind: 'other' }): KeyObject | undefined {
  const isKnown = knownAlgorithms.has(key.algorithm)
  if (!isKnown || key.spki.length > limits.publicKeyBytesMax) return undefined
  try {
    const object = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' })
    const isTooLong = (object.asymmetricKeyDetails?.modulusLength ?? 0) > limits.rsaBitsMax
    return isTooLong || isAnybodys(key, object) ? undefined : object
  } catch {
    // OpenSSL's reasons are of no use here: the key cannot be used, and that is what the caller says.
    return undefined
  }
}

/**
 * OpenSSL opens these: RSA exponents below three, which leave a number as it is, or even, which are no exponents (RFC 8017,
 * 3.1), and the point at infinity, which takes the key out of the equation (SEC 1, 3.2.2.1).
 */
function isAnybodys(key: PublicKey, { asymmetricKeyDetails, asymmetricKeyType }: KeyObject): boolean {
  const exponent = asymmetricKeyDetails?.publicExponent
  if (exponent !== undefined) return exponent < 3n || exponent % 2n === 0n
  if (asymmetricKeyType !== 'ec') return false
  const reader = new DerReader(key.spki)
  const [, point] = readSequence(reader, reader.whole())
  return readBitString(reader, point)[0] === 0
}

const knownAlgorithms: ReadonlySet<string> = new Set([
  oids.rsaEncryption,
  oids.rsaPss,
  oids.dsaKey,
  oids.ecPublicKey,
  oids.ed25519,
  oids.ed448,
])

/**
 * A DSA key that leaves its parameters out takes those of the key that certified it (RFC 3279, 2.3.2). Undefined when
 * it lacks them and the other has none to give; any other key is given back as it is.
 */
export function completeKey(key: PublicKey, certifiedBy: PublicKey): PublicKey | undefined {
  if (!lacksParameters(key)) return key
  if (certifiedBy.kind !== 'other' || certifiedBy.algorithm !== oids.dsaKey || lacksParameters(certifiedBy))
    return
  const from = new DerReader(certifiedBy.spki)
  const own = new DerReader(key.spki)
  const [algorithm] = readSequence(from, from.whole())
  const [, bits] = readSequence(own, own.whole())
  if (algorithm === undefined || bits === undefined) return
  const spki = join(sequence(from.encoding(algorithm), own.encoding(bits)))
  return { kind: 'other', algorithm: oids.dsaKey, spki }
}

/** Whether a key is one of DSA without its parameters. */
export function lacksParameters(key: PublicKey): boolean {
  if (key.kind !== 'other' || key.algorithm !== oids.dsaKey) return false
  const reader = new DerReader(key.spki)
  const [algorithm] = readSequence(reader, reader.whole())
  return readSequence(reader, algorithm)[1]?.tag !== tags.sequence
}

/** Whether a key can be used: a point of its curve, a named curve, a number OpenSSL takes, within rsaBitsMax. */
export function isUsableKey(key: PublicKey): boolean {
  if (key.kind === 'gost') {
    const size = key.publicKey.length / 2
    const [x, y] = [key.publicKey.subarray(0, size), key.publicKey.subarray(size)]
    return isOnCurve(key.curve, { x: fromLittleEndian(x), y: fromLittleEndian(y) })
  }
  const object = openKey(key)
  const isNamed = object?.asymmetricKeyType !== 'ec' || object.asymmetricKeyDetails?.namedCurve !== undefined
  return object !== undefined && isNamed
}

/** Whether two keys are the same octets of SubjectPublicKeyInfo. */
export function isSameKey(one: PublicKey, other: PublicKey): boolean {
  return Buffer.compare(one.spki, other.spki) === 0
}

/** What a report calls a key: the GOST set, or algorithm and size. */
export function describeKey(key: PublicKey): string {
  if (key.kind === 'gost') return key.curve.name
  const object = openKey(key)
  const { modulusLength, namedCurve } = object?.asymmetricKeyDetails ?? {}
  return object === undefined
    ? key.algorithm
    : [object.asymmetricKeyType, namedCurve ?? modulusLength].filter(Boolean).join(' ')
}
