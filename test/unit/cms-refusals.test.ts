// Signed packages with chosen faults and peculiarities: what is accepted, what is refused and with which code.

import { createHash } from 'node:crypto'
import t from 'tap'
import { parseCertificate } from '../../hub/trust/certificate.ts'
import { readSigned, verifySigned } from '../../hub/trust/cms.ts'
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
  smallInteger,
} from '../../hub/trust/der/write.ts'
import { digest } from '../../hub/trust/gost/kernel.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { algorithmOf, attributeOf, type Forgery, forge } from '../support/forged-cms.ts'
import { identityOn } from '../support/signing.ts'

const content = Buffer.from('content')
const identity = identityOn('TC26-256-B')

/** 'verified' or the code of the refusal. */
function outcome(bytes: Uint8Array): string {
  const signed = readSigned(bytes)
  return (isRefusal(signed) ? signed : verifySigned(signed))?.code ?? 'verified'
}

const certificateDer = identity.certificate.der
const sha = (name: string): Uint8Array => createHash(name).update(certificateDer).digest()
const streebog = digest('streebog256', certificateDer)
const named = (...fields: readonly Der[]): Der => sequence(sequence(sequence(...fields)))
const serial = primitive(tags.integer, identity.certificate.serialOctets)
const issuerAndSerial = (issuer: Uint8Array, number: Der): Der =>
  sequence(sequence(constructed(context(4), issuer)), number)
const withAttribute = (oid: string, ...values: readonly Der[]): Forgery => ({
  attributes: (proper) => [proper.contentType, proper.messageDigest, attributeOf(oid, ...values)],
})
const v2 = (...fields: readonly Der[]): Forgery => withAttribute(oids.signingCertificateV2, named(...fields))

const unsorted: Forgery = { attributes: (proper) => [proper.messageDigest, proper.contentType] }

t.test('signed attributes: what is accepted', async (t) => {
  const accepted: [string, Forgery][] = [
    ['only content-type and message-digest', {}],
    ['signing-certificate-v2 with Streebog', v2(algorithmOf(oids.streebog256), octetString(streebog))],
    ['signing-certificate-v2 with the default SHA-256', v2(octetString(sha('sha256')))],
    ['signing-certificate-v2 with SHA-512', v2(algorithmOf(oids.sha512), octetString(sha('sha512')))],
    [
      'signing-certificate-v2 with issuer and serial',
      v2(octetString(sha('sha256')), issuerAndSerial(identity.certificate.issuer, serial)),
    ],
    ['signing-certificate (SHA-1)', withAttribute(oids.signingCertificate, named(octetString(sha('sha1'))))],
    ['an unknown attribute', withAttribute('1.2.643.2.45.1.1.2', octetString(Buffer.from('anything')))],
    ['attributes sent out of order, signed as DER', { ...unsorted, sent: 'as-given' }],
    ['attributes sent and signed out of order', { ...unsorted, sent: 'as-given', signed: 'as-given' }],
    ['attributes of indefinite length, signed as DER', { sent: 'indefinite' }],
    [
      'unsigned attributes',
      { unsignedAttributes: constructed(context(1), attributeOf('1.2.3', nullValue())) },
    ],
  ]
  for (const [name, forgery] of accepted) t.equal(outcome(forge(identity, forgery)), 'verified', name)
})

