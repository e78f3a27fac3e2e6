// The development PKI: what it writes, what a second run keeps, and what its certificates say.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as pkijs from 'pkijs'
import t from 'tap'
import {
  type Certificate,
  readCertificates,
  verifyCertificateSignature,
} from '../../hub/trust/certificate.ts'
import { readSigned, verifySigned } from '../../hub/trust/cms.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { DerReader } from '../../hub/trust/der/reader.ts'
import { readSequence } from '../../hub/trust/der/values.ts'
import { organizationInn } from '../../hub/trust/distinguished-name.ts'
import { digest, verify } from '../../hub/trust/gost/kernel.ts'
import {
  type DevelopmentPki,
  type DevelopmentPkiRequest,
  makeDevelopmentPki,
} from '../../hub/trust/pki/development.ts'
import { issueRevocationList } from '../../hub/trust/pki/issue.ts'
import { inventOgrn, inventPersonInn, inventSnils } from '../../hub/trust/pki/test-numbers.ts'
import { signAttached } from '../../hub/trust/sign.ts'
import { readSigningIdentity } from '../../hub/trust/signing-identity.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { identityOn } from '../support/signing.ts'

const at = new Date('2026-10-01T09:00:00Z')
const operators = [
  { code: '2ZA', name: 'ООО "Оператор А"', inn: '7705717142' },
  { code: '2ZB', name: 'ООО "Оператор Б"', inn: '7773333970' },
]
const subscribers = [
  { id: '2ZA-7741377501', name: 'ООО "Ромашка"', inn: '7741377501', kpp: '770101460', ogrn: '1027376014490' },
  { id: '2ZB/василёк', name: 'ООО "Василёк"', inn: '7729244833' },
]

async function make(folder: string, more: Partial<DevelopmentPkiRequest> = {}): Promise<DevelopmentPki> {
  const pki = await makeDevelopmentPki({ folder, operators, subscribers, at, ...more })
  if (isRefusal(pki)) throw new Error(`${pki.code}: ${pki.seen}`)
  return pki
}

function certificateIn(folder: string, file: string): Certificate {
  const certificates = readCertificates(readFileSync(join(folder, file)))
  if (isRefusal(certificates) || certificates[0] === undefined) throw new Error(file)
  return certificates[0]
}

