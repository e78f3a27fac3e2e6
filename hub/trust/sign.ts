// Makes signed packages: CMS SignedData with one GOST signature in the form CAdES-BES (RFC 5652, RFC 5126).

import assert from 'node:assert/strict'
import { algorithmsOf } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { oids } from './der/oids.ts'
import { context, tags } from './der/reader.ts'
import { equalBytes } from './der/values.ts'
import {
  constructed,
  type Der,
  join,
  nullValue,
  objectIdentifier,
  octetString,
  type Pieces,
  primitive,
  sequence,
  setOf,
  smallInteger,
  time,
} from './der/write.ts'
import { digest, verify } from './gost/kernel.ts'
import type { PrivateKey } from './private-key.ts'

/** Signs packages on behalf of one certificate. */
export type Signer = {
  readonly certificate: Certificate
  /** The DER of a CMS with the content attached; `at` becomes signing-time. */
  sign(content: Uint8Array, at: Date): Uint8Array
}

/**
 * What makes signatures with the key of a certificate: a key in this process, or a module or a service outside of it.
 * The signer of packages asks it for nothing but signatures of digests.
 */
export type SignaturePort = {
  readonly certificate: Certificate
  /** The certificates above, to send along. */
  readonly chain: readonly Certificate[]
  /** s || r, big-endian each, of a digest as long as the key's numbers. Rejects when there is none to be had now. */
  sign(digest: Uint8Array): Promise<Uint8Array>
}

/** Signs packages through a port. Rejects as the port does. */
export type PackageSigner = {
  readonly certificate: Certificate
  /** The DER of a CMS with the content attached; `at` becomes signing-time. */
  sign(content: Uint8Array, at: Date): Promise<Uint8Array>
}

/** Whose signature: the certificate, its key, and the certificates above it to send along. */
export type SigningIdentity = {
  certificate: Certificate
  privateKey: PrivateKey
  chain?: readonly Certificate[]
}

/** Prepares what does not depend on the content, so that one signature is two digests, one signature, one copy. */
export function createSigner(identity: SigningIdentity): Signer {
  const prepared = prepareOwn(identity)
  return { certificate: identity.certificate, sign: (content, at) => signWith(prepared, { content, at }) }
}

/** The port to a key that this process holds: the kernel signs. The key must be that of the certificate. */
export function kernelPort({ certificate, privateKey, chain = [] }: SigningIdentity): SignaturePort {
  assertOwnKey(certificate, privateKey)
  return { certificate, chain, sign: async (digestToSign) => privateKey.sign(digestToSign) }
}

/**
 * A port whose signatures are checked before they are used, as those of modules and services outside of the process
 * must be. Rejects with an AssertionError when one is not good under the certificate's key.
 */
export function checkedPort(port: SignaturePort): SignaturePort {
  const { certificate, chain } = port
  const { key } = certificate
  assert(key !== undefined, 'the certificate holds a known key')
  return {
    certificate,
    chain,
    sign: async (digestToSign) => {
      const signature = await port.sign(digestToSign)
      assert(verify({ ...key, digest: digestToSign, signature }), 'the signer outside gave no good signature')
      return signature
    },
  }
}

/** Signs packages through a port, of which only the digest of the signed attributes is asked. */
export function createPackageSigner(port: SignaturePort): PackageSigner {
  const prepared = prepare(port)
  return {
    certificate: port.certificate,
    sign: async (content, at) => {
      const task = { content, at }
      const toSign = attributesToSign(prepared, task)
      return assemble(prepared, task, {
        toSign,
        signature: await port.sign(digest(prepared.digestName, toSign)),
      })
    },
  }
}

/** Signs once with the content attached. The key must be that of the certificate. */
export function signAttached(input: SigningIdentity & { content: Uint8Array; at: Date }): Uint8Array {
  return signWith(prepareOwn(input), input)
}

/** Signs once without the content, as documents are signed. The key must be that of the certificate. */
export function signDetached(input: SigningIdentity & { content: Uint8Array; at: Date }): Uint8Array {
  return signWith(prepareOwn(input), { content: input.content, at: input.at, isDetached: true })
}

type Prepared = {
  digestName: 'streebog256' | 'streebog512'
  digestAlgorithm: Uint8Array
  signatureAlgorithm: Uint8Array
  signerId: Uint8Array
  certificates: Pieces
  contentType: Uint8Array
  signingCertificate: Uint8Array
}

