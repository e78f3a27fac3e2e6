// Signature algorithms by their identifiers, and the one check of a signature by any of them (RFC 5280, 4055, 5758, 9215).

import { constants, createHash, verify as verifyNode } from 'node:crypto'
import { readPlainAlgorithm } from './algorithms.ts'
import { oids } from './der/oids.ts'
import { context, DerError, type DerReader, type Element, tags } from './der/reader.ts'
import { readInteger, readOid, readSequence } from './der/values.ts'
import { type DigestName, digest as streebog, verify as verifyGost } from './gost/kernel.ts'
import { openKey, type PublicKey } from './public-key.ts'

/** A digest by the name the code uses. */
export type AnyDigest = DigestName | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'md5'

/** How a signature was made. `digest` is undefined for EdDSA, which signs the bytes themselves. */
export type SignatureScheme = {
  readonly family: 'gost' | 'rsa' | 'rsa-pss' | 'ecdsa' | 'dsa' | 'eddsa'
  readonly digest: AnyDigest | undefined
  /** Octets of salt of RSASSA-PSS. */
  readonly saltLength?: number
}

const plainSchemes: ReadonlyMap<string, SignatureScheme> = new Map([
  [oids.gostSignature256, { family: 'gost', digest: 'streebog256' }],
  [oids.gostSignature512, { family: 'gost', digest: 'streebog512' }],
  [oids.md5WithRsa, { family: 'rsa', digest: 'md5' }],
  [oids.sha1WithRsa, { family: 'rsa', digest: 'sha1' }],
  [oids.sha224WithRsa, { family: 'rsa', digest: 'sha224' }],
  [oids.sha256WithRsa, { family: 'rsa', digest: 'sha256' }],
  [oids.sha384WithRsa, { family: 'rsa', digest: 'sha384' }],
  [oids.sha512WithRsa, { family: 'rsa', digest: 'sha512' }],
  [oids.sha1WithDsa, { family: 'dsa', digest: 'sha1' }],
  [oids.sha224WithDsa, { family: 'dsa', digest: 'sha224' }],
  [oids.sha256WithDsa, { family: 'dsa', digest: 'sha256' }],
  [oids.sha1WithEcdsa, { family: 'ecdsa', digest: 'sha1' }],
  [oids.sha224WithEcdsa, { family: 'ecdsa', digest: 'sha224' }],
  [oids.sha256WithEcdsa, { family: 'ecdsa', digest: 'sha256' }],
  [oids.sha384WithEcdsa, { family: 'ecdsa', digest: 'sha384' }],
  [oids.sha512WithEcdsa, { family: 'ecdsa', digest: 'sha512' }],
  [oids.ed25519, { family: 'eddsa', digest: undefined }],
  [oids.ed448, { family: 'eddsa', digest: undefined }],
])

const digestNames: ReadonlyMap<string, AnyDigest> = new Map([
  [oids.streebog256, 'streebog256'],
  [oids.streebog512, 'streebog512'],
  [oids.md5, 'md5'],
  [oids.sha1, 'sha1'],
  [oids.sha224, 'sha224'],
  [oids.sha256, 'sha256'],
  [oids.sha384, 'sha384'],
  [oids.sha512, 'sha512'],
])

/** The digest an identifier names, or undefined. */
export function digestNameOf(oid: string): AnyDigest | undefined {
  return digestNames.get(oid)
}

/** The digest of bytes by name. */
export function digestBytes(name: AnyDigest, bytes: Uint8Array): Uint8Array {
  if (name === 'streebog256' || name === 'streebog512') return streebog(name, bytes)
  return createHash(name).update(bytes).digest()
}

/**
 * Reads the AlgorithmIdentifier of a certificate, CRL or OCSP answer. Parameters are absent or NULL, except those of
 * RSASSA-PSS (RFC 4055, 3.1), whose digest and mask digest must be the same. Undefined for what nobody here knows;
 * throws DerError for what is malformed.
 */
export function readSignatureScheme(
  reader: DerReader,
  element: Element | undefined,
): SignatureScheme | undefined {
  const [oid, parameters] = readSequence(reader, element)
  if (readOid(reader, oid) === oids.rsaPss) return readPssParameters(reader, parameters)
  const scheme = plainSchemes.get(readOid(reader, oid))
  if (scheme !== undefined) readPlainAlgorithm(reader, element)
  return scheme
}

let checksDone = 0

/** How many signatures this thread has checked here so far; tests bound work by the difference. */
export function signatureChecks(): number {
  return checksDone
}

/**
 * Whether `signature` is the key's over `bytes`. GOST: s || r, big-endian each (RFC 9215, 2). A scheme of another family
 * or size than the key is false, and so is whatever OpenSSL refuses. Never throws.
 */
export function verifySignature(input: {
  key: PublicKey
  scheme: SignatureScheme
  bytes: Uint8Array
  signature: Uint8Array
}): boolean {
  const { key, scheme, bytes, signature } = input
  checksDone += 1
  if (key.kind === 'gost') {
    const name = key.curve.bits === 256 ? 'streebog256' : 'streebog512'
    if (scheme.family !== 'gost' || scheme.digest !== name) return false
    return verifyGost({ ...key, digest: streebog(name, bytes), signature })
  }
  const object = openKey(key)
  if (object === undefined || scheme.family === 'gost') return false
  if (!keyTypes[scheme.family].includes(object.asymmetricKeyType ?? '')) return false
  try {
    const padding =
      scheme.family === 'rsa-pss'
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength ?? 0 }
        : {}
    return verifyNode(scheme.digest ?? null, bytes, { key: object, ...padding }, signature)
  } catch {
    // Keys too short for the digest, PSS restrictions of the key and the like: no valid signature.
    return false
  }
}

const keyTypes: Record<Exclude<SignatureScheme['family'], 'gost'>, readonly string[]> = {
  rsa: ['rsa'],
  'rsa-pss': ['rsa', 'rsa-pss'],
  ecdsa: ['ec'],
  dsa: ['dsa'],
  eddsa: ['ed25519', 'ed448'],
}

function readPssParameters(reader: DerReader, element: Element | undefined): SignatureScheme | undefined {
  let digest: AnyDigest | undefined = 'sha1'
  let maskDigest: AnyDigest | undefined = 'sha1'
  let saltLength = 20
  for (const field of element === undefined ? [] : readSequence(reader, element)) {
    const [value] = reader.children(field)
    if (field.tag === context(0)) digest = digestNameOf(readPlainAlgorithm(reader, value))
    else if (field.tag === context(1)) maskDigest = readMaskDigest(reader, value)
    else if (field.tag === context(2)) saltLength = readSaltLength(reader, value)
    else if (field.tag !== context(3)) throw new DerError('broken', 'unknown parameters of RSASSA-PSS')
  }
  if (digest === undefined || digest !== maskDigest) return undefined
  return { family: 'rsa-pss', digest, saltLength }
}

/** Signers are met that salt with as many octets as the key takes, which is more than one octet can count. */
function readSaltLength(reader: DerReader, element: Element | undefined): number {
  const [high = 0xff, low, ...rest] = readInteger(reader, element)
  if (high > 127 || rest.length > 0) throw new DerError('broken', `a salt too long at ${element?.start}`)
  return low === undefined ? high : high * 256 + low
}

function readMaskDigest(reader: DerReader, element: Element | undefined): AnyDigest | undefined {
  const [oid, digest] = readSequence(reader, element)
  if (readOid(reader, oid) !== oids.mgf1 || digest?.tag !== tags.sequence) return undefined
  return digestNameOf(readPlainAlgorithm(reader, digest))
}
