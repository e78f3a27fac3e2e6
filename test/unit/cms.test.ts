// Reading and verifying signed packages: every way a proper one may look, and every way it may be wrong.

import { readdirSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import t from 'tap'
import { openSigned } from '../../hub/pipeline/open-package.ts'
import { readSigned, type SignedPackage, verifySigned } from '../../hub/trust/cms.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context } from '../../hub/trust/der/reader.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { createSigner, signAttached, signDetached } from '../../hub/trust/sign.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { berOf } from '../support/ber.ts'
import { beside } from '../support/beside.ts'
import { identityOn } from '../support/signing.ts'

const fixtures = joinPath(import.meta.dirname, '../fixtures/cms')
const fixture = (name: string): Buffer => readFileSync(joinPath(fixtures, name))
const content = fixture('content.txt')
const at = new Date('2026-10-01T09:00:00Z')
const identity = identityOn('TC26-256-B')

/** The package, or the test fails. */
function mustRead(bytes: Uint8Array, options?: Parameters<typeof readSigned>[1]): SignedPackage {
  const signed = readSigned(bytes, options)
  if (isRefusal(signed)) throw new Error(`${signed.code}: ${signed.seen}`)
  return signed
}

/** 'verified' or the code of the refusal. */
function outcome(bytes: Uint8Array, options?: Parameters<typeof readSigned>[1]): string {
  const signed = readSigned(bytes, options)
  return (isRefusal(signed) ? signed : verifySigned(signed))?.code ?? 'verified'
}

t.test('CMS made by OpenSSL get what they deserve', async (t) => {
  const expected: Record<string, string> = {
    'cades-256b.cms': 'verified',
    'cades-512a.cms': 'verified',
    'plain-256a.cms': 'verified',
    'no-attributes.cms': 'verified',
    'key-identifier.cms': 'verified',
    'streamed.cms': 'verified',
    'no-certificates.cms': 'cms.certificate-missing',
    'detached.cms': 'cms.detached',
    'two-signers.cms': 'cms.signers-many',
    'p256.cms': 'cms.algorithm',
    'certificates-only.cms': 'cms.not-signed',
  }
  const files = readdirSync(fixtures).filter((name) => name.endsWith('.cms'))
  t.strictSame(files.sort(), Object.keys(expected).sort())
  for (const file of files) {
    t.equal(outcome(fixture(file)), expected[file], file)
    if (expected[file] === 'verified') t.strictSame(Buffer.from(mustRead(fixture(file)).content), content)
  }
})

t.test('tells who signed what and when, before any digest is computed', async (t) => {
  const signed = mustRead(fixture('cades-256b.cms'))
  t.equal(signed.certificate.subjectName.organization, 'ООО "Роуминговый хаб"')
  t.equal(signed.certificate.subjectName.innLegal, '7700000009')
  t.equal(signed.curve.name, 'TC26-256-B')
  t.equal(signed.contentType, oids.cmsData)
  t.equal(signed.digestAlgorithm, oids.streebog256)
  t.equal(signed.signatureAlgorithm, oids.gostKey256)
  t.equal(signed.embedded.length, 2)
  t.equal(signed.signature.length, 64)
  t.ok(signed.signedAttributes?.signingTime instanceof Date)
  t.equal(signed.signedAttributes?.signingCertificates.length, 1)
  t.equal(signed.content.buffer, signed.contentSource.bytes.buffer, 'the content is a view')
  t.equal(mustRead(fixture('no-attributes.cms')).signedAttributes, undefined)
})

t.test('finds the certificate among registered ones and takes detached content', async (t) => {
  const hub = mustRead(fixture('cades-256b.cms')).certificate
  t.equal(outcome(fixture('no-certificates.cms'), { registered: [identity.certificate, hub] }), 'verified')
  t.equal(
    outcome(fixture('no-certificates.cms'), { registered: [identity.certificate] }),
    'cms.certificate-missing',
  )
  t.equal(outcome(fixture('detached.cms'), { detachedContent: content }), 'verified')
  t.equal(outcome(fixture('detached.cms'), { detachedContent: Buffer.from('other') }), 'cms.digest')
})

t.test(
  'a package that brings its certificate costs nothing for all the others that are registered',
  async (t) => {
    const hub = mustRead(fixture('cades-256b.cms')).certificate
    let reads = 0
    const registered = [identity.certificate.der, hub.der]
    const counted = new Proxy(registered, {
      get(target, key) {
        if (/^\d+$/.test(String(key))) reads += 1
        return Reflect.get(target, key)
      },
    })
    t.match(openSigned(fixture('cades-256b.cms'), counted), { certificate: { thumbprint: hub.thumbprint } })
    t.equal(reads, 0)
    t.match(openSigned(fixture('no-certificates.cms'), counted), {
      certificate: { thumbprint: hub.thumbprint },
    })
    t.equal(reads, 2)
    const broken = [Buffer.from('no certificate'), hub.der]
    t.notOk(
      isRefusal(openSigned(fixture('no-certificates.cms'), broken)),
      'what cannot be read is passed over',
    )
  },
)

t.test('what we sign verifies on every parameter set, attached and detached', async (t) => {
  for (const curve of curves) {
    const own = identityOn(curve.name)
    const attached = mustRead(signAttached({ ...own, content, at }))
    t.equal(verifySigned(attached), undefined, curve.name)
    t.strictSame(attached.signedAttributes?.signingTime, at)
    t.equal(attached.embedded.length, 2)
    t.equal(outcome(signDetached({ ...own, content, at }), { detachedContent: content }), 'verified')
  }
})

t.test('a prepared signer signs any content, also none and long', async (t) => {
  const signer = createSigner(identity)
  t.equal(signer.certificate, identity.certificate)
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const signed = mustRead(signer.sign(Buffer.alloc(length, 0x5a), at))
    t.equal(signed.content.length, length)
    t.equal(verifySigned(signed), undefined)
  }
  const other = identityOn('TC26-256-A')
  t.throws(() => createSigner({ ...identity, privateKey: other.privateKey }), /curve of the certificate/)
})

