// Builds CMS with chosen faults and peculiarities, signed all the same.

import assert from 'node:assert/strict'
import { algorithmsOf } from '../../hub/trust/algorithms.ts'
import type { Certificate } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context, tags } from '../../hub/trust/der/reader.ts'
import {
  constructed,
  type Der,
  join,
  nullValue,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  setOf,
  smallInteger,
} from '../../hub/trust/der/write.ts'
import { digest } from '../../hub/trust/gost/kernel.ts'
import type { SigningIdentity } from '../../hub/trust/sign.ts'
import { type AnyDigest, digestBytes } from '../../hub/trust/signature-scheme.ts'

/** What to do otherwise than a proper signer. */
export type Forgery = {
  content?: Uint8Array
  /** What stands inside encapContentInfo's [0]; an OCTET STRING of the content by default. */
  encapsulated?: readonly Der[]
  contentType?: string
  /** Encodings of the attributes; undefined entries are left out. By default content-type and message-digest. */
  attributes?: (proper: ProperAttributes) => readonly Uint8Array[]
  isWithoutAttributes?: boolean
  /** How the attributes are sent and signed; sorted by default. */
  sent?: 'sorted' | 'as-given' | 'indefinite'
  signed?: 'sorted' | 'as-given' | 'nothing'
  digestAlgorithms?: readonly Uint8Array[]
  digestAlgorithm?: Uint8Array
  signatureAlgorithm?: Uint8Array
  signerId?: Der
  signerVersion?: number
  version?: number
  certificates?: readonly Uint8Array[] | undefined
  /** Fields behind the certificates, such as revocation lists. */
  beforeSigners?: readonly Der[]
  unsignedAttributes?: Der | ((signature: Uint8Array) => Der)
  /** What becomes of the signature before it is written. */
  mangle?: (signature: Uint8Array) => Uint8Array
  /** SignerInfos of others, behind this one. */
  moreSigners?: readonly Der[]
  /** How often the one SignerInfo stands in the set. */
  signers?: number
}

/** Attributes as a proper signer makes them. */
export type ProperAttributes = {
  contentType: Uint8Array
  messageDigest: Uint8Array
  contentDigest: Uint8Array
}

/** An attribute with any number of values. */
export function attributeOf(oid: string, ...values: readonly Der[]): Uint8Array {
  return join(sequence(objectIdentifier(oid), constructed(tags.set, ...values)))
}

/** An AlgorithmIdentifier with NULL parameters. */
export function algorithmOf(oid: string): Uint8Array {
  return join(sequence(objectIdentifier(oid), nullValue()))
}

/** Who signs with peculiarities: any algorithm, given by its identifiers. */
export type Forger = {
  readonly certificate: Certificate
  readonly chain?: readonly Certificate[]
  readonly digest: AnyDigest
  readonly digestAlgorithm: Uint8Array
  readonly signatureAlgorithm: Uint8Array
  /** Signs octets, not their digest. */
  sign(bytes: Uint8Array): Uint8Array
}

/** An identity of GOST as a forger. */
export function forgerOf(identity: SigningIdentity): Forger {
  const { certificate, privateKey, chain = [] } = identity
  const algorithms = algorithmsOf(privateKey.curve.bits)
  return {
    certificate,
    chain,
    digest: algorithms.digestName,
    digestAlgorithm: algorithmOf(algorithms.digestOid),
    signatureAlgorithm: algorithmOf(algorithms.keyOid),
    sign: (bytes) => privateKey.sign(digest(algorithms.digestName, bytes)),
  }
}

/** A CMS of an identity with the peculiarities asked for. */
export function forge(identity: SigningIdentity | Forger, forgery: Forgery = {}): Uint8Array {
  const forger = 'sign' in identity ? identity : forgerOf(identity)
  const { certificate, chain = [] } = forger
  const content = forgery.content ?? Buffer.from('content')
  const signer = forgeSigner(forger, forgery)
  const certificates =
    'certificates' in forgery ? forgery.certificates : [certificate, ...chain].map(({ der }) => der)
  const digestAlgorithm = forgery.digestAlgorithm ?? forger.digestAlgorithm
  const signedData = sequence(
    smallInteger(forgery.version ?? 1),
    constructed(tags.set, ...(forgery.digestAlgorithms ?? [digestAlgorithm])),
    sequence(
      objectIdentifier(forgery.contentType ?? oids.cmsData),
      ...encapsulation(forgery.encapsulated ?? [octetString(content)]),
    ),
    ...(certificates === undefined ? [] : [constructed(context(0), ...certificates)]),
    ...(forgery.beforeSigners ?? []),
    constructed(
      tags.set,
      ...Array.from({ length: forgery.signers ?? 1 }, () => signer),
      ...(forgery.moreSigners ?? []),
    ),
  )
  return join(sequence(objectIdentifier(oids.cmsSignedData), constructed(context(0), signedData)))
}

/** A SignerInfo with the peculiarities asked for. */
export function forgeSigner(forger: Forger, forgery: Forgery = {}): Der {
  const { certificate } = forger
  const content = forgery.content ?? Buffer.from('content')
  const contentDigest = digestBytes(forger.digest, content)
  const proper: ProperAttributes = {
    contentType: attributeOf(oids.contentType, objectIdentifier(forgery.contentType ?? oids.cmsData)),
    messageDigest: attributeOf(oids.messageDigest, octetString(contentDigest)),
    contentDigest,
  }
  const attributes = forgery.attributes?.(proper) ?? [proper.contentType, proper.messageDigest]
  const toSign = forgery.signed === 'as-given' ? constructed(tags.set, ...attributes) : setOf(...attributes)
  const signed = forgery.isWithoutAttributes ? content : join(toSign)
  const made = forger.sign(forgery.signed === 'nothing' ? Buffer.from('nothing') : signed)
  const signature = forgery.mangle?.(made) ?? made
  const serial = primitive(tags.integer, certificate.serialOctets)
  const { unsignedAttributes: unsigned } = forgery
  return sequence(
    smallInteger(forgery.signerVersion ?? 1),
    forgery.signerId ?? sequence(certificate.issuer, serial),
    forgery.digestAlgorithm ?? forger.digestAlgorithm,
    ...(forgery.isWithoutAttributes ? [] : [sentAttributes(attributes, forgery.sent ?? 'sorted')]),
    forgery.signatureAlgorithm ?? forger.signatureAlgorithm,
    octetString(signature),
    ...(unsigned === undefined ? [] : [typeof unsigned === 'function' ? unsigned(signature) : unsigned]),
  )
}

function encapsulation(values: readonly Der[]): Der[] {
  return values.length === 0 ? [] : [constructed(context(0), ...values)]
}

function sentAttributes(
  attributes: readonly Uint8Array[],
  way: 'sorted' | 'as-given' | 'indefinite',
): Uint8Array {
  const set = join(way === 'as-given' ? constructed(tags.set, ...attributes) : setOf(...attributes))
  if (way === 'indefinite') {
    const sorted = [...attributes].sort(Buffer.compare)
    return Buffer.concat([Uint8Array.of(0xa0, 0x80), ...sorted, Uint8Array.of(0, 0)])
  }
  const sent = Uint8Array.from(set)
  assert.equal(sent[0], 0x31)
  sent[0] = 0xa0
  return sent
}