function temporary(t: { teardown(done: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'pki-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'made by the hub')
}

t.test('writes certificates, keys for their owner only, lists and an index', async (t) => {
  const folder = temporary(t)
  const pki = await make(folder, { curves: ['TC26-256-B', 'TC26-512-A'] })
  t.strictSame(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')), pki)
  const leaves = [pki.hub, ...pki.operators, ...pki.subscribers]
  const all = [pki.root, pki.intermediate, ...leaves]
  t.equal(new Set(all.map(({ thumbprint }) => thumbprint)).size, 7)
  t.strictSame(
    leaves.map(({ curve }) => curve),
    ['TC26-256-B', 'TC26-512-A', 'TC26-256-B', 'TC26-512-A', 'TC26-256-B'],
  )
  for (const { key } of all) t.equal(statSync(join(folder, key)).mode & 0o777, 0o600, key)
  const root = certificateIn(folder, 'root.crt')
  const intermediate = certificateIn(folder, 'intermediate.crt')
  t.ok(verifyCertificateSignature(root, root))
  t.ok(verifyCertificateSignature(intermediate, root))
  for (const leaf of leaves) {
    const certificate = certificateIn(folder, leaf.certificate)
    t.equal(certificate.thumbprint, leaf.thumbprint)
    t.equal(
      certificate.thumbprint,
      certificateIn(folder, leaf.certificate.replace('.crt', '.cer')).thumbprint,
    )
    t.ok(verifyCertificateSignature(certificate, intermediate), leaf.certificate)
    t.equal(organizationInn(certificate.subjectName), leaf.inn)
    t.equal(certificate.subjectName.ogrn, leaf.ogrn)
  }
  t.equal(pki.subscribers[0]?.ogrn, '1027376014490')
  t.equal(pki.operators[0]?.certificate, 'operator-2za.crt')
  t.match(pki.subscribers[1]?.certificate, /^subscriber-2zb-[0-9a-f]{8}\.crt$/)
  t.notOk(
    readdirSync(folder).some((name) => name.endsWith('.new')),
    'no drafts are left',
  )
})

t.test('what it makes signs packages', async (t) => {
  const folder = temporary(t)
  const pki = await make(folder)
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  const identity = readSigningIdentity({
    certificate: read(pki.hub.certificate),
    key: read(pki.hub.key),
    chain: read(pki.intermediate.certificate),
  })
  if (isRefusal(identity)) throw new Error(identity.seen)
  const signed = readSigned(signAttached({ ...identity, content: Buffer.from('package'), at }))
  if (isRefusal(signed)) throw new Error(signed.seen)
  t.equal(verifySigned(signed), undefined)
  t.equal(signed.certificate.thumbprint, pki.hub.thumbprint)
})

t.test('a second run keeps what is there, adds what is new and renews the lists', async (t) => {
  const folder = temporary(t)
  const first = await make(folder, { operators: operators.slice(0, 1), subscribers: [] })
  const list = readFileSync(join(folder, 'intermediate.crl'))
  const second = await make(folder, { at: new Date(at.getTime() + 60_000) })
  t.equal(second.root.thumbprint, first.root.thumbprint)
  t.equal(second.hub.thumbprint, first.hub.thumbprint)
  t.equal(second.operators[0]?.thumbprint, first.operators[0]?.thumbprint)
  t.equal(second.operators.length, 2)
  t.not(readFileSync(join(folder, 'intermediate.crl')).compare(list), 0)

  const key = readFileSync(join(folder, second.hub.key), 'utf8')
  rmSync(join(folder, second.hub.certificate))
  const renamed = { operators: [{ code: '2ZA', name: 'ООО "Новое имя"', inn: '7705717142' }] }
  const third = await make(folder, renamed)
  t.not(third.hub.thumbprint, second.hub.thumbprint, 'a lost certificate is issued again')
  t.equal(readFileSync(join(folder, third.hub.key), 'utf8'), key, 'for the same key')
  t.not(third.operators[0]?.thumbprint, second.operators[0]?.thumbprint, 'for another name too')
  const later = await make(folder, { at: new Date('2040-01-01T00:00:00Z') })
  t.not(later.root.thumbprint, third.root.thumbprint, 'expired certificates are issued again')
  t.equal(readFileSync(join(folder, later.hub.key), 'utf8'), key)

  const anew = await make(folder, { overwrite: true })
  t.not(anew.root.thumbprint, first.root.thumbprint)
  t.not(readFileSync(join(folder, anew.hub.key), 'utf8'), key)
})

t.test('a key file that holds no key is not overwritten unasked', async (t) => {
  const folder = temporary(t)
  await make(folder)
  writeFileSync(join(folder, 'hub.key'), 'something else')
  const refused = await makeDevelopmentPki({ folder, operators, subscribers, at })
  t.match(refused, { code: 'key.broken', at: join(folder, 'hub.key') })
  t.equal(readFileSync(join(folder, 'hub.key'), 'utf8'), 'something else')
  await make(folder, { overwrite: true })
  await t.rejects(makeDevelopmentPki({ folder, operators, subscribers, at, curves: ['P-256'] }), /P-256/)
})

t.test('certificates carry the extensions of qualified ones, as pkijs reads them', async (t) => {
  const { certificate, chain } = identityOn('TC26-256-B')
  const extensionsOf = ({ der }: Certificate): Record<string, pkijs.Extension> => {
    const form = pkijs.Certificate.fromBER(Uint8Array.from(der).buffer)
    return Object.fromEntries((form.extensions ?? []).map((extension) => [extension.extnID, extension]))
  }
  const leaf = extensionsOf(certificate)
  t.strictSame(Object.keys(leaf).sort(), [
    oids.subjectSignTool,
    oids.subjectKeyIdentifier,
    oids.keyUsage,
    oids.basicConstraints,
    oids.crlDistributionPoints,
    oids.certificatePolicies,
    oids.authorityKeyIdentifier,
    oids.extendedKeyUsage,
  ])
  t.ok(leaf[oids.keyUsage]?.critical)
  const points: pkijs.CRLDistributionPoints = leaf[oids.crlDistributionPoints]?.parsedValue
  const names = points.distributionPoints[0]?.distributionPoint
  t.match(Array.isArray(names) ? names[0]?.value : undefined, /^http:\/\/[a-z.]+\.invalid\/\w+\.crl$/)
  const usage: pkijs.ExtKeyUsage = leaf[oids.extendedKeyUsage]?.parsedValue
  t.strictSame(usage.keyPurposes, [oids.clientAuthentication, oids.emailProtection])
  const [root] = chain
  const above = root && extensionsOf(root)
  t.strictSame(Object.keys(above ?? {}).sort(), [
    oids.subjectKeyIdentifier,
    oids.keyUsage,
    oids.basicConstraints,
  ])
  const constraints: pkijs.BasicConstraints = above?.[oids.basicConstraints]?.parsedValue
  t.equal(constraints.cA, true)
})

t.test('a revocation list names what is revoked and is signed by its issuer', async (t) => {
  const { certificate, issuer } = identityOn('TC26-512-A')
  const root = issuer.certificate
  const der = issueRevocationList(
    {
      number: 7,
      thisUpdate: at,
      nextUpdate: new Date('2051-01-01T00:00:00Z'),
      revoked: [{ certificate, revokedAt: at }],
    },
    issuer,
  )
  const list = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(der).buffer)
  t.ok(list.isCertificateRevoked(pkijs.Certificate.fromBER(Uint8Array.from(certificate.der).buffer)))
  t.notOk(list.isCertificateRevoked(pkijs.Certificate.fromBER(Uint8Array.from(root.der).buffer)))
  t.strictSame(list.thisUpdate.value, at)
  t.strictSame(list.nextUpdate?.value, new Date('2051-01-01T00:00:00Z'))
  const reader = new DerReader(der)
  const [tbs] = readSequence(reader, reader.whole())
  const { key } = issuer.certificate
  t.ok(
    tbs &&
      key &&
      verify({
        ...key,
        digest: digest('streebog512', reader.encoding(tbs)),
        signature: list.signatureValue.valueBlock.valueHexView,
      }),
  )
})

t.test('made-up numbers have right check digits', async (t) => {
  for (const seed of ['7705717142', '7773333970', 'a', 'b', 'c', 'd', 'e', 'f']) {
    const ogrn = inventOgrn(seed)
    t.equal(String((Number(ogrn.slice(0, 12)) % 11) % 10), ogrn.slice(12))
    const inn = [...inventPersonInn(seed)].map(Number)
    const check = (weights: number[]): number =>
      (weights.reduce((sum, weight, index) => sum + weight * (inn[index] ?? 0), 0) % 11) % 10
    t.equal(inn.length, 12)
    t.equal(check([7, 2, 4, 10, 3, 5, 9, 4, 6, 8]), inn[10])
    t.equal(check([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]), inn[11])
    const snils = inventSnils(seed)
    const sum = [...snils.slice(0, 9)].reduce((total, digit, index) => total + Number(digit) * (9 - index), 0)
    t.equal(String((sum % 101) % 100).padStart(2, '0'), snils.slice(9))
  }
})
