// Signatures over documents: every form they come in, and every problem of a signature file, each reached by a maker.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import t from 'tap'
import { type CheckedSignature, checkSignature, createSignatureCheck } from '../../hub/trust/cms/check.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context, DerReader, tags } from '../../hub/trust/der/reader.ts'
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
  time,
} from '../../hub/trust/der/write.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { createDigest } from '../../hub/trust/gost/kernel.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { signAttached, signDetached } from '../../hub/trust/sign.ts'
import { digestBytes } from '../../hub/trust/signature-scheme.ts'
import { limits } from '../../schemas/limits.ts'
import { cmsProblems } from '../../schemas/verdict/cms-problems.ts'
import { berOf } from '../support/ber.ts'
import { beside } from '../support/beside.ts'
import {
  authorityOf,
  cadesAttributes,
  certificateOf,
  keyUsageExtension,
  nodeForger,
  pssAlgorithm,
  sha1,
  signingCertificateOf,
  stampedBy,
  type TokenRequest,
  tokenOf,
} from '../support/cms-makers.ts'
import {
  algorithmOf,
  attributeOf,
  type Forgery,
  forge,
  forgerOf,
  forgeSigner,
} from '../support/forged-cms.ts'
import { curveNamed, identityOn } from '../support/signing.ts'

const content = Buffer.from('content')
const at = new Date('2026-10-01T09:00:00Z')
const identity = identityOn('TC26-256-B')
const forger = forgerOf(identity)
const reached = new Set<string>()

/** All problems of a check: those of the file, of the signers and, marked, of their time-stamps. */
function problemsOf({ facts }: CheckedSignature): string[] {
  const ofSigners = facts.signers.flatMap(({ problems, timestamps }) => [
    ...problems.map(({ problem }) => problem),
    ...timestamps.flatMap((one) => one.problems.map(({ problem }) => `stamp ${problem}`)),
  ])
  const all = [...facts.problems.map(({ problem }) => problem), ...ofSigners]
  for (const one of all) reached.add(one.replace('stamp ', ''))
  return all.sort()
}

/** A proper CAdES-BES signature over `content` with some of it otherwise. */
const forged = (forgery: Forgery = {}): Uint8Array =>
  forge(forger, { encapsulated: [], attributes: cadesAttributes(forger), ...forgery })
const problemsOfForged = (forgery: Forgery, document: Uint8Array = content): string[] =>
  problemsOf(checkSignature(forged(forgery), document, { at }))
const withAttribute = (...more: readonly Uint8Array[]): Forgery => ({
  attributes: (proper) => [...cadesAttributes(forger)(proper), ...more],
})

t.test('a detached signature in every form', async (t) => {
  for (const { name } of curves) {
    const own = identityOn(name)
    const der = signDetached({ ...own, content, at })
    const result = checkSignature(der, content, { at })
    t.strictSame(problemsOf(result), [], name)
    const [signer] = result.facts.signers
    t.equal(signer?.certificate?.sha256, own.certificate.thumbprint)
    t.equal(signer?.certificate?.key, own.certificate.key?.curve.name)
    t.equal(signer?.claimedTime, at.toISOString())
    t.equal(result.facts.isDetached, true)
    t.equal(result.facts.sha256, createHash('sha256').update(der).digest('hex'))
    t.equal(result.certificates.length, 2)
    t.strictSame(problemsOf(checkSignature(der, Buffer.from('contenu'), { at })), ['cms.digest'])
    t.strictSame(problemsOf(checkSignature(der)), ['cms.content-missing'])
  }
  const der = signDetached({ ...identity, content, at })
  const base64 = Buffer.from(der).toString('base64')
  const ber = berOf(der, {
    isKept: (element) => element.depth === 4 && element.tag === context(0),
    isIndefinite: () => true,
    segmentBytes: () => 0,
  })
  const texts: [string, 'pem' | 'base64', string][] = [
    ['PEM', 'pem', writePem('CMS', der)],
    ['PEM of PKCS#7', 'pem', writePem('PKCS7', der)],
    ['PEM of a signature', 'pem', writePem('SIGNATURE', der)],
    ['PEM of signed data', 'pem', writePem('PKCS #7 SIGNED DATA', der)],
    ['PEM with CRLF', 'pem', writePem('CMS', der).replaceAll('\n', '\r\n')],
    ['PEM with a mark of byte order', 'pem', `\ufeff${writePem('CMS', der)}`],
    ['PEM in one line', 'pem', `-----BEGIN CMS-----${base64}-----END CMS-----`],
    ['PEM of BER', 'pem', writePem('CMS', ber)],
    [
      'PEM with a certificate and text',
      'pem',
      `text\n${writePem('CERTIFICATE', der)}${writePem('CMS', der)}\n`,
    ],
    ['base64', 'base64', base64],
    ['base64 in lines', 'base64', `\ufeff ${base64.replace(/.{76}/g, '$&\r\n')}\r\n`],
  ]
  for (const [name, form, text] of texts) {
    const result = checkSignature(Buffer.from(text), content)
    t.strictSame(problemsOf(result), name === 'PEM of BER' ? ['cms.attribute-order'] : [], name)
    t.equal(result.facts.form, form)
  }
  const inBinary = checkSignature(ber, content)
  t.strictSame(problemsOf(inBinary), ['cms.attribute-order'], 'BER')
  t.equal(inBinary.facts.form, 'der')
})