t.test('signed attributes: what is refused', async (t) => {
  const other = identityOn('TC26-256-C').certificate
  const only = (pick: NonNullable<Forgery['attributes']>): Forgery => ({ attributes: pick })
  const refused: [string, string, Forgery][] = [
    ['no content-type', 'cms.attributes', only((proper) => [proper.messageDigest])],
    ['no message-digest', 'cms.attributes', only((proper) => [proper.contentType])],
    ['no attribute at all', 'cms.attributes', only(() => [])],
    [
      'content-type twice',
      'cms.attributes',
      only((proper) => [proper.contentType, proper.contentType, proper.messageDigest]),
    ],
    [
      'another content-type',
      'cms.attributes',
      only((proper) => [attributeOf(oids.contentType, objectIdentifier('1.2.3')), proper.messageDigest]),
    ],
    [
      'two message digests in one attribute',
      'cms.attributes',
      only(({ contentType, contentDigest }) => [
        contentType,
        attributeOf(oids.messageDigest, octetString(contentDigest), octetString(contentDigest)),
      ]),
    ],
    [
      'a message digest of other content',
      'cms.digest',
      only(({ contentType }) => [contentType, attributeOf(oids.messageDigest, octetString(streebog))]),
    ],
    [
      'a message digest cut short',
      'cms.digest',
      only(({ contentType, contentDigest }) => [
        contentType,
        attributeOf(oids.messageDigest, octetString(contentDigest.subarray(0, 31))),
      ]),
    ],
    [
      'an unknown attribute twice',
      'cms.attributes',
      only(({ contentType, messageDigest }) => {
        const unknown = attributeOf('1.2.3', nullValue())
        return [contentType, messageDigest, unknown, unknown]
      }),
    ],
    ['a signing time that is none', 'cms.broken', withAttribute(oids.signingTime, smallInteger(1))],
    ['signing-certificate-v2 of another', 'cms.attributes', v2(octetString(other.der.subarray(0, 32)))],
    [
      'signing-certificate-v2 of unknown digest',
      'cms.attributes',
      v2(algorithmOf('1.2.3'), octetString(streebog)),
    ],
    [
      'signing-certificate-v2 with another serial',
      'cms.attributes',
      v2(octetString(sha('sha256')), issuerAndSerial(identity.certificate.issuer, smallInteger(7))),
    ],
    [
      'signing-certificate-v2 with another issuer',
      'cms.attributes',
      v2(octetString(sha('sha256')), issuerAndSerial(identity.certificate.subject, serial)),
    ],
    [
      'signing-certificate-v2 that names none',
      'cms.broken',
      withAttribute(oids.signingCertificateV2, sequence(sequence())),
    ],
    [
      'signing-certificate of another',
      'cms.attributes',
      withAttribute(oids.signingCertificate, named(octetString(sha('md5')))),
    ],
    ['a signature over other attributes', 'cms.signature', { signed: 'nothing' }],
    ['attributes signed out of order, sent in order', 'cms.signature', { ...unsorted, signed: 'as-given' }],
    [
      'attributes of indefinite length, signed otherwise',
      'cms.signature',
      { sent: 'indefinite', signed: 'nothing' },
    ],
  ]
  for (const [name, code, forgery] of refused) t.equal(outcome(forge(identity, forgery)), code, name)
})

t.test('without signed attributes', async (t) => {
  const bare = (content: Uint8Array, more: Forgery = {}): string =>
    outcome(forge(identity, { content, isWithoutAttributes: true, ...more }))
  t.equal(bare(Buffer.from('content')), 'verified')
  t.equal(bare(Buffer.from('1')), 'verified', 'content that starts like a SET')
  t.equal(bare(join(constructed(tags.set, nullValue()))), 'verified', 'a SET of something else')
  t.equal(bare(Buffer.from('content'), { contentType: '1.2.3' }), 'cms.attributes')
  t.equal(bare(Buffer.from('content'), { signed: 'nothing' }), 'cms.signature')
  const proper = readSigned(forge(identity))
  const received = isRefusal(proper) ? undefined : proper.signedAttributes?.received
  const asContent = Uint8Array.from(received ?? [])
  asContent[0] = 0x31
  t.equal(bare(asContent), 'cms.attributes', 'the attributes of another signature passed off as content')
})

t.test('algorithms of one size only, named by either identifier', async (t) => {
  const cases: [string, string, Forgery][] = [
    [
      'signature named with its digest',
      'verified',
      { signatureAlgorithm: algorithmOf(oids.gostSignature256) },
    ],
    [
      'parameters left out',
      'verified',
      { signatureAlgorithm: join(sequence(objectIdentifier(oids.gostKey256))) },
    ],
    [
      'more digests than needed',
      'verified',
      { digestAlgorithms: [algorithmOf(oids.sha256), algorithmOf(oids.streebog256)] },
    ],
    [
      'signature of another size',
      'cms.algorithm',
      { signatureAlgorithm: algorithmOf(oids.gostSignature512) },
    ],
    [
      'signature by a digest identifier',
      'cms.algorithm',
      { signatureAlgorithm: algorithmOf(oids.streebog256) },
    ],
    ['digest of another size', 'cms.algorithm', { digestAlgorithm: algorithmOf(oids.streebog512) }],
    ['digest of another kind', 'cms.algorithm', { digestAlgorithm: algorithmOf(oids.sha256) }],
    ['digest not announced', 'cms.algorithm', { digestAlgorithms: [] }],
    [
      'parameters of some kind',
      'cms.broken',
      { digestAlgorithm: join(sequence(objectIdentifier(oids.streebog256), smallInteger(1))) },
    ],
  ]
  for (const [name, expected, forgery] of cases) t.equal(outcome(forge(identity, forgery)), expected, name)
})

