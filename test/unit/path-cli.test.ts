// hub verify-certificate: exit codes, JSON and text, forms of files, what was not checked, wrong command lines.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { runLine } from '../support/cli.ts'
import { identityOn } from '../support/signing.ts'
import { certify, newKey, type Party, policies, purposes } from '../support/x509-maker.ts'

const pem = ({ certificate }: Party): string => writePem('CERTIFICATE', certificate.der)
const root = certify({ subject: 'CN=root', authority: true })
const ca = certify({ subject: 'CN=ca', authority: true, issuer: root, extensions: [policies('1.2.3')] })
const leaf = certify({ subject: 'CN=leaf/O=Org', issuer: ca, extensions: [policies('1.2.3')] })

function files(t: Test): string {
  const folder = t.testdir({
    'root.pem': pem(root),
    'ca.pem': pem(ca),
    'leaf.pem': pem(leaf),
    between: {},
    crls: {},
  })
  writeFileSync(join(folder, 'between', 'ca.b64'), Buffer.from(ca.certificate.der).toString('base64'))
  writeFileSync(join(folder, 'between', 'note.txt'), 'nothing -- here')
  writeFileSync(join(folder, 'leaf.der'), leaf.certificate.der)
  mkdirSync(join(folder, 'between', 'deeper'))
  return folder
}

const usual = ['--certificate', 'leaf.der', '--anchors', 'root.pem', '--intermediates', 'between']
const run = (folder: string, ...words: string[]) => runLine(folder, ['verify-certificate', ...words])

t.test('a valid path passes, and what was not checked is said', async (t) => {
  const folder = files(t)
  const told = await run(folder, ...usual, '--json', '--at', '2030-01-01')
  t.equal(told.exit, exitCodes.ok)
  t.match(told.json(), {
    verdict: 'passed',
    at: '2030-01-01T00:00:00.000Z',
    certificate: { sha256: leaf.certificate.thumbprint, subject: 'CN=leaf, O=Org' },
    toolClass: null,
    path: {
      certificates: [{ subject: 'CN=leaf, O=Org' }, { subject: 'CN=ca' }],
      anchor: { subject: 'CN=root' },
      policies: ['1.2.3'],
      problems: [],
    },
    problems: [],
    revocation: { isAsked: false, facts: [] },
    unread: [{ file: join(folder, 'between', 'note.txt') }],
  })
  const text = await run(folder, ...usual, '--at', '2030-01-01T12:00:00+03:00')
  t.equal(text.exit, exitCodes.ok)
  t.match(text.out, /^ПРОЙДЕНО \(passed\), на время \(at\) 2030-01-01T09:00:00\.000Z/)
  t.match(text.out, 'Отзыв НЕ проверялся')
  t.match(text.out, 'Доверенный (anchor): CN=root')
  t.equal((await run(folder, ...usual)).exit, exitCodes.ok, 'now')
})

t.test('a broken path fails, with the problem and its clause', async (t) => {
  const folder = files(t)
  const late = await run(folder, ...usual, '--json', '--at', '2041-01-01T00:00')
  t.equal(late.exit, 1)
  t.match(late.json(), {
    verdict: 'failed',
    problems: [{ code: 'path.anchor-expired', isNote: false }, {}, {}],
  })
  const alone = await run(folder, '--certificate', 'leaf.pem', '--anchors', 'root.pem')
  t.equal(alone.exit, 1)
  t.match(alone.out, /НЕ ПРОЙДЕНО \(failed\)[\s\S]*Нарушение \(problem\): Нет цепочки[\s\S]*path\.no-anchor/)
  const empty = await run(folder, '--certificate', 'leaf.pem', '--anchors', 'crls')
  t.equal(empty.exit, 1)
  writeFileSync(join(folder, 'broken.der'), leaf.certificate.der.subarray(0, 100))
  const broken = await run(folder, '--certificate', 'broken.der', '--anchors', 'root.pem', '--json')
  t.equal(broken.exit, 1)
  t.match(broken.json(), { verdict: 'failed', certificate: null, problems: [{ code: 'path.broken' }] })
  writeFileSync(join(folder, 'both.pem'), pem(leaf) + pem(ca))
  t.equal(
    (await run(folder, '--certificate', 'both.pem', '--anchors', 'root.pem')).exit,
    0,
    'the rest is between',
  )
})