t.test('files that are no signature', async (t) => {
  const der = signDetached({ ...identity, content, at })
  const base64 = Buffer.from(der).toString('base64')
  const file = (bytes: Uint8Array | string): string[] =>
    problemsOf(checkSignature(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, content))
  t.strictSame(file(''), ['cms.not-cms'])
  t.strictSame(file('\n'), ['cms.not-cms'])
  t.strictSame(file('a letter'), ['cms.not-cms'])
  t.strictSame(file(`${base64}!`), ['cms.not-cms'])
  t.strictSame(file('MII=MII='), ['cms.not-cms'], 'something behind the padding')
  t.strictSame(file('MI==='), ['cms.not-cms'], 'too much padding')
  t.strictSame(file(base64.slice(0, 41)), ['cms.not-cms'], 'a letter too much')
  t.strictSame(file('MIJ='), ['cms.not-cms'], 'bits that belong to no octet')
  t.strictSame(file(base64.slice(0, 40)), ['cms.broken'], 'cut short')
  t.strictSame(file(writePem('CERTIFICATE', der)), ['cms.not-cms'])
  t.strictSame(file(writePem('CMS', Buffer.from('text'))), ['cms.not-cms'])
  t.strictSame(file('-----BEGIN CMS-----\n!\n-----END CMS-----'), ['cms.broken'])
  t.strictSame(file(`-----BEGIN CMS-----\n${base64}\n-----END PKCS7-----`), ['cms.not-cms'])
  t.strictSame(file(writePem('CMS', der) + writePem('CMS', der)), ['cms.broken'], 'two of them')
  t.strictSame(file(identity.certificate.der), ['cms.not-cms'])
  t.strictSame(file(Buffer.concat([der, Buffer.alloc(1)])), ['cms.broken'], 'something behind it')
  t.strictSame(file(der.subarray(0, -1)), ['cms.broken'])
  const largest = Buffer.alloc(limits.signatureFileBytesMax + 1)
  t.strictSame(file(largest), ['cms.too-large'])
  t.strictSame(file(largest.subarray(1)), ['cms.not-cms'])
  const nested = Buffer.concat([
    Buffer.from('308006092a864886f70d010702a080', 'hex'),
    Buffer.alloc(99, Uint8Array.of(0x30, 0x80)),
  ])
  t.strictSame(file(nested), ['cms.too-complex'])
  const ofType = (oid: string): Uint8Array =>
    join(sequence(objectIdentifier(oid), constructed(context(0), nullValue())))
  t.strictSame(file(ofType('1.2.840.113549.1.7.3')), ['cms.not-signed'], 'an enveloped CMS')
  t.strictSame(problemsOfForged({ signers: 0 }), ['cms.not-signed'])
  t.strictSame(problemsOfForged({ encapsulated: [nullValue()] }), ['cms.broken'])
})

t.test('attached content must be the document', async (t) => {
  for (const length of [0, 1, 70_000]) {
    const document = Buffer.alloc(length, 0x61)
    const der = signAttached({ ...identity, content: document, at })
    const style = { isIndefinite: () => true, segmentBytes: () => 1000 }
    const isKept = ({ depth, tag }: { depth: number; tag: number }) => depth === 4 && tag === context(0)
    const ber = berOf(der, { ...style, isKept })
    for (const file of [der, ber]) {
      const notes = file === ber ? ['cms.attribute-order'] : []
      const other = (given: Uint8Array): string[] => problemsOf(checkSignature(file, given))
      t.strictSame(problemsOf(checkSignature(file)), notes)
      t.strictSame(other(document), notes)
      t.strictSame(other(Buffer.concat([document, Buffer.alloc(1)])), [...notes, 'cms.content-other'].sort())
      if (length === 0) continue
      t.strictSame(other(document.subarray(1)), [...notes, 'cms.content-other'].sort())
      const changed = Buffer.from(document)
      changed[length - 1] = 0
      t.strictSame(other(changed), [...notes, 'cms.content-other'].sort())
    }
    const byDigest = createSignatureCheck(der)
    t.strictSame(byDigest.digests, [], 'attached content needs no digest of the document')
    byDigest.giveDigest('sha256', digestBytes('sha256', document))
    t.strictSame(problemsOf(byDigest.finish()), [])
    const byOther = createSignatureCheck(der)
    byOther.giveDigest('sha256', digestBytes('sha256', Buffer.from('other')))
    t.strictSame(problemsOf(byOther.finish()), ['cms.content-other'])
  }
})

