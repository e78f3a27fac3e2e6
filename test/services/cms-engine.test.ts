// Our CMS, certificates and lists against OpenSSL with the GOST engine, live: each checks what the other made.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type CheckedSignature, checkSignature } from '../../hub/trust/cms/check.ts'
import { readSigned, verifySigned } from '../../hub/trust/cms.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context } from '../../hub/trust/der/reader.ts'
import { constructed } from '../../hub/trust/der/write.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { makeDevelopmentPki } from '../../hub/trust/pki/development.ts'
import { type SigningIdentity, signAttached, signDetached } from '../../hub/trust/sign.ts'
import { readSigningIdentity } from '../../hub/trust/signing-identity.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { cadesAttributes } from '../support/cms-makers.ts'
import { attributeOf, forge, forgerOf } from '../support/forged-cms.ts'
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

/** The problems of a check, those of time-stamps among them. */
function problemsOf({ facts }: CheckedSignature): string[] {
  const ofSigners = facts.signers.flatMap(({ problems, timestamps }) => [
    ...problems,
    ...timestamps.flatMap((one) => one.problems),
  ])
  return [...facts.problems, ...ofSigners].map(({ problem }) => problem).sort()
}

t.test('we check documents OpenSSL signs on every set, in every form', options, async (t) => {
  const forms: [string[], string[]][] = [
    [['-cades', '-outform', 'DER'], []],
    [['-cades', '-outform', 'PEM'], []],
    [['-cades', '-keyid', '-outform', 'DER'], []],
    [['-cades', '-stream', '-nodetach', '-outform', 'DER'], []],
    [['-cades', '-nodetach', '-outform', 'DER'], []],
    [['-outform', 'DER'], ['cms.signing-certificate-missing']],
    [['-noattr', '-outform', 'DER'], ['cms.attributes-absent']],
  ]
  for (const name of signers) {
    const { curve } = identityOf(name).privateKey
    const who = [
      '-signer',
      file(`${name}.crt`),
      '-inkey',
      file(`${name}.key`),
      '-md',
      `md_gost12_${curve.bits}`,
    ]
    for (const [form, expected] of forms) {
      const made = openssl([
        'cms',
        '-sign',
        '-binary',
        '-nosmimecap',
        ...form,
        ...who,
        '-in',
        file('content'),
      ])
      const what = `${curve.name} ${form.join(' ')}`
      t.strictSame(problemsOf(checkSignature(made, content)), expected, what)
      const isTold = problemsOf(checkSignature(made, Buffer.from('other'))).some((problem) =>
        ['cms.digest', 'cms.content-other', 'cms.signature'].includes(problem),
      )
      t.ok(isTold, `${what}: another document`)
    }
  }
})