t.test('the inputs of RFC 5280, 6.1.1 reach the validation', async (t) => {
  const folder = files(t)
  const exit = async (...words: string[]) => (await run(folder, ...usual, ...words)).exit
  t.equal(await exit('--explicit-policy', '--initial-policy', '1.2.3', '--initial-policy', '1.2.5'), 0)
  t.equal(await exit('--explicit-policy', '--initial-policy', '1.2.5'), 1)
  t.equal(await exit('--explicit-policy', '--inhibit-mapping', '--inhibit-any-policy'), 0)
  const other = certify({ subject: 'CN=leaf', issuer: ca, extensions: [purposes(oids.emailProtection)] })
  writeFileSync(join(folder, 'leaf.der'), other.certificate.der)
  t.equal(await exit('--purpose', oids.emailProtection), 0)
  t.equal(await exit('--purpose', oids.clientAuthentication), 1)
  const old = certify({ subject: 'CN=root', authority: true, key: root.key, until: '2021-01-01' })
  writeFileSync(join(folder, 'root.pem'), pem(old))
  t.equal(await exit(), 1)
  t.equal(await exit('--anchor-key-only'), 0)
})

t.test('breaches of the profile and weak algorithms fail, unless the caller lets them pass', async (t) => {
  const folder = files(t)
  const exit = async (...words: string[]) => (await run(folder, ...usual, ...words)).exit
  const unnamed = certify({ subject: 'CN=a', issuer: ca, without: [oids.authorityKeyIdentifier] })
  writeFileSync(join(folder, 'leaf.der'), unnamed.certificate.der)
  t.equal(await exit(), 1)
  t.equal(await exit('--lenient'), 0)
  const weak = certify({ subject: 'CN=a', issuer: ca, key: newKey(1024) })
  writeFileSync(join(folder, 'leaf.der'), weak.certificate.der)
  t.equal(await exit(), 1)
  t.equal(await exit('--allow-weak'), 0)
  t.match((await run(folder, ...usual, '--allow-weak')).out, 'Замечание (note)')
})

t.test('revocation asked and unknown leaves the answer open', async (t) => {
  const folder = files(t)
  const told = await run(folder, ...usual, '--crls', 'crls', '--json')
  t.equal(told.exit, exitCodes.indeterminate)
  t.match(told.json(), {
    verdict: 'indeterminate',
    revocation: {
      isAsked: true,
      facts: [{ certificate: leaf.certificate.thumbprint, status: 'unknown' }, {}],
    },
  })
  t.match((await run(folder, ...usual, '--crls', 'crls')).out, /НЕ ОПРЕДЕЛЕНО[\s\S]*неизвестно \(unknown\)/)
  const failed = await run(folder, ...usual, '--crls', 'crls', '--at', '2041-01-01')
  t.equal(failed.exit, 1, 'a definite problem comes first')
})

t.test('a wrong command line ends with 64', async (t) => {
  const folder = files(t)
  const lines = [
    [],
    ['--nonsense'],
    ['--certificate', 'leaf.der'],
    ['--certificate', 'absent', '--anchors', 'root.pem'],
    [...usual, '--at', 'yesterday'],
    [...usual, '--at', '2030-99-01'],
    [...usual, '--initial-policy', 'x'],
    [...usual, '--purpose', '9.9'],
    [...usual, '--crls', 'absent'],
    ['--certificate', 'crls', '--anchors'],
  ]
  for (const words of lines)
    t.equal((await run(folder, ...words)).exit, exitCodes.verifyUsage, words.join(' '))
  t.match((await run(folder, '--json')).json(), { error: { code: 'cli.usage' } })
  t.equal((await run(folder, '--help')).exit, 0)
  t.match((await run(folder, '--help')).out, 'Коды завершения')
})

t.test('a certificate of a qualified signature shows its class', async (t) => {
  const { certificate, chain } = identityOn('TC26-256-B')
  const folder = t.testdir({
    'leaf.pem': writePem('CERTIFICATE', certificate.der),
    'root.pem': chain.map(({ der }) => writePem('CERTIFICATE', der)).join(''),
  })
  const told = await run(
    folder,
    '--certificate',
    'leaf.pem',
    '--anchors',
    'root.pem',
    '--at',
    '2030-01-01',
    '--json',
  )
  t.match(told.json(), { verdict: 'passed', toolClass: 'КС1', certificate: { key: 'TC26-256-B' } })
  const text = await run(folder, '--certificate', 'leaf.pem', '--anchors', 'root.pem', '--at', '2030-01-01')
  t.match(text.out, /Класс средств ЭП.*КС1/)
})