t.test('documents in chunks and by their digests', async (t) => {
  const document = Buffer.alloc(300_001, 'Документ')
  const check = (file: Uint8Array, chunk: number): string[] => {
    const one = createSignatureCheck(file)
    for (let from = 0; from < document.length; from += chunk)
      one.update(document.subarray(from, from + chunk))
    return problemsOf(one.finish())
  }
  const attached = signAttached({ ...identity, content: document, at })
  for (const chunk of [1021, 65_536, document.length]) {
    t.strictSame(check(signDetached({ ...identity, content: document, at }), chunk), [])
    t.strictSame(check(attached, chunk), [])
    t.strictSame(check(forged({ content: document, isWithoutAttributes: true }), chunk), [
      'cms.attributes-absent',
    ])
  }
  const stream = createDigest('streebog256')
  stream.update(document)
  const given = createSignatureCheck(signDetached({ ...identity, content: document, at }))
  t.strictSame(given.digests, ['streebog256'])
  given.giveDigest('streebog256', stream.digest())
  t.strictSame(problemsOf(given.finish()), [])
  const useless = createSignatureCheck(signDetached({ ...identity, content: document, at }))
  useless.giveDigest('sha256', digestBytes('sha256', document))
  t.strictSame(problemsOf(useless.finish()), ['cms.content-missing'])
  const bare = createSignatureCheck(forged({ content: document, isWithoutAttributes: true }))
  bare.giveDigest('streebog256', digestBytes('streebog256', document))
  t.strictSame(problemsOf(bare.finish()), ['cms.attributes-absent', 'cms.content-missing'])
})

t.test('RSA, RSASSA-PSS, ECDSA, EdDSA and DSA go the same way', async (t) => {
  const expected = {
    rsa: [],
    'rsa-sha1': ['cms.digest-weak'],
    'rsa-named': [],
    pss: [],
    ecdsa: [],
    ed25519: [],
    dsa: [],
  } as const
  for (const [kind, problems] of Object.entries(expected)) {
    const other = nodeForger(kind as keyof typeof expected)
    const made = (forgery: Forgery = {}): Uint8Array =>
      forge(other, { encapsulated: [], attributes: cadesAttributes(other), ...forgery })
    t.strictSame(problemsOf(checkSignature(made(), content)), problems, kind)
    t.strictSame(
      problemsOf(checkSignature(made(), Buffer.from('x'))),
      ['cms.digest', ...problems].sort(),
      kind,
    )
    t.strictSame(
      problemsOf(checkSignature(made({ signed: 'nothing' }), content)),
      ['cms.signature', ...problems].sort(),
      kind,
    )
    const bare = made({ isWithoutAttributes: true })
    t.strictSame(
      problemsOf(checkSignature(bare, content)),
      ['cms.attributes-absent', ...problems].sort(),
      kind,
    )
    const isBareValid = problemsOf(checkSignature(bare, Buffer.from('contenu'))).includes('cms.signature')
    t.equal(isBareValid, true, kind)
    const attached = made({ isWithoutAttributes: true, encapsulated: [octetString(content)] })
    t.strictSame(problemsOf(checkSignature(attached)), ['cms.attributes-absent', ...problems].sort(), kind)
  }
  const pss = nodeForger('pss')
  const asPss = (algorithm: Uint8Array): string[] => {
    const attributes = cadesAttributes(pss)
    return problemsOf(checkSignature(forge(pss, { attributes, signatureAlgorithm: algorithm }), content))
  }
  t.strictSame(asPss(pssAlgorithm(oids.sha256, Uint8Array.of(20))), ['cms.signature'], 'another salt')
  t.strictSame(asPss(pssAlgorithm(oids.sha256, Uint8Array.of(0, 222))), ['cms.signature'], 'the largest salt')
  t.strictSame(asPss(pssAlgorithm(oids.sha512, Uint8Array.of(32))), ['cms.algorithm'], 'another digest')
  t.strictSame(asPss(pssAlgorithm(oids.sha256, Uint8Array.of(1, 0, 0))), ['cms.broken'], 'an absurd salt')
  const rsa = nodeForger('rsa')
  const asRsa = (forgery: Forgery): string[] =>
    problemsOf(checkSignature(forge(rsa, { attributes: cadesAttributes(rsa), ...forgery }), content))
  t.strictSame(asRsa({ signatureAlgorithm: algorithmOf(oids.sha512WithRsa) }), ['cms.algorithm'])
  t.strictSame(asRsa({ signatureAlgorithm: algorithmOf(oids.sha256WithEcdsa) }), ['cms.algorithm'])
  t.strictSame(asRsa({ signatureAlgorithm: algorithmOf(oids.gostKey256) }), ['cms.algorithm-unknown'])
  t.strictSame(asRsa({ digestAlgorithm: algorithmOf(oids.streebog256) }), ['cms.algorithm'])
  t.strictSame(asRsa({ digestAlgorithm: algorithmOf('1.2.3') }), ['cms.algorithm-unknown'])
})