t.test('we check several signers and other algorithms of OpenSSL', options, async (t) => {
  const keys: [string, string[]][] = [
    ['rsa', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
    ['ec', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ]
  for (const [name, how] of keys) {
    openssl(['genpkey', ...how, '-out', file(`${name}.pem`)])
    const subject = ['-subj', `/CN=${name}`, '-days', '30']
    openssl(['req', '-x509', '-new', '-key', file(`${name}.pem`), ...subject, '-out', file(`${name}.cert`)])
  }
  const by = (name: string): string[] => ['-signer', file(`${name}.cert`), '-inkey', file(`${name}.pem`)]
  const sign = (...how: string[]): Buffer =>
    openssl([
      'cms',
      '-sign',
      '-binary',
      '-nosmimecap',
      '-cades',
      '-outform',
      'DER',
      ...how,
      '-in',
      file('content'),
    ])
  const pss = ['-keyopt', 'rsa_padding_mode:pss']
  const made: [string, Buffer, string[]][] = [
    ['RSA', sign(...by('rsa'), '-md', 'sha256'), []],
    ['RSA with SHA-1', sign(...by('rsa'), '-md', 'sha1'), ['cms.digest-weak']],
    ['RSASSA-PSS', sign(...by('rsa'), ...pss, '-md', 'sha256'), []],
    [
      'RSASSA-PSS, short salt',
      sign(...by('rsa'), ...pss, '-keyopt', 'rsa_pss_saltlen:32', '-md', 'sha256'),
      [],
    ],
    ['ECDSA', sign(...by('ec'), '-md', 'sha384'), []],
    ['two signers', sign(...by('rsa'), ...by('ec'), '-md', 'sha256'), []],
  ]
  for (const [name, bytes, expected] of made) {
    const own = expected.includes('cms.digest-weak') ? problemsOf(checkSignature(bytes, content)) : undefined
    if (own === undefined) t.strictSame(problemsOf(checkSignature(bytes, content)), expected, name)
    else t.ok(own.includes('cms.digest-weak') && !own.includes('cms.signature'), name)
  }
  const gost = ['hub', 'operator-2z0', 'operator-2z9'].filter((name) => signers.includes(name))
  const all = gost.flatMap((name) => ['-signer', file(`${name}.crt`), '-inkey', file(`${name}.key`)])
  const several = checkSignature(sign(...all), content)
  t.equal(several.facts.signers.length, gost.length)
  t.strictSame(problemsOf(several), [], 'several signers of GOST, each with the digest of its key')
})

t.test('we check time-stamps OpenSSL makes over our signatures', options, async (t) => {
  const authority = file('tsa')
  const settings = [
    '[tsa]',
    'default_tsa = one',
    '[one]',
    `serial = ${file('tsa.serial')}`,
    'default_policy = 1.2.3.4',
    'digests = md_gost12_256, md_gost12_512, sha256',
    'signer_digest = md_gost12_256',
    'ess_cert_id_alg = md_gost12_256',
    'accuracy = secs:1, millisecs:500, microsecs:100',
    'ordering = yes',
    '[req]',
    'distinguished_name = name',
    'x509_extensions = extensions',
    '[name]',
    '[extensions]',
    'extendedKeyUsage = critical,timeStamping',
  ]
  writeFileSync(`${authority}.cnf`, settings.join('\n'))
  writeFileSync(file('tsa.serial'), '0A')
  openssl(['genpkey', '-algorithm', 'gost2012_256', '-pkeyopt', 'paramset:TCA', '-out', `${authority}.pem`])
  const request = ['req', '-x509', '-new', '-config', `${authority}.cnf`, '-key', `${authority}.pem`]
  openssl([...request, '-md_gost12_256', '-subj', '/CN=TSA', '-days', '30', '-out', `${authority}.cert`])
  const forger = forgerOf(identityOf('hub'))
  const made = forge(forger, { content, encapsulated: [], attributes: cadesAttributes(forger) })
  const isSigned = checkSignature(made, content)
  t.strictSame(problemsOf(isSigned), [])
  for (const digest of ['md_gost12_256', 'md_gost12_512', 'sha256']) {
    const unsignedAttributes = (signature: Uint8Array) => {
      writeFileSync(file('value'), signature)
      openssl(['ts', '-query', '-data', file('value'), `-${digest}`, '-cert', '-out', file('query')])
      const reply = [
        'ts',
        '-reply',
        '-config',
        `${authority}.cnf`,
        '-section',
        'one',
        '-queryfile',
        file('query'),
      ]
      const who = ['-signer', `${authority}.cert`, '-inkey', `${authority}.pem`]
      const token = openssl([...reply, ...who, '-token_out'])
      return constructed(context(1), attributeOf(oids.signatureTimestamp, token))
    }
    const attributes = cadesAttributes(forger)
    const stamped = checkSignature(
      forge(forger, { content, encapsulated: [], attributes, unsignedAttributes }),
      content,
    )
    t.strictSame(problemsOf(stamped), [], digest)
    const [stamp] = stamped.signers[0]?.timestamps ?? []
    t.equal(stamp?.facts.accuracyMs, 1501)
    t.equal(stamp?.statement.isOrdered, true)
    t.equal(stamp?.statement.policy, '1.2.3.4')
    t.ok(stamp?.statement.nonce !== undefined)
    t.ok(Math.abs(Date.parse(stamp?.facts.time ?? '') - Date.now()) < 60_000)
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
