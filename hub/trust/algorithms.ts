// Which GOST identifiers belong together: key, digest and signature of one size (RFC 9215; gost R 1323565.1.025).

import { createHash } from 'node:crypto'
import { oids } from './der/oids.ts'
import { DerError, type DerReader, type Element, tags } from './der/reader.ts'
import { readOid, readSequence } from './der/values.ts'
import { type DigestName, digest } from './gost/kernel.ts'

/** The identifiers of one key size. */
export type Algorithms = {
  readonly bits: 256 | 512
  readonly digestName: DigestName
  readonly digestOid: string
  readonly keyOid: string
  readonly signatureOid: string
}

const bySize: Record<256 | 512, Algorithms> = {
  256: {
    bits: 256,
    digestName: 'streebog256',
    digestOid: oids.streebog256,
    keyOid: oids.gostKey256,
    signatureOid: oids.gostSignature256,
  },
  512: {
    bits: 512,
    digestName: 'streebog512',
    digestOid: oids.streebog512,
    keyOid: oids.gostKey512,
    signatureOid: oids.gostSignature512,
  },
}

/** The identifiers that go with a key size. */
export function algorithmsOf(bits: 256 | 512): Algorithms {
  return bySize[bits]
}

/** The identifier of an AlgorithmIdentifier whose parameters are absent or NULL, as for digests and signatures. */
export function readPlainAlgorithm(reader: DerReader, element: Element | undefined): string {
  const [oid, parameters, ...rest] = readSequence(reader, element)
  const isPlain = parameters === undefined || (parameters.tag === tags.null && !parameters.constructed)
  if (!isPlain || rest.length > 0 || (parameters !== undefined && reader.content(parameters).length > 0)) {
    throw new DerError('broken', `unexpected parameters of an algorithm at ${element?.start}`)
  }
  return readOid(reader, oid)
}

const otherDigests: ReadonlyMap<string, string> = new Map([
  [oids.sha1, 'sha1'],
  [oids.sha256, 'sha256'],
  [oids.sha384, 'sha384'],
  [oids.sha512, 'sha512'],
])

/** The digest of a certificate under any digest a signing-certificate attribute may name, or undefined. */
export function digestByOid(oid: string, bytes: Uint8Array): Uint8Array | undefined {
  if (oid === oids.streebog256) return digest('streebog256', bytes)
  if (oid === oids.streebog512) return digest('streebog512', bytes)
  const name = otherDigests.get(oid)
  return name === undefined ? undefined : createHash(name).update(bytes).digest()
}