t.test('keys that cannot be used', async (t) => {
  const keyed = (algorithm: Der, bits: Uint8Array): string[] => {
    const spki = join(sequence(algorithm, primitive(tags.bitString, Buffer.concat([Buffer.alloc(1), bits]))))
    const other = { ...nodeForger('ecdsa'), certificate: certificateOf({ spki, name: 'odd' }) }
    return problemsOf(checkSignature(forge(other, { attributes: cadesAttributes(other) })))
  }
  const p256 = sequence(objectIdentifier(oids.ecPublicKey), objectIdentifier('1.2.840.10045.3.1.7'))
  t.strictSame(keyed(p256, Buffer.alloc(65, 4)), ['cms.key'], 'a point off the curve')
  t.strictSame(keyed(sequence(objectIdentifier('1.2.3')), Buffer.alloc(65)), ['cms.algorithm-unknown'])
  const gost = identity.certificate.publicKey.spki.slice()
  gost[gost.length - 1] = (gost.at(-1) ?? 0) ^ 1
  const off = { ...forger, certificate: certificateOf({ spki: gost, name: 'off' }) }
  const made = forge(off, { attributes: cadesAttributes(off) })
  t.strictSame(problemsOf(checkSignature(made)), ['cms.signature'], 'a point off the curve of GOST')
})

t.test('a key of DSA that leaves its parameters to its issuer is said not to be checked', async (t) => {
  const whole = nodeForger('dsa')
  const reader = new DerReader(whole.certificate.publicKey.spki)
  const [, key] = reader.children(reader.whole())
  const bits = key === undefined ? nullValue() : reader.encoding(key)
  const certificate = certificateOf({
    spki: join(sequence(sequence(objectIdentifier(oids.dsaKey)), bits)),
    name: 'dsa',
    serial: 8,
  })
  const inheriting = { ...whole, certificate }
  // Of the issuer's name, and with parameters: nobody vouches for it here.
  const certificates = [certificate.der, whole.certificate.der]
  const made = (forgery: Forgery = {}) =>
    forge(inheriting, { attributes: cadesAttributes(inheriting), certificates, encapsulated: [], ...forgery })
  t.strictSame(problemsOf(checkSignature(made(), content)), ['cms.key-inherited'])
  t.strictSame(problemsOf(checkSignature(made(), Buffer.from('x'))), ['cms.digest', 'cms.key-inherited'])
  t.strictSame(problemsOf(checkSignature(made({ isWithoutAttributes: true }), content)), [
    'cms.attributes-absent',
    'cms.key-inherited',
  ])
})

t.test('several signers are each told of', async (t) => {
  const second = forgerOf(identityOn('TC26-512-A'))
  const third = nodeForger('ecdsa')
  const others = [second, third].map((one) => forgeSigner(one, { attributes: cadesAttributes(one) }))
  const wrong = forgeSigner(second, { attributes: cadesAttributes(second), signed: 'nothing' })
  const all = [forger, second, third]
  const forgery = {
    certificates: all.map(({ certificate }) => certificate.der),
    digestAlgorithms: all.map((one) => one.digestAlgorithm),
  }
  const result = checkSignature(forged({ ...forgery, moreSigners: others }), content)
  t.strictSame(problemsOf(result), [])
  t.equal(result.facts.signers.length, 3)
  t.strictSame(
    result.facts.signers.map(({ digestAlgorithm }) => digestAlgorithm),
    [oids.streebog256, oids.streebog512, oids.sha256],
  )
  const check = createSignatureCheck(forged({ ...forgery, moreSigners: others }))
  t.strictSame(check.digests, ['streebog256', 'streebog512', 'sha256'])
  const mixed = checkSignature(forged({ ...forgery, moreSigners: [wrong, nullValue()] }), content)
  t.strictSame(
    mixed.facts.signers.map(({ problems }) => problems.map(({ problem }) => problem)),
    [[], ['cms.signature'], ['cms.broken']],
  )
  t.strictSame(problemsOfForged({ signers: limits.signersPerSignatureMax }), [])
  t.strictSame(problemsOfForged({ signers: limits.signersPerSignatureMax + 1 }), ['cms.signers-many'])
})

