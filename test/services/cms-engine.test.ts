// Our CMS, certificates and lists against OpenSSL with the GOST engine, live: each checks what the other made.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readSigned, verifySigned } from '../../hub/trust/cms.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { makeDevelopmentPki } from '../../hub/trust/pki/development.ts'
import { type SigningIdentity, signAttached, signDetached } from '../../hub/trust/sign.ts'
import { readSigningIdentity } from '../../hub/trust/signing-identity.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { findEngine, openssl } from '../support/gost-engine.ts'

const engine = findEngine()
const options = 'reason' in engine ? { skip: engine.reason } : {}
const folder = mkdtempSync(join(tmpdir(), 'cms-engine-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const file = (name: string): string => join(folder, name)
const authorities = ['-CAfile', file('authorities.pem'), '-purpose', 'any']
const at = new Date()
const content = Buffer.from('Содержимое пакета\r\n'.repeat(500))

t.before(async () => {
  const operators = curves.map((_, index) => ({
    code: `2Z${index}`,
    name: `Оператор ${index}`,
    inn: '7705717142',
  }))
  // The hub comes first in turn, so the operators get the sets from the second on and the first again at the end.
  const sets = curves.map(({ name }) => name)
  const pki = await makeDevelopmentPki({ folder, operators, subscribers: [], curves: sets, at })
  if (isRefusal(pki)) throw new Error(pki.seen)
  writeFileSync(file('content'), content)
})

const signers = ['hub', ...curves.map((_, index) => `operator-2z${index}`)]

function identityOf(name: string): Required<SigningIdentity> {
  const [certificate, key, chain] = [`${name}.crt`, `${name}.key`, 'intermediate.crt'].map((one) =>
    readFileSync(file(one), 'utf8'),
  )
  const identity = readSigningIdentity({ certificate: certificate ?? '', key: key ?? '', chain: chain ?? '' })
  if (isRefusal(identity)) throw new Error(identity.seen)
  return identity
}

t.test('OpenSSL verifies what we sign, attached and detached, on every parameter set', options, async (t) => {
  const verify = ['cms', '-verify', '-cades', '-binary', '-inform', 'DER', ...authorities]
  for (const name of signers) {
    const identity = identityOf(name)
    writeFileSync(file('attached.cms'), signAttached({ ...identity, content, at }))
    t.equal(openssl([...verify, '-in', file('attached.cms')]).compare(content), 0, name)
    writeFileSync(file('detached.cms'), signDetached({ ...identity, content, at }))
    openssl([...verify, '-in', file('detached.cms'), '-content', file('content'), '-out', file('out')])
    t.equal(readFileSync(file('out')).compare(content), 0, `${name}, detached`)
  }
})

t.test('OpenSSL refuses what we sign once it is changed', options, async (t) => {
  const signed = signAttached({ ...identityOf('hub'), content, at })
  const place = Buffer.from(signed).indexOf('пакета')
  signed[place] = (signed[place] ?? 0) ^ 1
  writeFileSync(file('changed.cms'), signed)
  t.throws(() => openssl(['cms', '-verify', '-inform', 'DER', ...authorities, '-in', file('changed.cms')]))
})

t.test('we verify what OpenSSL signs with our keys, in every form it knows', options, async (t) => {
  const forms = [
    ['-cades'],
    [],
    ['-noattr'],
    ['-keyid', '-cades'],
    ['-stream', '-cades'],
    ['-stream', '-noattr'],
  ]
  for (const name of signers) {
    const identity = identityOf(name)
    const digest = `md_gost12_${identity.privateKey.curve.bits}`
    for (const form of forms) {
      const who = ['-signer', file(`${name}.crt`), '-inkey', file(`${name}.key`), '-md', digest]
      const how = ['-binary', '-nosmimecap', '-nodetach', '-outform', 'DER', ...form]
      const signed = readSigned(openssl(['cms', '-sign', ...how, ...who, '-in', file('content')]))
      if (isRefusal(signed)) throw new Error(`${form.join(' ')}: ${signed.seen}`)
      t.equal(verifySigned(signed), undefined, `${name} ${form.join(' ')}`)
      t.equal(Buffer.compare(signed.content, content), 0)
      t.equal(signed.certificate.thumbprint, identity.certificate.thumbprint)
    }
  }
})

t.test('OpenSSL accepts the development PKI strictly, with its revocation lists', options, async (t) => {
  const lists = ['-CRLfile', file('crls.pem'), '-crl_check_all', '-x509_strict']
  const chain = ['-CAfile', file('root.crt'), '-untrusted', file('intermediate.crt')]
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.crt'))) {
    t.match(openssl(['verify', ...chain, ...lists, file(name)]).toString(), /: OK/, name)
  }
  for (const name of ['root', 'intermediate']) {
    const list = openssl([
      'crl',
      '-in',
      file(`${name}.crl.pem`),
      '-noout',
      '-text',
      ...authorities.slice(0, 2),
    ])
    t.match(list.toString(), /No Revoked Certificates/)
    openssl(['crl', '-inform', 'DER', '-in', file(`${name}.crl`), '-noout'])
  }
})

t.test('OpenSSL reads our keys and finds the public key we find', options, async (t) => {
  for (const name of signers) {
    const spki = openssl(['pkey', '-in', file(`${name}.key`), '-pubout', '-outform', 'DER'])
    const { publicKey } = identityOf(name).certificate.key ?? { publicKey: new Uint8Array(1) }
    t.equal(Buffer.compare(spki.subarray(-publicKey.length), publicKey), 0, name)
  }
})
