// Builds CMS with chosen faults and peculiarities, signed all the same.

import assert from 'node:assert/strict'
import { algorithmsOf } from '../../hub/trust/algorithms.ts'
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
  unsignedAttributes?: Der
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

/** A CMS of an identity with the peculiarities asked for. */
export function forge(identity: SigningIdentity, forgery: Forgery = {}): Uint8Array {
  const { certificate, privateKey, chain = [] } = identity
  const algorithms = algorithmsOf(privateKey.curve.bits)
  const content = forgery.content ?? Buffer.from('content')
  const contentType = forgery.contentType ?? oids.cmsData
  const contentDigest = digest(algorithms.digestName, content)
  const proper: ProperAttributes = {
    contentType: attributeOf(oids.contentType, objectIdentifier(contentType)),
    messageDigest: attributeOf(oids.messageDigest, octetString(contentDigest)),
    contentDigest,
  }
  const attributes = forgery.attributes?.(proper) ?? [proper.contentType, proper.messageDigest]
  const toSign = forgery.signed === 'as-given' ? constructed(tags.set, ...attributes) : setOf(...attributes)
  const signedDigest = forgery.isWithoutAttributes
    ? contentDigest
    : digest(algorithms.digestName, join(toSign))
  if (forgery.signed === 'nothing') signedDigest.fill(1)
  const digestAlgorithm = forgery.digestAlgorithm ?? algorithmOf(algorithms.digestOid)
  const serial = primitive(tags.integer, certificate.serialOctets)
  const signer = sequence(
    smallInteger(forgery.signerVersion ?? 1),
    forgery.signerId ?? sequence(certificate.issuer, serial),
    digestAlgorithm,
    ...(forgery.isWithoutAttributes ? [] : [sentAttributes(attributes, forgery.sent ?? 'sorted')]),
    forgery.signatureAlgorithm ?? algorithmOf(algorithms.keyOid),
    octetString(privateKey.sign(signedDigest)),
    ...(forgery.unsignedAttributes === undefined ? [] : [forgery.unsignedAttributes]),
  )
  const certificates =
    'certificates' in forgery ? forgery.certificates : [certificate, ...chain].map(({ der }) => der)
  const signedData = sequence(
    smallInteger(forgery.version ?? 1),
    constructed(tags.set, ...(forgery.digestAlgorithms ?? [digestAlgorithm])),
    sequence(objectIdentifier(contentType), ...encapsulation(forgery.encapsulated ?? [octetString(content)])),
    ...(certificates === undefined ? [] : [constructed(context(0), ...certificates)]),
    ...(forgery.beforeSigners ?? []),
    constructed(tags.set, ...Array.from({ length: forgery.signers ?? 1 }, () => signer)),
  )
  return join(sequence(objectIdentifier(oids.cmsSignedData), constructed(context(0), signedData)))
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