t.test('the certificate of the signer', async (t) => {
  const { der } = identity.certificate
  t.strictSame(problemsOfForged({ certificates: undefined }), ['cms.certificate-missing'])
  const without = forged({ certificates: undefined })
  const known = [identityOn('TC26-512-A').certificate, identity.certificate]
  t.strictSame(problemsOf(checkSignature(without, content, { known })), [])
  t.strictSame(problemsOfForged({ certificates: [der, der] }), [], 'twice the same')
  t.strictSame(
    problemsOfForged({ certificates: [Buffer.from('3003020101', 'hex'), der] }),
    [],
    'a broken one beside',
  )
  const twin = certificateOf({ spki: identity.certificate.publicKey.spki, name: 'twin' })
  const sibling = certificateOf({ spki: nodeForger('ecdsa').certificate.publicKey.spki, name: 'twin' })
  const twins = [twin.der, sibling.der]
  const asTwin = { ...forger, certificate: twin }
  const named = forge(asTwin, { attributes: cadesAttributes(asTwin), certificates: twins })
  t.strictSame(problemsOf(checkSignature(named)), [], 'signing-certificate tells which is meant')
  t.strictSame(problemsOf(checkSignature(forge(asTwin, { certificates: twins }))), [
    'cms.certificate-ambiguous',
  ])
  const broken = Buffer.from(der)
  broken[broken.indexOf(identity.certificate.publicKey.spki)] = 0x31
  t.strictSame(problemsOfForged({ certificates: [broken] }), ['cms.certificate-broken'])
  const key = primitive(context(0), identity.certificate.subjectKeyIdentifier ?? new Uint8Array(0))
  t.strictSame(problemsOfForged({ signerId: key, signerVersion: 3, version: 3 }), [])
  t.strictSame(problemsOfForged({ signerId: key, signerVersion: 1 }), ['cms.version'])
  t.strictSame(problemsOfForged({ version: 3 }), ['cms.version'])
})

t.test('the attribute signing-certificate', async (t) => {
  const { certificate } = identity
  const named = (oid: string, ...fields: readonly Der[]): Uint8Array =>
    attributeOf(oid, sequence(sequence(sequence(...fields))))
  const with_ = (...attributes: readonly Uint8Array[]): string[] =>
    problemsOfForged({ attributes: (proper) => [proper.contentType, proper.messageDigest, ...attributes] })
  const v1 = named(oids.signingCertificate, octetString(sha1(certificate.der)))
  const sha256 = octetString(digestBytes('sha256', certificate.der))
  const serial = primitive(tags.integer, certificate.serialOctets)
  const issuer = (name: Uint8Array, number: Der) => sequence(sequence(constructed(context(4), name)), number)
  const v2 = (...fields: readonly Der[]) => named(oids.signingCertificateV2, ...fields)
  t.strictSame(with_(), ['cms.signing-certificate-missing'])
  t.strictSame(with_(v1), ['cms.signing-certificate-weak'])
  t.strictSame(with_(v1, v2(sha256)), [])
  t.strictSame(with_(v2(sha256, issuer(certificate.issuer, serial))), [])
  t.strictSame(with_(v2(sha256, issuer(certificate.issuer, smallInteger(1)))), [
    'cms.signing-certificate-other',
  ])
  t.strictSame(with_(v2(sha256, issuer(certificate.subject, serial))), ['cms.signing-certificate-other'])
  t.strictSame(with_(v2(octetString(sha1(certificate.der)))), ['cms.signing-certificate-other'])
  t.strictSame(with_(v2(algorithmOf('1.2.3'), sha256)), ['cms.signing-certificate-digest'])
  const second = sequence(octetString(Buffer.alloc(32)))
  const list = attributeOf(oids.signingCertificateV2, sequence(sequence(second, sequence(sha256))))
  t.strictSame(with_(list), ['cms.signing-certificate-other'], 'only the first one counts')
})

t.test('signed attributes', async (t) => {
  const only = (pick: NonNullable<Forgery['attributes']>): string[] => problemsOfForged({ attributes: pick })
  const own = signingCertificateOf(forger)
  t.strictSame(
    only((proper) => [proper.messageDigest, own]),
    ['cms.attribute-missing'],
  )
  t.strictSame(
    only((proper) => [proper.contentType, own]),
    ['cms.attribute-missing'],
  )
  t.strictSame(
    only((proper) => [attributeOf(oids.contentType, objectIdentifier('1.2.3')), proper.messageDigest, own]),
    ['cms.content-type'],
  )
  const unknown = attributeOf('1.2.3', nullValue())
  t.strictSame(problemsOfForged(withAttribute(unknown)), [])
  t.strictSame(problemsOfForged(withAttribute(unknown, unknown)), ['cms.attribute-repeated'])
  const twoTimes = attributeOf(oids.signingTime, time(at), time(at))
  t.strictSame(
    only((proper) => [proper.contentType, proper.messageDigest, own, twoTimes]),
    ['cms.attribute-repeated'],
  )
  const timed = (value: Der): string[] =>
    only((proper) => [proper.contentType, proper.messageDigest, own, attributeOf(oids.signingTime, value)])
  t.strictSame(timed(nullValue()), ['cms.attribute-broken'])
  t.strictSame(timed(time(new Date(`${limits.signingTimeYearMin}-01-01T00:00:00Z`))), [])
  t.strictSame(timed(time(new Date(`${limits.signingTimeYearMin - 1}-12-31T23:59:59Z`))), [
    'cms.signing-time',
  ])
  t.strictSame(timed(time(new Date(at.getTime() + limits.signingTimeAheadMs))), [])
  t.strictSame(timed(time(new Date(at.getTime() + limits.signingTimeAheadMs + 1000))), ['cms.signing-time'])
  const policy = (...values: readonly Der[]): string[] =>
    problemsOfForged(withAttribute(attributeOf(oids.signaturePolicy, ...values)))
  t.strictSame(policy(sequence(objectIdentifier('1.2.643.1'))), ['cms.policy-unavailable'])
  t.strictSame(policy(nullValue()), ['cms.policy-implied'])
  t.strictSame(policy(sequence()), ['cms.attribute-broken'])
  t.strictSame(policy(), ['cms.attribute-repeated'])
  t.strictSame(problemsOfForged(withAttribute(attributeOf(oids.countersignature, nullValue()))), [
    'cms.attribute-misplaced',
  ])
  t.strictSame(problemsOfForged(withAttribute(attributeOf(oids.contentTimestamp, nullValue()))), [
    'timestamp.not-used',
  ])
  const unsorted: Forgery = { attributes: (proper) => [...cadesAttributes(forger)(proper)].reverse() }
  t.strictSame(problemsOfForged({ ...unsorted, sent: 'as-given' }), ['cms.attribute-order'])
  t.strictSame(problemsOfForged({ ...unsorted, sent: 'as-given', signed: 'as-given' }), [
    'cms.attribute-order',
  ])
  t.strictSame(problemsOfForged({ ...unsorted, signed: 'as-given' }), ['cms.signature'])
  t.strictSame(problemsOfForged({ sent: 'indefinite' }), ['cms.attribute-order'])
})