t.test('the certificate of the signer', async (t) => {
  const { certificate, chain } = identity
  const keyIdentifier = primitive(context(0), certificate.subjectKeyIdentifier ?? new Uint8Array(0))
  const twin = Uint8Array.from(certificate.der)
  twin[twin.length - 1] = (twin.at(-1) ?? 0) ^ 1
  const broken = join(sequence(sequence(serial, nullValue(), certificate.issuer)))
  const attributeCertificate = constructed(context(2), smallInteger(1))
  const many = (count: number): Uint8Array[] => Array.from({ length: count }, () => certificate.der)
  const cases: [string, string, Forgery][] = [
    ['none', 'cms.certificate-missing', { certificates: undefined }],
    ['only others', 'cms.certificate-missing', { certificates: chain.map(({ der }) => der) }],
    ['by key identifier', 'verified', { signerId: keyIdentifier, signerVersion: 3 }],
    [
      'by a key identifier of none',
      'cms.certificate-missing',
      { signerId: primitive(context(0), Buffer.from('x')) },
    ],
    ['by something else', 'cms.broken', { signerId: smallInteger(1) }],
    ['two that differ', 'cms.broken', { certificates: [certificate.der, twin] }],
    ['the same twice', 'verified', { certificates: many(2) }],
    ['as many as allowed', 'verified', { certificates: many(limits.certificatesPerCmsMax) }],
    ['more than allowed', 'cms.too-complex', { certificates: many(limits.certificatesPerCmsMax + 1) }],
    ['a broken one', 'cms.broken', { certificates: [broken] }],
    [
      'among attribute certificates',
      'verified',
      { certificates: [certificate.der, join(attributeCertificate)] },
    ],
  ]
  for (const [name, expected, forgery] of cases) t.equal(outcome(forge(identity, forgery)), expected, name)
  const sameName = identityOn('TC26-256-D')
  const impostor = { ...identity, privateKey: sameName.privateKey }
  t.equal(outcome(forge(impostor)), 'cms.signature', 'a key other than that of the certificate')
})

t.test('other faults of the structure', async (t) => {
  const crl = constructed(context(1), sequence(smallInteger(1)))
  const proper = forge(identity)
  const ofType = (oid: string): Uint8Array =>
    join(sequence(objectIdentifier(oid), constructed(context(0), octetString(Buffer.from('x')))))
  const cases: [string, string, Uint8Array][] = [
    ['nothing', 'cms.not-cms', new Uint8Array(0)],
    ['text', 'cms.not-cms', Buffer.from('0123456789'.repeat(20))],
    ['a ZIP', 'cms.not-cms', Buffer.from('504b0304140000000800', 'hex')],
    ['PEM', 'cms.not-cms', Buffer.from('-----BEGIN CMS-----')],
    ['a certificate', 'cms.not-cms', identity.certificate.der],
    ['plain data in CMS', 'cms.not-signed', ofType(oids.cmsData)],
    ['enveloped data', 'cms.not-signed', ofType('1.2.840.113549.1.7.3')],
    ['authenticated data', 'cms.not-signed', ofType('1.2.840.113549.1.9.16.1.2')],
    ['signed data that is none', 'cms.broken', ofType(oids.cmsSignedData)],
    ['a byte behind the end', 'cms.broken', Buffer.concat([proper, Uint8Array.of(0)])],
    ['no signer', 'cms.not-signed', forge(identity, { signers: 0 })],
    ['two signers', 'cms.signers-many', forge(identity, { signers: limits.signersPerPackageMax + 1 })],
    ['no content', 'cms.detached', forge(identity, { encapsulated: [] })],
    ['content of another type', 'cms.broken', forge(identity, { encapsulated: [nullValue()] })],
    ['two contents', 'cms.broken', forge(identity, { encapsulated: [octetString(content), nullValue()] })],
    ['an unknown version', 'cms.broken', forge(identity, { version: 6 })],
    ['an unknown version of the signer', 'cms.broken', forge(identity, { signerVersion: 4 })],
    ['revocation lists', 'verified', forge(identity, { beforeSigners: [crl] })],
    ['unexpected fields', 'cms.broken', forge(identity, { beforeSigners: [crl, nullValue()] })],
    ['something behind the signature', 'cms.broken', forge(identity, { unsignedAttributes: nullValue() })],
  ]
  for (const [name, expected, bytes] of cases) t.equal(outcome(bytes), expected, name)
  t.ok(isRefusal(parseCertificate(proper)), 'a CMS is no certificate')
})
