// Streebog and GOST R 34.10-2012 as the hub uses them: digests, checking and making signatures.
//
// One WebAssembly instance per thread does the work; what its incomplete formulas cannot decide (and what no
// honest signer makes) is asked of the BigInt implementation. Importing this file starts nothing, does no IO.

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { limits } from '../../../schemas/limits.ts'
import type { Curve } from './curves.ts'
import { fromBigEndian } from './integers.ts'
import { createKeyTables, type KeyTables } from './key-tables.ts'
import { publicKeyReference, signReference, verifyReference } from './reference.ts'
import { curveImage } from './wasm/curve-image.ts'
import { kernel, kernelMemory } from './wasm/instance.ts'
import { NO, REDO, WRONG_KEY, YES } from './wasm/layout.ts'

export { createDigest, type DigestName, digest, type StreebogStream } from './streebog.ts'

const places = placesOf({
  publicKey: 128,
  digest: 64,
  signature: 128,
  privateKey: 64,
  random: 64,
  output: 128,
})
const contextOfObject = new WeakMap<Curve, number>()
const contextOfValues = new Map<string, number>()
const keyTables = new Map<number, KeyTables>()
const subgroupKeys = new LRUCache<string, boolean>({ max: limits.subgroupKeysMax })

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
  const { curve, publicKey, digest, signature } = input
  const size = curve.bits / 8
  if (publicKey.length !== 2 * size || signature.length !== 2 * size || digest.length !== size) return false
  const context = contextOf(curve)
  if (context === undefined) return verifyReference(input)
  const name = `${context}:${Buffer.from(publicKey).toString('latin1')}`
  const key: Key = { curve, context, publicKey, name }
  if (curve.cofactor !== 1 && !isInSubgroup(key)) return false
  const tables = tablesFor(key)
  const table = tables.find(name, (place) => buildTable(key, place))
  put(places.digest, digest)
  put(places.signature, signature)
  if (table !== undefined) {
    const answer = kernel.verifyWithTable(context, table, places.digest, places.signature)
    return answer === REDO ? verifyReference(input) : answer === YES
  }
  put(places.publicKey, publicKey)
  const answer = kernel.verify(context, places.publicKey, places.digest, places.signature)
  if (answer === YES) tables.remember(name)
  return answer === REDO ? verifyReference(input) : answer === YES
}

/**
 * Makes a signature s || r (RFC 7091, 6.1). random is the number k, big-endian, as long as the digest; it
 * must be fresh and secret. Undefined when k is out of 1..q-1 or gives r = 0 or s = 0: the caller draws
 * again. The private key is big-endian and as long as the digest; RangeError when it is not in 1..q-1. Which steps are
 * taken and which places of memory are read does not depend on the private key or on k.
 */
export function sign(input: {
  curve: Curve
  privateKey: Uint8Array
  digest: Uint8Array
  random: Uint8Array
}): Uint8Array | undefined {
  const { curve, privateKey, digest, random } = input
  const size = curve.bits / 8
  if (privateKey.length !== size) throw notAKey(curve)
  if (digest.length !== size) throw new RangeError(`a digest of ${size} bytes is signed on ${curve.name}`)
  if (random.length !== size) return undefined
  const context = contextOf(curve)
  if (context === undefined) return signReference({ ...input, privateKey: numberOf(curve, privateKey) })
  put(places.digest, digest)
  put(places.privateKey, privateKey)
  put(places.random, random)
  const answer = kernel.sign(context, places.output, places.digest, places.privateKey, places.random)
  wipe(places.privateKey, size)
  wipe(places.random, size)
  if (answer === WRONG_KEY) throw notAKey(curve)
  if (answer === REDO) return signReference({ ...input, privateKey: numberOf(curve, privateKey) })
  return answer === YES ? take(places.output, 2 * size) : undefined
}

/**
 * The public key x || y, little-endian each, of a private key in 1..q-1, big-endian; throws RangeError for another.
 */
export function publicKeyOf(input: { curve: Curve; privateKey: Uint8Array }): Uint8Array {
  const { curve, privateKey } = input
  const size = curve.bits / 8
  if (privateKey.length !== size) throw notAKey(curve)
  const context = contextOf(curve)
  if (context === undefined) return publicKeyReference({ curve, privateKey: numberOf(curve, privateKey) })
  put(places.privateKey, privateKey)
  const answer = kernel.publicKeyOf(context, places.output, places.privateKey)
  wipe(places.privateKey, size)
  if (answer === NO) throw notAKey(curve)
  if (answer === REDO) return publicKeyReference({ curve, privateKey: numberOf(curve, privateKey) })
  return take(places.output, 2 * size)
}