type PreparedOwn = Prepared & { privateKey: PrivateKey }

function prepareOwn(identity: SigningIdentity): PreparedOwn {
  const { certificate, privateKey, chain = [] } = identity
  assertOwnKey(certificate, privateKey)
  return { ...prepare({ certificate, chain }), privateKey }
}

function assertOwnKey({ key }: Certificate, privateKey: PrivateKey): void {
  assert(key !== undefined && key.curve === privateKey.curve, 'the key is on the curve of the certificate')
  assert(equalBytes(privateKey.publicKey(), key.publicKey), 'the key belongs to the certificate')
}

function prepare({ certificate, chain }: Pick<SignaturePort, 'certificate' | 'chain'>): Prepared {
  const { key } = certificate
  assert(key !== undefined, 'the certificate holds a known key')
  const algorithms = algorithmsOf(key.curve.bits)
  const digestAlgorithm = join(sequence(objectIdentifier(algorithms.digestOid), nullValue()))
  const all = [certificate, ...chain].map(({ der }) => der)
  return {
    digestName: algorithms.digestName,
    digestAlgorithm,
    // The identifier of the key, as OpenSSL and CryptoPro write it here; the reader knows both.
    signatureAlgorithm: join(sequence(objectIdentifier(algorithms.keyOid), nullValue())),
    signerId: join(sequence(certificate.issuer, serialOf(certificate))),
    certificates: constructed(context(0), ...setMembers(all)),
    contentType: attribute(oids.contentType, objectIdentifier(oids.cmsData)),
    signingCertificate: signingCertificate(certificate, digestAlgorithm),
  }
}

type Task = { content: Uint8Array; at: Date; isDetached?: boolean }

function signWith(prepared: PreparedOwn, task: Task): Uint8Array {
  const toSign = attributesToSign(prepared, task)
  const signature = prepared.privateKey.sign(digest(prepared.digestName, toSign))
  return assemble(prepared, task, { toSign, signature })
}

function attributesToSign(prepared: Prepared, task: Task): Uint8Array {
  const attributes = setOf(
    prepared.contentType,
    attribute(oids.signingTime, time(task.at)),
    attribute(oids.messageDigest, octetString(digest(prepared.digestName, task.content))),
    prepared.signingCertificate,
  )
  return join(attributes)
}

type Signed = { toSign: Uint8Array; signature: Uint8Array }

function assemble(prepared: Prepared, task: Task, { toSign, signature }: Signed): Uint8Array {
  const { digestAlgorithm, signatureAlgorithm } = prepared
  const implicit = Uint8Array.from(toSign)
  implicit[0] = 0xa0
  const signer = sequence(
    smallInteger(1),
    prepared.signerId,
    digestAlgorithm,
    implicit,
    signatureAlgorithm,
    octetString(signature),
  )
  const attached: Der[] = task.isDetached ? [] : [constructed(context(0), octetString(task.content))]
  const signedData = sequence(
    smallInteger(1),
    setOf(digestAlgorithm),
    sequence(objectIdentifier(oids.cmsData), ...attached),
    prepared.certificates,
    setOf(signer),
  )
  return join(sequence(objectIdentifier(oids.cmsSignedData), constructed(context(0), signedData)))
}

function attribute(oid: string, value: Der): Uint8Array {
  return join(sequence(objectIdentifier(oid), setOf(value)))
}

/** SigningCertificateV2 (RFC 5035, 4) with issuer and serial, as CAdES-BES wants it. */
function signingCertificate(certificate: Certificate, digestAlgorithm: Uint8Array): Uint8Array {
  assert(certificate.key !== undefined)
  const { digestName } = algorithmsOf(certificate.key.curve.bits)
  const issuer = sequence(constructed(context(4), certificate.issuer))
  const identified = sequence(
    digestAlgorithm,
    octetString(digest(digestName, certificate.der)),
    sequence(issuer, serialOf(certificate)),
  )
  return attribute(oids.signingCertificateV2, sequence(sequence(identified)))
}

function serialOf(certificate: Certificate): Pieces {
  return primitive(tags.integer, certificate.serialOctets)
}

function setMembers(encodings: readonly Uint8Array[]): Uint8Array[] {
  return [...encodings].sort(Buffer.compare)
}
