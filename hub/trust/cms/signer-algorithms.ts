// Which algorithms a signer used, and whether digest, signature and key belong together.

import type { Found } from '../../../schemas/verdict/facts.ts'
import { algorithmsOf, readPlainAlgorithm } from '../algorithms.ts'
import { oids } from '../der/oids.ts'
import type { DerReader } from '../der/reader.ts'
import { readOid, readSequence } from '../der/values.ts'
import type { PublicKey } from '../public-key.ts'
import {
  type AnyDigest,
  digestNameOf,
  readSignatureScheme,
  type SignatureScheme,
} from '../signature-scheme.ts'
import type { Signer } from './structure.ts'

/** How a signature of a CMS was made: the digest of the content, and the scheme over attributes or content. */
export type SignerAlgorithms = { readonly digest: AnyDigest; readonly scheme: SignatureScheme }

type Family = SignatureScheme['family']

/** Keys whose own identifier may stand for the signature (RFC 3370, 3; R 1323565.1.025); the digest is the signer's. */
const familiesByKey: ReadonlyMap<string, Family> = new Map([
  [oids.rsaEncryption, 'rsa'],
  [oids.dsaKey, 'dsa'],
  [oids.ecPublicKey, 'ecdsa'],
])

const familiesOfKeys: ReadonlyMap<string, readonly Family[]> = new Map([
  [oids.rsaEncryption, ['rsa', 'rsa-pss']],
  [oids.rsaPss, ['rsa-pss']],
  [oids.dsaKey, ['dsa']],
  [oids.ecPublicKey, ['ecdsa']],
  [oids.ed25519, ['eddsa']],
  [oids.ed448, ['eddsa']],
])

/** The dotted identifier of the signature algorithm. Throws DerError. */
export function signatureOid(reader: DerReader, signer: Signer): string {
  return readOid(reader, readSequence(reader, signer.signatureAlgorithm)[0])
}

/**
 * The algorithms of a signer with a key. GOST: digest and signature of the size of the key, the signature under
 * either identifier (RFC 9215; R 1323565.1.025). Others: the digest of the signature must be that of the content, as
 * RFC 5652, 5.3 expects. Problems: cms.algorithm, cms.algorithm-unknown. Throws DerError.
 */
export function readSignerAlgorithms(
  reader: DerReader,
  signer: Signer,
  key: PublicKey,
): SignerAlgorithms | Found {
  const oid = signatureOid(reader, signer)
  const digest = digestNameOf(signer.digestAlgorithm)
  if (key.kind === 'gost') {
    readPlainAlgorithm(reader, signer.signatureAlgorithm)
    const own = algorithmsOf(key.curve.bits)
    const isOwn = signer.digestAlgorithm === own.digestOid && [own.keyOid, own.signatureOid].includes(oid)
    if (isOwn) return { digest: own.digestName, scheme: { family: 'gost', digest: own.digestName } }
    const seen = `digest ${signer.digestAlgorithm} and signature ${oid} with a key of ${own.bits} bits`
    return { problem: 'cms.algorithm', seen }
  }
  if (digest === undefined) {
    return { problem: 'cms.algorithm-unknown', seen: `digest ${signer.digestAlgorithm}` }
  }
  const families = familiesOfKeys.get(key.algorithm)
  const byKey = familiesByKey.get(oid)
  if (byKey !== undefined) readPlainAlgorithm(reader, signer.signatureAlgorithm)
  const scheme: SignatureScheme | undefined =
    byKey === undefined ? readSignatureScheme(reader, signer.signatureAlgorithm) : { family: byKey, digest }
  if (families === undefined) return { problem: 'cms.algorithm-unknown', seen: `key ${key.algorithm}` }
  if (scheme === undefined) return { problem: 'cms.algorithm-unknown', seen: `signature ${oid}` }
  const isOneDigest = scheme.digest === undefined || scheme.digest === digest
  const isOfKey = families.includes(scheme.family)
  if (isOneDigest && isOfKey && !digest.startsWith('streebog')) return { digest, scheme }
  return {
    problem: 'cms.algorithm',
    seen: `digest ${signer.digestAlgorithm} and signature ${oid} with key ${key.algorithm}`,
  }
}

/** Whether a digest is one that collisions are made for (EN 319 102-1, 5.2.8). */
export function isWeakDigest(digest: AnyDigest): boolean {
  return digest === 'sha1' || digest === 'md5'
}