t.test('signatures without attributes', async (t) => {
  const bare = (document: Uint8Array, more: Forgery = {}): string[] =>
    problemsOfForged({ content: document, isWithoutAttributes: true, ...more }, document)
  t.strictSame(bare(content), ['cms.attributes-absent'])
  t.strictSame(bare(content, { signed: 'nothing' }), ['cms.attributes-absent', 'cms.signature'])
  t.strictSame(bare(content, { contentType: '1.2.3' }), [
    'cms.attribute-missing',
    'cms.attributes-absent',
    'cms.version',
  ])
  const attributes = join(constructed(tags.set, attributeOf(oids.messageDigest, octetString(content))))
  t.strictSame(bare(attributes), ['cms.attributes-absent', 'cms.attributes-confusable'])
  const large = (length: number, isExact: boolean): Uint8Array => {
    const inner = Buffer.alloc(length - attributes.length, 5)
    const set = join(constructed(tags.set, attributes.subarray(2), octetString(inner)))
    return isExact ? set : Buffer.concat([set, Buffer.alloc(1)])
  }
  const sizeMax = limits.bareContentKeptBytesMax
  t.strictSame(bare(large(sizeMax + 9, true)), ['cms.attributes-absent', 'cms.attributes-confusable'])
  t.strictSame(bare(large(sizeMax + 9, false)), ['cms.attributes-absent'])
  const rsa = nodeForger('rsa')
  const byRsa = (length: number): string[] => {
    const document = Buffer.alloc(length)
    const made = forge(rsa, { content: document, encapsulated: [], isWithoutAttributes: true })
    return problemsOf(checkSignature(made, document))
  }
  t.strictSame(byRsa(sizeMax), ['cms.attributes-absent'])
  t.strictSame(byRsa(sizeMax + 1), ['cms.attributes-absent', 'cms.content-missing'])
})

t.test('algorithms and numbers of GOST', async (t) => {
  const algorithm = (oid: string): Forgery => ({ signatureAlgorithm: algorithmOf(oid) })
  t.strictSame(problemsOfForged(algorithm(oids.gostSignature256)), [])
  t.strictSame(problemsOfForged(algorithm(oids.gostSignature512)), ['cms.algorithm'])
  t.strictSame(problemsOfForged(algorithm(oids.sha256WithRsa)), ['cms.algorithm'])
  t.strictSame(problemsOfForged({ signatureAlgorithm: pssAlgorithm(oids.sha256, Uint8Array.of(1)) }), [
    'cms.broken',
  ])
  t.strictSame(problemsOfForged({ digestAlgorithm: algorithmOf(oids.streebog512) }), ['cms.algorithm'])
  t.strictSame(problemsOfForged({ digestAlgorithms: [algorithmOf(oids.sha256)] }), ['cms.digest-announced'])
  const { q } = curveNamed('TC26-256-B')
  const octets = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
  const half = (name: 's' | 'r', number: bigint): string[] =>
    problemsOfForged({
      mangle: (signature) =>
        name === 's'
          ? Buffer.concat([octets(number), signature.subarray(32)])
          : Buffer.concat([signature.subarray(0, 32), octets(number)]),
    })
  for (const name of ['s', 'r'] as const) {
    t.strictSame(half(name, 0n), ['cms.signature-range'])
    t.strictSame(half(name, q), ['cms.signature-range'])
    t.strictSame(half(name, 1n), ['cms.signature'])
    t.strictSame(half(name, q - 1n), ['cms.signature'])
  }
  t.strictSame(problemsOfForged({ mangle: (one) => one.subarray(1) }), ['cms.signature-range'])
  t.strictSame(problemsOfForged({ mangle: () => new Uint8Array(0) }), ['cms.signature-range'])
})

