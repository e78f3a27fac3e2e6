// Makers of signatures by any algorithm and of time-stamp tokens, for tests.

import assert from 'node:assert/strict'
import { constants, createHash, generateKeyPairSync, type KeyObject, sign as signNode } from 'node:crypto'
import { algorithmsOf } from '../../hub/trust/algorithms.ts'
import { type Certificate, parseCertificate } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context, tags } from '../../hub/trust/der/reader.ts'
import {
  constructed,
  type Der,
  join,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  smallInteger,
  time,
} from '../../hub/trust/der/write.ts'
import { digest } from '../../hub/trust/gost/kernel.ts'
import type { PrivateKey } from '../../hub/trust/private-key.ts'
import type { SigningIdentity } from '../../hub/trust/sign.ts'
import { type AnyDigest, digestBytes } from '../../hub/trust/signature-scheme.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { algorithmOf, attributeOf, type Forger, type Forgery, forge } from './forged-cms.ts'

/** The identifiers of digests by name. */
export const digestOids: Readonly<Record<AnyDigest, string>> = {
  streebog256: oids.streebog256,
  streebog512: oids.streebog512,
  md5: oids.md5,
  sha1: oids.sha1,
  sha224: oids.sha224,
  sha256: oids.sha256,
  sha384: oids.sha384,
  sha512: oids.sha512,
}

const bare = (oid: string): Uint8Array => join(sequence(objectIdentifier(oid)))

/** The parameters of RSASSA-PSS with one digest (RFC 4055, 3.1). */
export function pssAlgorithm(digestOid: string, saltLength: Uint8Array): Uint8Array {
  return join(
    sequence(
      objectIdentifier(oids.rsaPss),
      sequence(
        constructed(context(0), algorithmOf(digestOid)),
        constructed(context(1), sequence(objectIdentifier(oids.mgf1), algorithmOf(digestOid))),
        constructed(context(2), primitive(tags.integer, saltLength)),
      ),
    ),
  )
}

export type NodeSignerKind = 'rsa' | 'rsa-sha1' | 'rsa-named' | 'pss' | 'ecdsa' | 'ed25519' | 'dsa'

const keys = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>()

/** A signer by an algorithm of node:crypto under a certificate of its own; one key of each kind in a run. */
export function nodeForger(kind: NodeSignerKind): Forger {
  const family = kind.startsWith('rsa') || kind === 'pss' ? 'rsa' : kind
  const pair = keys.get(family) ?? makePair(family)
  keys.set(family, pair)
  const digestName: AnyDigest = kind === 'rsa-sha1' ? 'sha1' : kind === 'ed25519' ? 'sha512' : 'sha256'
  const padding =
    kind === 'pss' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : ({} as const)
  const sign = (bytes: Uint8Array): Uint8Array =>
    signNode(kind === 'ed25519' ? null : digestName, bytes, { key: pair.privateKey, ...padding })
  const signatureAlgorithms: Record<NodeSignerKind, Uint8Array> = {
    rsa: algorithmOf(oids.rsaEncryption),
    'rsa-sha1': algorithmOf(oids.rsaEncryption),
    'rsa-named': algorithmOf(oids.sha256WithRsa),
    pss: pssAlgorithm(oids.sha256, Uint8Array.of(32)),
    ecdsa: bare(oids.sha256WithEcdsa),
    ed25519: bare(oids.ed25519),
    dsa: bare(oids.sha256WithDsa),
  }
  return {
    certificate: certificateOf({ spki: pair.publicKey.export({ format: 'der', type: 'spki' }), name: kind }),
    digest: digestName,
    digestAlgorithm: algorithmOf(digestOids[digestName]),
    signatureAlgorithm: signatureAlgorithms[kind],
    sign,
  }
}