/** Whether bytes are a private key of the curve: big-endian, as long as its numbers, in 1..q-1. */
export function isPrivateKey(curve: Curve, bytes: Uint8Array): boolean {
  try {
    return publicKeyOf({ curve, privateKey: bytes }).length > 0
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * Makes a signature with k drawn from the system's random numbers. A k out of range is thrown away whole, so what is
 * used is even over 1..q-1 and the number of draws tells nothing about it.
 */
export function signRandom(input: { curve: Curve; privateKey: Uint8Array; digest: Uint8Array }): Uint8Array {
  for (;;) {
    const random = randomBytes(input.curve.bits / 8)
    // q of the sets with cofactor 4 is two bits shorter than p: do not draw what cannot be used.
    random[0] = (random[0] ?? 0) & (input.curve.cofactor === 4 ? 0x7f : 0xff)
    const signature = sign({ ...input, random })
    if (signature !== undefined) return signature
  }
}

function notAKey(curve: Curve): RangeError {
  return new RangeError(`not a private key of ${curve.name}`)
}

/** For the plain implementation, which takes over where the kernel has no room for a set or met an exception. */
function numberOf(curve: Curve, privateKey: Uint8Array): bigint {
  const value = fromBigEndian(privateKey)
  if (value === 0n || value >= curve.q) throw notAKey(curve)
  return value
}

type Key = {
  readonly curve: Curve
  readonly context: number
  readonly publicKey: Uint8Array
  readonly name: string
}

/** Whether the key is in the prime subgroup; remembered, since it costs as much as a check. */
function isInSubgroup({ context, publicKey, name }: Key): boolean {
  const known = subgroupKeys.get(name)
  if (known !== undefined) return known
  put(places.publicKey, publicKey)
  // REDO means no, too: the multiples met on the way to q - 1 are exceptional only for points of small order.
  const isMember = kernel.isKeyInSubgroup(context, places.publicKey) === YES
  subgroupKeys.set(name, isMember)
  return isMember
}

/** The tables of keys as long as this one: tables of one length take each other's places. */
function tablesFor({ curve, context }: Key): KeyTables {
  const known = keyTables.get(curve.bits)
  if (known !== undefined) return known
  const tableBytes = kernel.keyTableBytes(context)
  const tables = createKeyTables({
    tablesMax: Math.floor(limits.keyTablesBytesMax / tableBytes),
    namesMax: limits.goodKeysMax,
    allocate: () => kernel.allocate(tableBytes),
  })
  keyTables.set(curve.bits, tables)
  return tables
}

function buildTable({ context, publicKey }: Key, place: number): boolean {
  put(places.publicKey, publicKey)
  return kernel.buildKeyTable(context, place, places.publicKey) === YES
}

/** The set's place in the kernel's memory; undefined when there is no room for one more. */
function contextOf(curve: Curve): number | undefined {
  const known = contextOfObject.get(curve)
  if (known !== undefined) return known
  const { bits, p, a, b, q, x, y } = curve
  const values = [bits, p, a, b, q, x, y].join()
  const context =
    contextOfValues.get(values) ??
    (contextOfValues.size < limits.kernelCurvesMax ? addCurve(curve) : undefined)
  if (context === undefined) return undefined
  contextOfValues.set(values, context)
  contextOfObject.set(curve, context)
  return context
}

function addCurve(curve: Curve): number {
  const image = curveImage(curve)
  const context = kernel.allocate(image.length)
  put(context, image)
  return context
}

function placesOf<Name extends string>(lengths: Record<Name, number>): Record<Name, number> {
  const places = { ...lengths }
  for (const name in places) places[name] = kernel.allocate(lengths[name])
  return places
}

function put(place: number, bytes: Uint8Array): void {
  kernelMemory().set(bytes, place)
}

function take(place: number, length: number): Uint8Array {
  return kernelMemory().slice(place, place + length)
}

function wipe(place: number, length: number): void {
  kernelMemory().fill(0, place, place + length)
}