const { path: corpus, absent: withoutCorpus } = beside('corpus/packages')

t.test('the packages of the corpus', { skip: withoutCorpus }, async (t) => {
  const refused: Record<string, string> = {
    'refused-flipped-byte.cms': 'cms.digest',
    'refused-not-cms.cms': 'cms.not-cms',
  }
  const files = readdirSync(corpus)
  t.equal(files.length, 24)
  for (const file of files) {
    t.equal(outcome(readFileSync(joinPath(corpus, file))), refused[file] ?? 'verified', file)
  }
})

t.test('BER: indefinite lengths, long lengths and segmented strings verify like the DER', async (t) => {
  const der = createSigner(identity).sign(Buffer.alloc(5000, 0x61), at)
  // Certificates are DER by themselves, whatever the encoding around them.
  const isKept = (element: { depth: number; tag: number }): boolean =>
    element.depth === 4 && element.tag === context(0)
  for (const segment of [0, 1, 7, 1000]) {
    for (const isIndefinite of [true, false]) {
      const ber = berOf(der, { isKept, isIndefinite: () => isIndefinite, segmentBytes: () => segment })
      const signed = mustRead(ber)
      t.equal(verifySigned(signed), undefined, `segments of ${segment}, indefinite ${isIndefinite}`)
      t.equal(Buffer.compare(signed.content, Buffer.alloc(5000, 0x61)), 0)
      t.equal(signed.content, signed.content, 'the content is joined once')
    }
  }
  const changed = berOf(der, { isKept, isIndefinite: () => true, segmentBytes: () => 100 })
  const place = Buffer.from(changed).indexOf('aaaa')
  changed[place] = 0x62
  t.equal(outcome(changed), 'cms.digest')
})