function makePair(family: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (family === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  if (family === 'dsa') return generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
  if (family === 'ed25519') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** A certificate with chosen fields and an empty signature: enough for what no chain is built of. */
export function certificateOf(fields: {
  spki: Uint8Array
  name: string
  extensions?: readonly Der[]
  serial?: number
}): Certificate {
  const name = sequence(
    constructed(
      tags.set,
      sequence(objectIdentifier(oids.commonName), primitive(tags.utf8String, Buffer.from(fields.name))),
    ),
  )
  const algorithm = algorithmOf(oids.sha256WithRsa)
  const tbs = sequence(
    constructed(context(0), smallInteger(2)),
    smallInteger(fields.serial ?? 7),
    algorithm,
    name,
    sequence(time(new Date('2026-01-01T00:00:00Z')), time(new Date('2036-01-01T00:00:00Z'))),
    name,
    fields.spki,
    ...(fields.extensions === undefined ? [] : [constructed(context(3), sequence(...fields.extensions))]),
  )
  const certificate = parseCertificate(
    join(sequence(tbs, algorithm, primitive(tags.bitString, new Uint8Array(9)))),
  )
  assert(!isRefusal(certificate))
  return certificate
}

/** extendedKeyUsage. */
export function keyUsageExtension(purposes: readonly string[], isCritical = true): Der {
  const value = octetString(join(sequence(...purposes.map(objectIdentifier))))
  const critical = isCritical ? [primitive(tags.boolean, Uint8Array.of(0xff))] : []
  return sequence(objectIdentifier(oids.extendedKeyUsage), ...critical, value)
}

/** A time-stamp authority with a GOST key; its certificate is for time-stamps alone unless told otherwise. */
export function authorityOf(identity: SigningIdentity, extensions?: readonly Der[]): Forger {
  const { certificate, privateKey } = identity
  const algorithms = algorithmsOf(privateKey.curve.bits)
  return {
    certificate: certificateOf({
      spki: certificate.publicKey.spki,
      name: 'Служба штампов времени',
      extensions: extensions ?? [keyUsageExtension([oids.timeStamping])],
      serial: 9,
    }),
    digest: algorithms.digestName,
    digestAlgorithm: algorithmOf(algorithms.digestOid),
    signatureAlgorithm: algorithmOf(algorithms.keyOid),
    sign: (bytes) => signWith(privateKey, algorithms.digestName, bytes),
  }
}

function signWith(key: PrivateKey, name: 'streebog256' | 'streebog512', bytes: Uint8Array): Uint8Array {
  return key.sign(digest(name, bytes))
}

/** What a token states, and how it is signed otherwise than properly. */
export type TokenRequest = {
  signature: Uint8Array
  time?: string
  imprintDigest?: AnyDigest
  imprint?: Uint8Array
  imprintAlgorithm?: Uint8Array
  version?: number
  /** Fields behind genTime: accuracy, ordering, nonce, tsa, extensions. */
  more?: readonly Der[]
  forgery?: Forgery
}

/** TSTInfo. */
export function statementOf(request: TokenRequest): Uint8Array {
  const name = request.imprintDigest ?? 'streebog256'
  return join(
    sequence(
      smallInteger(request.version ?? 1),
      objectIdentifier('1.2.643.2.2.38.4'),
      sequence(
        request.imprintAlgorithm ?? algorithmOf(digestOids[name]),
        octetString(request.imprint ?? digestBytes(name, request.signature)),
      ),
      smallInteger(42),
      primitive(tags.generalizedTime, Buffer.from(request.time ?? '20261001090003.25Z')),
      ...(request.more ?? []),
    ),
  )
}

/** A time-stamp token (RFC 3161) with ESSCertIDv2 (RFC 5816). */
export function tokenOf(authority: Forger, request: TokenRequest): Uint8Array {
  return forge(authority, {
    content: statementOf(request),
    contentType: oids.timestampContent,
    version: 3,
    attributes: (proper) => [proper.contentType, proper.messageDigest, signingCertificateOf(authority)],
    ...request.forgery,
  })
}

/** The attribute signing-certificate-v2 that names a signer's certificate under its own digest. */
export function signingCertificateOf({ certificate, digest: name, digestAlgorithm }: Forger): Uint8Array {
  const identified = sequence(digestAlgorithm, octetString(digestBytes(name, certificate.der)))
  return attributeOf(oids.signingCertificateV2, sequence(sequence(identified)))
}

/** Unsigned attributes with a time-stamp token for each authority. */
export function stampedBy(...authorities: readonly Forger[]): (signature: Uint8Array) => Der {
  return (signature) =>
    constructed(
      context(1),
      attributeOf(oids.signatureTimestamp, ...authorities.map((one) => tokenOf(one, { signature }))),
    )
}

/** The attributes of CAdES-BES. */
export function cadesAttributes(forger: Forger): NonNullable<Forgery['attributes']> {
  return (proper) => [
    proper.contentType,
    attributeOf(oids.signingTime, time(new Date('2026-10-01T09:00:00Z'))),
    proper.messageDigest,
    signingCertificateOf(forger),
  ]
}

/** SHA-1 of bytes, for attributes of the first version. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest()
}
