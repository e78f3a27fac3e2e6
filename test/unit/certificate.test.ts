// Reading certificates and private keys: fields, forms of files, hostile bytes; pkijs as the oracle.

import { readdirSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import * as pkijs from 'pkijs'
import t from 'tap'
import {
  type Certificate,
  parseCertificate,
  readCertificates,
  verifyCertificateSignature,
} from '../../hub/trust/certificate.ts'
import { certificateDigest, parseCertificateOnce } from '../../hub/trust/certificate-cache.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { tags } from '../../hub/trust/der/reader.ts'
import {
  type Der,
  join,
  nullValue,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  smallInteger,
} from '../../hub/trust/der/write.ts'
import { describeName, isSameName, organizationInn } from '../../hub/trust/distinguished-name.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { berOf } from '../support/ber.ts'
import { beside } from '../support/beside.ts'
import { identityOn } from '../support/signing.ts'

const fixtures = joinPath(import.meta.dirname, '../fixtures/cms')
const { path: corpus, absent: withoutCorpus } = beside('corpus/pki')

function must<T extends object>(value: T): Exclude<T, { code: unknown; seen: unknown }> {
  if (isRefusal(value)) throw new Error(`${value.code}: ${value.seen}`)
  return value as Exclude<T, { code: unknown; seen: unknown }>
}

function oneFrom(path: string): Certificate {
  const [certificate] = must(readCertificates(readFileSync(path)))
  if (certificate === undefined) throw new Error(path)
  return certificate
}

const codeOf = (value: object): string => (isRefusal(value) ? value.code : 'read')
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')

t.test('reads the fields of a certificate', async (t) => {
  const hub = oneFrom(joinPath(fixtures, 'hub.crt'))
  t.match(hub.thumbprint, /^[0-9a-f]{64}$/)
  t.match(hub.thumbprintSha1, /^[0-9a-f]{40}$/)
  t.equal(
    describeName(hub.subjectName),
    'CN=ООО "Роуминговый хаб", O=ООО "Роуминговый хаб", ИННЮЛ=7700000009, ОГРН=1027718034519',
  )
  t.equal(hub.subjectName.surname, 'Пробный')
  t.match(hub.subjectName.snils, /^\d{11}$/)
  t.equal(organizationInn(hub.subjectName), '7700000009')
  t.equal(organizationInn({ inn: '007705717142' }), '7705717142', 'filled up as before 2021')
  t.equal(organizationInn({ inn: '771365132548' }), undefined, 'a person')
  t.equal(
    describeName({ commonName: 'Пробный Пётр', inn: '771365132548' }),
    'CN=Пробный Пётр, ИНН=771365132548',
  )
  t.strictSame(hub.notBefore, new Date('2026-01-01T00:00:00Z'))
  t.equal(hub.key?.curve.name, 'TC26-256-B')
  t.equal(hub.key?.publicKey.length, 64)
  const above = oneFrom(joinPath(fixtures, 'intermediate.crt'))
  t.equal(hex(hub.authorityKeyIdentifier), hex(above.subjectKeyIdentifier))
  t.ok(isSameName(hub.issuer, above.subject))
  t.notOk(isSameName(hub.issuer, hub.subject))
  t.notOk(isSameName(hub.issuer, Uint8Array.of(0x30, 0x05)), 'broken names are the same as none')
})

t.test('checks the signature of a certificate by its issuer', async (t) => {
  const hub = oneFrom(joinPath(fixtures, 'hub.crt'))
  const intermediate = oneFrom(joinPath(fixtures, 'intermediate.crt'))
  const root = oneFrom(joinPath(fixtures, 'root.crt'))
  t.ok(verifyCertificateSignature(hub, intermediate))
  t.ok(verifyCertificateSignature(intermediate, root))
  t.ok(verifyCertificateSignature(root, root))
  t.notOk(verifyCertificateSignature(hub, root))
  t.notOk(verifyCertificateSignature(hub, identityOn('TC26-512-A').certificate), 'another key size')
  const unusable = { kind: 'other', algorithm: '1.2.3', spki: intermediate.publicKey.spki } as const
  t.notOk(verifyCertificateSignature(hub, { ...intermediate, publicKey: unusable }))
  const changed = must(parseCertificate(flip(hub.der, Buffer.from(hub.der).indexOf('7700000009'))))
  t.notOk(verifyCertificateSignature(changed, intermediate))
  for (const { name } of curves) {
    const { certificate, chain } = identityOn(name)
    t.ok(chain[0] && verifyCertificateSignature(certificate, chain[0]), name)
  }
})

t.test('certificates of the corpus: pkijs reads the same', { skip: withoutCorpus }, async (t) => {
  const files = readdirSync(corpus).filter((name) => name.endsWith('.crt'))
  t.equal(files.length, 13)
  for (const file of files) {
    const ours = oneFrom(joinPath(corpus, file))
    const theirs = pkijs.Certificate.fromBER(Uint8Array.from(ours.der).buffer)
    t.equal(hex(ours.serialOctets), hex(theirs.serialNumber.valueBlock.valueHexView), file)
    t.equal(hex(ours.issuer), hex(new Uint8Array(theirs.issuer.toSchema().toBER())))
    t.equal(hex(ours.subject), hex(new Uint8Array(theirs.subject.toSchema().toBER())))
    t.strictSame([ours.notBefore, ours.notAfter], [theirs.notBefore.value, theirs.notAfter.value])
    t.equal(hex(ours.signed.tbs), hex(theirs.tbsView))
    t.equal(hex(ours.signed.signature), hex(theirs.signatureValue.valueBlock.valueHexView))
    const bits = theirs.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView
    t.equal(hex(ours.key?.publicKey), hex(bits).slice(-(ours.key?.publicKey.length ?? 0) * 2))
  }
  const named = (name: string): Certificate => oneFrom(joinPath(corpus, `${name}.crt`))
  for (const leaf of ['hub', 'operator-a', 'operator-b', 'org-a-512c', 'org-b-head', 'employee', 'revoked']) {
    t.ok(verifyCertificateSignature(named(leaf), named('inter')), leaf)
  }
  t.ok(verifyCertificateSignature(named('untrusted'), named('rogue')))
  t.notOk(verifyCertificateSignature(named('untrusted'), named('inter')))
})

t.test('reads files in PEM and DER', async (t) => {
  const { certificate, chain } = identityOn('TC26-256-B')
  const pem = [certificate, ...chain].map(({ der }) => writePem('CERTIFICATE', der)).join('Bag Attributes\n')
  t.strictSame(
    must(readCertificates(pem)).map(({ thumbprint }) => thumbprint),
    [certificate, ...chain].map(({ thumbprint }) => thumbprint),
  )
  t.equal(must(readCertificates(certificate.der)).length, 1)
  t.equal(must(readCertificates(Buffer.from(pem.replaceAll('\n', '\r\n')))).length, 2)
  t.equal(codeOf(readCertificates('')), 'certificate.broken')
  t.equal(codeOf(readCertificates(writePem('PRIVATE KEY', certificate.der))), 'certificate.broken')
  t.equal(
    codeOf(readCertificates(writePem('CERTIFICATE', certificate.der.subarray(1)))),
    'certificate.broken',
  )
  t.equal(codeOf(readCertificates(certificate.der.subarray(0, 100))), 'certificate.broken')
})

t.test('certificateBytesMax: as large is read, larger is not', async (t) => {
  const grown = (total: number): Uint8Array => {
    const { certificate } = identityOn('TC26-256-B')
    const padded = (size: number): Uint8Array =>
      join(sequence(...splitTop(certificate.der), octetString(Buffer.alloc(size))))
    const bytes = padded(total - 2000)
    return padded(total - 2000 + total - bytes.length)
  }
  t.equal(grown(limits.certificateBytesMax).length, limits.certificateBytesMax)
  t.equal(codeOf(parseCertificate(grown(limits.certificateBytesMax))), 'read')
  t.equal(codeOf(parseCertificate(grown(limits.certificateBytesMax + 1))), 'certificate.broken')
})

t.test('keys of other algorithms and unknown sets are no keys', async (t) => {
  const spki = (algorithm: Der, bits: Uint8Array): Certificate => {
    const key = sequence(algorithm, primitive(tags.bitString, Buffer.concat([Uint8Array.of(0), bits])))
    return must(parseCertificate(withKey(identityOn('TC26-256-B').certificate, join(key))))
  }
  const algorithm = (key: string, ...parameters: string[]): Der =>
    sequence(objectIdentifier(key), sequence(...parameters.map(objectIdentifier)))
  const key = join(octetString(Buffer.alloc(64, 7)))
  const tc26b = '1.2.643.7.1.2.1.1.2'
  t.equal(spki(algorithm(oids.gostKey256, tc26b), key).key?.curve.name, 'TC26-256-B')
  t.equal(
    spki(algorithm(oids.gostKey256, '1.2.643.2.2.36.0', oids.streebog256), key).key?.curve.name,
    'TC26-256-B',
  )
  t.equal(spki(algorithm(oids.gostKey256, tc26b, oids.streebog512), key).key, undefined)
  t.equal(spki(algorithm(oids.gostKey512, tc26b), key).key, undefined)
  t.equal(spki(algorithm(oids.gostKey256, '1.2.643.2.2.35.9'), key).key, undefined)
  t.equal(spki(algorithm('1.2.643.2.2.19', '1.2.643.2.2.35.1'), key).key, undefined, 'GOST of 2001')
  t.equal(spki(sequence(objectIdentifier('1.2.840.113549.1.1.1'), nullValue()), key).key, undefined, 'RSA')
  t.equal(spki(algorithm(oids.gostKey256, tc26b), join(octetString(Buffer.alloc(63)))).key, undefined)
})

t.test('cut or changed anywhere, a certificate is read or refused, and never verifies', async (t) => {
  const { certificate, chain } = identityOn('TC26-256-B')
  const [root] = chain
  for (let cut = 0; cut < certificate.der.length; cut += 1) {
    t.equal(codeOf(parseCertificate(certificate.der.subarray(0, cut))), 'certificate.broken')
  }
  let verified = 0
  for (let at = 0; at < certificate.der.length; at += 1) {
    const changed = parseCertificate(flip(certificate.der, at, 1 << (at % 8)))
    if (!isRefusal(changed) && root !== undefined && verifyCertificateSignature(changed, root)) verified += 1
  }
  t.equal(verified, 0)
  const nested = berOf(certificate.der, { isIndefinite: () => true, segmentBytes: () => 0 })
  t.equal(codeOf(parseCertificate(nested)), 'read', 'BER is read')
})

t.test(
  'certificatesCachedBytesMax: as much is remembered, the oldest goes when one more comes',
  async (t) => {
    const { der } = identityOn('TC26-256-B').certificate
    const numbered = (number: number): Uint8Array => {
      const bytes = Buffer.from(der)
      bytes.writeUInt32BE(number, bytes.length - 4)
      return bytes
    }
    const count = Math.floor(limits.certificatesCachedBytesMax / der.length)
    const first = parseCertificateOnce(numbered(0))
    for (let number = 1; number < count; number += 1) parseCertificateOnce(numbered(number))
    t.equal(parseCertificateOnce(numbered(0)), first)
    for (let number = 1; number <= count; number += 1) parseCertificateOnce(numbered(number))
    t.not(parseCertificateOnce(numbered(0)), first)
    t.strictSame(parseCertificateOnce(numbered(0)), first)
    t.equal(codeOf(parseCertificateOnce(der.subarray(1))), 'certificate.broken')
    const certificate = must(parseCertificateOnce(der))
    t.equal(certificateDigest(certificate, oids.sha256), certificateDigest(certificate, oids.sha256))
    t.equal(certificateDigest(certificate, '1.2.3'), undefined)
  },
)

function flip(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ mask
  return changed
}

/** The three parts of a certificate. */
function splitTop(der: Uint8Array): Uint8Array[] {
  const certificate = must(parseCertificate(der))
  const algorithm = join(sequence(objectIdentifier(oids.gostSignature256)))
  const signature = Buffer.concat([Uint8Array.of(0), certificate.signed.signature])
  return [certificate.signed.tbs, algorithm, join(primitive(tags.bitString, signature))]
}

/** A certificate of the least fields around a public key. */
function withKey(certificate: Certificate, key: Uint8Array): Uint8Array {
  const algorithm = sequence(objectIdentifier(oids.gostSignature256))
  const time = primitive(tags.utcTime, Buffer.from('260101000000Z'))
  const tbs = sequence(
    smallInteger(1),
    algorithm,
    certificate.issuer,
    sequence(time, time),
    certificate.subject,
    key,
  )
  return join(sequence(tbs, algorithm, primitive(tags.bitString, Uint8Array.of(0, 1))))
}