const authority = authorityOf(identityOn('TC26-256-A'))

t.test('CAdES-T: time-stamps over the signature', async (t) => {
  const other = nodeForger('rsa')
  const rsaAuthority = {
    ...other,
    certificate: certificateOf({
      spki: other.certificate.publicKey.spki,
      name: 'TSA',
      extensions: [keyUsageExtension([oids.timeStamping])],
    }),
  }
  const stamps = [authority, authorityOf(identityOn('TC26-512-C')), rsaAuthority]
  const result = checkSignature(forged({ unsignedAttributes: stampedBy(...stamps) }), content, { at })
  t.strictSame(problemsOf(result), [])
  const [signer] = result.facts.signers
  t.strictSame(
    signer?.timestamps.map(({ time: stamped, accuracyMs }) => [stamped, accuracyMs]),
    stamps.map(() => ['2026-10-01T09:00:03.250Z', 0]),
  )
  t.strictSame(
    signer?.timestamps.map(({ certificate }) => certificate?.sha256),
    stamps.map(({ certificate }) => certificate.thumbprint),
  )
  const [first] = result.signers[0]?.timestamps ?? []
  t.equal(first?.statement.policy, '1.2.643.2.2.38.4')
  t.equal(first?.statement.serial, '2a')
  t.equal(first?.certificates.length, 1)
  t.ok(result.facts.unsigned.some((one) => one.startsWith('unsigned attributes of signer 1')))
})

/** Problems of a signature with a token that is otherwise than proper. */
function stampedWith(request: Partial<TokenRequest>, by = authority): string[] {
  return problemsOfForged({
    unsignedAttributes: (signature) =>
      constructed(context(1), attributeOf(oids.signatureTimestamp, tokenOf(by, { signature, ...request }))),
  })
}

t.test('time-stamps: what they may state', async (t) => {
  const accuracy = sequence(
    smallInteger(2),
    primitive(context(0), Uint8Array.of(1, 244)),
    primitive(context(1), Uint8Array.of(1)),
  )
  const more = [
    accuracy,
    primitive(tags.boolean, Uint8Array.of(0xff)),
    primitive(tags.integer, Buffer.from('0102030405060708', 'hex')),
    constructed(context(0), constructed(context(4), authority.certificate.subject)),
    constructed(context(1), sequence(objectIdentifier('1.2.3'), octetString(content))),
  ]
  const unsignedAttributes = (signature: Uint8Array): Der =>
    constructed(context(1), attributeOf(oids.signatureTimestamp, tokenOf(authority, { signature, more })))
  const result = checkSignature(forged({ unsignedAttributes }), content)
  t.strictSame(problemsOf(result), [])
  const [stamp] = result.signers[0]?.timestamps ?? []
  t.equal(stamp?.facts.accuracyMs, 2501, 'rounded up')
  t.equal(stamp?.statement.isOrdered, true)
  t.equal(Buffer.from(stamp?.statement.nonce ?? []).toString('hex'), '0102030405060708')
  for (const name of ['streebog512', 'sha256', 'sha512'] as const)
    t.strictSame(stampedWith({ imprintDigest: name }), [])
  const late = new Date(at.getTime() - limits.timestampBehindMs)
  const stated = (moment: Date): string => `${moment.toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`
  t.strictSame(stampedWith({ time: stated(late) }), [])
  t.strictSame(stampedWith({ time: stated(new Date(late.getTime() - 1000)) }), ['stamp timestamp.order'])
})

t.test('time-stamps: what is wrong with them', async (t) => {
  t.strictSame(stampedWith({ signature: content }), ['stamp timestamp.imprint'])
  t.strictSame(stampedWith({ imprint: Buffer.alloc(32) }), ['stamp timestamp.imprint'])
  t.strictSame(stampedWith({ imprintAlgorithm: algorithmOf('1.2.3') }), ['stamp timestamp.imprint-unknown'])
  t.strictSame(stampedWith({ imprintDigest: 'sha1' }), ['stamp timestamp.imprint-weak'])
  const critical = sequence(
    objectIdentifier('1.2.3'),
    primitive(tags.boolean, Uint8Array.of(1)),
    octetString(content),
  )
  t.strictSame(stampedWith({ more: [constructed(context(1), critical)] }), ['stamp timestamp.extension'])
  t.strictSame(stampedWith({ forgery: { signed: 'nothing' } }), ['stamp cms.signature'])
  t.strictSame(stampedWith({ forgery: { certificates: undefined } }), ['stamp cms.certificate-missing'])
  t.strictSame(
    stampedWith({
      forgery: { attributes: ({ contentType, messageDigest }) => [contentType, messageDigest] },
    }),
    ['stamp cms.signing-certificate-missing'],
  )
  const other = identityOn('TC26-256-A')
  const usages: [string, readonly Der[]][] = [
    ['none', []],
    ['not critical', [keyUsageExtension([oids.timeStamping], false)]],
    ['another', [keyUsageExtension([oids.clientAuthentication])]],
    ['one more', [keyUsageExtension([oids.timeStamping, oids.clientAuthentication])]],
    ['twice', [keyUsageExtension([oids.timeStamping]), keyUsageExtension([oids.timeStamping])]],
    [
      'broken',
      [
        sequence(
          objectIdentifier(oids.extendedKeyUsage),
          primitive(tags.boolean, Uint8Array.of(1)),
          octetString(content),
        ),
      ],
    ],
  ]
  for (const [name, extensions] of usages) {
    t.strictSame(stampedWith({}, authorityOf(other, extensions)), ['stamp timestamp.key-usage'], name)
  }
  const broken: [string, Partial<TokenRequest>][] = [
    ['version', { version: 2 }],
    ['no time', { time: '2026' }],
    ['fields', { more: [nullValue()] }],
    ['accuracy', { more: [sequence(primitive(context(0), Uint8Array.of(3, 232)))] }],
    ['accuracy of too many seconds', { more: [sequence(primitive(tags.integer, Buffer.alloc(5, 1)))] }],
    ['accuracy of something', { more: [sequence(nullValue(), smallInteger(1))] }],
    ['type', { forgery: { contentType: oids.cmsData } }],
    ['detached', { forgery: { encapsulated: [] } }],
    ['signers', { forgery: { signers: 2 } }],
    ['signer', { forgery: { signerVersion: 4 } }],
    ['large', { forgery: { encapsulated: [octetString(Buffer.alloc(limits.timestampBytesMax))] } }],
  ]
  for (const [name, request] of broken) t.strictSame(stampedWith(request), ['timestamp.broken'], name)
  const many = Array.from({ length: limits.timestampsPerSignerMax }, () => authority)
  t.strictSame(problemsOfForged({ unsignedAttributes: stampedBy(...many) }), [])
  t.strictSame(problemsOfForged({ unsignedAttributes: stampedBy(...many, authority) }), ['timestamp.many'])
})

t.test('unsigned attributes: told of, never trusted', async (t) => {
  const unsigned = (...attributes: readonly Der[]): CheckedSignature =>
    checkSignature(forged({ unsignedAttributes: constructed(context(1), ...attributes) }), content)
  const list = sequence(objectIdentifier('1.2.3'))
  t.strictSame(problemsOf(unsigned(attributeOf(oids.countersignature, list))), ['cms.countersignature'])
  t.strictSame(problemsOf(unsigned(attributeOf(oids.archiveTimestampV3, list))), ['timestamp.not-used'])
  t.strictSame(problemsOf(unsigned(attributeOf('1.2.3', list))), [])
  t.strictSame(problemsOf(unsigned(nullValue())), ['cms.unsigned-broken'])
  t.strictSame(problemsOf(unsigned(attributeOf(oids.certificateValues, nullValue()))), [
    'cms.unsigned-broken',
  ])
  const values = unsigned(
    attributeOf(oids.certificateValues, sequence(identity.certificate.der)),
    attributeOf(
      oids.revocationValues,
      sequence(constructed(context(0), sequence(list, list)), constructed(context(1), sequence(list))),
    ),
  )
  t.strictSame(problemsOf(values), [])
  t.equal(values.certificates.length, 3)
  t.strictSame(
    values.revocations.map(({ kind }) => kind),
    ['crl', 'crl', 'basic-ocsp'],
  )
  const answer = constructed(context(1), objectIdentifier(oids.ocspOfCms), list)
  const lists = (...choices: readonly Der[]) =>
    checkSignature(forged({ beforeSigners: [constructed(context(1), ...choices)] }), content)
  t.strictSame(
    lists(list, answer, constructed(context(1), objectIdentifier('1.2.3'), list)).revocations.map(
      ({ kind }) => kind,
    ),
    ['crl', 'ocsp'],
  )
  t.equal(
    lists(...Array.from({ length: limits.revocationsPerCmsMax + 1 }, () => list)).revocations.length,
    limits.revocationsPerCmsMax,
  )
  t.strictSame(lists(constructed(context(1), nullValue())).revocations, [])
})

const { path: corpus, absent: withoutCorpus } = beside('corpus/documents')

t.test('the documents of the corpus', { skip: withoutCorpus }, async (t) => {
  const files = readdirSync(corpus).filter((name) => name.endsWith('.sig'))
  t.ok(files.length >= 2)
  for (const file of files) {
    const read = (name: string): Buffer => readFileSync(joinPath(corpus, name))
    t.strictSame(problemsOf(checkSignature(read(file), read(file.replace(/\.sig$/, '')))), [], file)
  }
})

t.test('every problem of the table was reached above', async (t) => {
  t.strictSame(
    Object.keys(cmsProblems).filter((code) => !reached.has(code)),
    [],
  )
})
