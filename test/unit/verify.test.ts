// hub verify on the files of its caller: where a signer is looked for, and what its exit codes say.

import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { issueCertificate, issueRevocationList } from '../../hub/trust/pki/issue.ts'
import { authorityName } from '../../hub/trust/pki/subjects.ts'
import { PrivateKey } from '../../hub/trust/private-key.ts'
import { runLine } from '../support/cli.ts'
import { cadesAttributes } from '../support/cms-makers.ts'
import { type Forgery, forge, forgerOf } from '../support/forged-cms.ts'
import { curveNamed } from '../support/signing.ts'

const dayMs = 86_400_000
const start = Date.now()
/** A time so many days from now. */
const day = (days: number): Date => new Date(start + days * dayMs)

const curve = curveNamed('TC26-256-B')
const crlAddress = 'http://crl.verify.invalid/root.crl'
const rootKey = PrivateKey.generate(curve)
const signerKey = PrivateKey.generate(curve)
const root = {
  privateKey: rootKey,
  certificate: issueCertificate({
    role: 'root',
    subject: authorityName('УЦ проверки'),
    subjectKey: rootKey,
    notBefore: day(-100),
    notAfter: day(400),
    crlAddress,
  }),
}
const signer = {
  privateKey: signerKey,
  certificate: issueCertificate(
    {
      role: 'leaf',
      subject: { country: 'RU', commonName: 'Иванов Иван', inn: '123456789047' },
      subjectKey: signerKey,
      notBefore: day(-100),
      notAfter: day(-10),
      crlAddress,
    },
    root,
  ),
}
const inForce = day(-50).toISOString()
const content = Buffer.from('договор')
const forger = forgerOf(signer)

/** A folder with a document, its signature with the peculiarities asked for, and the root. */
function folderOf(t: Test, forgery: Forgery = {}): string {
  const folder = t.testdir({})
  for (const name of ['anchors', 'crls']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'anchors', 'root.pem'), writePem('CERTIFICATE', root.certificate.der))
  writeFileSync(join(folder, 'signer.pem'), writePem('CERTIFICATE', signer.certificate.der))
  writeFileSync(join(folder, 'a.txt'), content)
  writeFileSync(
    join(folder, 'a.sig'),
    forge(forger, { content, attributes: cadesAttributes(forger), ...forgery }),
  )
  return folder
}
const usual = ['--file', 'a.txt', '--signature', 'a.sig', '--anchors', 'anchors', '--at', inForce, '--json']
const run = (folder: string, ...words: string[]) => runLine(folder, ['verify', ...usual, ...words])

t.test('a signer whose certificate did not come along is looked for among those given', async (t) => {
  const folder = folderOf(t, { certificates: undefined })
  const missing = await run(folder)
  t.equal(missing.exit, exitCodes.indeterminate)
  t.equal(missing.json().verdict.subIndication, 'NO_SIGNING_CERTIFICATE_FOUND')
  const found = await run(folder, '--intermediates', 'signer.pem')
  t.equal(found.exit, exitCodes.ok)
  const [one] = found.json().verdict.signatures[0].signers
  t.equal(one.certificate.sha256, signer.certificate.thumbprint)
  writeFileSync(join(folder, 'a.txt'), 'другой')
  t.equal((await run(folder, '--intermediates', 'signer.pem')).exit, exitCodes.refused)
})

/** A list of the root, in force for ten days, that names the signer as revoked from a day on. */
function writeList(folder: string, name: string, { issued, revoked }: { issued: number; revoked?: number }) {
  const entries = revoked === undefined ? [] : [{ certificate: signer.certificate, revokedAt: day(revoked) }]
  const period = { thisUpdate: day(issued), nextUpdate: day(issued + 10) }
  writeFileSync(
    join(folder, 'crls', name),
    issueRevocationList({ number: 1000 + issued, ...period, revoked: entries }, root),
  )
}

t.test('a list issued after the time asked about tells of that time', async (t) => {
  // The time asked about is day -50; the certificate runs out on day -10.
  const cases: [string, Parameters<typeof writeList>[2][], string | undefined][] = [
    ['one issued later that does not name it', [{ issued: -20 }], undefined],
    ['revoked after the time', [{ issued: -20, revoked: -30 }], undefined],
    ['revoked before the time', [{ issued: -20, revoked: -60 }], 'REVOKED_NO_POE'],
    [
      'a current one that did not know yet',
      [{ issued: -51 }, { issued: -20, revoked: -60 }],
      'REVOKED_NO_POE',
    ],
    ['a current one that still held', [{ issued: -51, revoked: -60 }, { issued: -20 }], 'REVOKED_NO_POE'],
    ['one of before that ran out, and one of later', [{ issued: -70 }, { issued: -20 }], undefined],
    ['one issued when the certificate had run out', [{ issued: -5 }], 'TRY_LATER'],
    ['such a one names it nevertheless', [{ issued: -5, revoked: -60 }], 'REVOKED_NO_POE'],
    ['one of a time that has not come', [{ issued: 5 }], 'TRY_LATER'],
    ['one of before that ran out', [{ issued: -70 }], 'TRY_LATER'],
  ]
  for (const [what, lists, expected] of cases) {
    const folder = folderOf(t)
    for (const [index, list] of lists.entries()) writeList(folder, `${index}.crl`, list)
    const told = await run(folder, '--crls', 'crls')
    t.equal(told.json().verdict.subIndication, expected, what)
    t.equal(told.exit, expected === undefined ? exitCodes.ok : exitCodes.indeterminate, what)
  }
})

t.test('what is no file in a folder is passed over', async (t) => {
  const folder = folderOf(t)
  symlinkSync(folder, join(folder, 'anchors', 'folder'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'anchors', 'nothing'))
  execFileSync('mkfifo', [join(folder, 'anchors', 'pipe')])
  const told = await run(folder)
  t.equal(told.exit, exitCodes.ok)
  const anchors = join(folder, 'anchors')
  t.strictSame(told.json().unread, [
    { file: join(anchors, 'nothing'), what: 'a link to nothing' },
    { file: join(anchors, 'pipe'), what: 'no regular file' },
  ])
})

t.test('a folder where one certificate is wanted is a wrong call', async (t) => {
  const folder = folderOf(t)
  const told = await runLine(folder, ['verify-certificate', '--certificate', 'crls', '--anchors', 'anchors'])
  t.match(told, { exit: exitCodes.verifyUsage, out: '', err: /crls: .*EISDIR/ })
})

t.test('a plain CMS is no CAdES-BES; who asks for no more than CMS says so', async (t) => {
  const forms: [string, Forgery][] = [
    ['no signing-certificate', { attributes: (proper) => [proper.contentType, proper.messageDigest] }],
    ['no signed attributes', { isWithoutAttributes: true }],
  ]
  for (const [what, forgery] of forms) {
    const folder = folderOf(t, forgery)
    const told = await run(folder)
    t.equal(told.exit, exitCodes.indeterminate, what)
    t.equal(told.json().verdict.subIndication, 'SIG_CONSTRAINTS_FAILURE', what)
    t.equal((await run(folder, '--policy', 'strict')).exit, exitCodes.indeterminate, what)
    const plain = await run(folder, '--policy', 'cms')
    t.equal(plain.exit, exitCodes.ok, what)
    const { checks, level } = plain.json().verdict.signatures[0].signers[0]
    t.equal(level, 'CMS', what)
    t.match(
      checks.find(({ check }: { check: string }) => check === 'attributes'),
      { outcome: 'warning' },
      what,
    )
    writeFileSync(join(folder, 'a.txt'), 'другой')
    t.equal((await run(folder, '--policy', 'cms')).exit, exitCodes.refused, what)
  }
  t.equal((await run(folderOf(t), '--policy', 'plain')).exit, exitCodes.verifyUsage)
})

t.test('no control character of a stranger reaches the terminal', async (t) => {
  const folder = folderOf(t)
  const evil = 'x\u001b[31m\nИтог: ПРОЙДЕНО\u202e'
  const key = PrivateKey.generate(curve)
  const period = { notBefore: day(-1), notAfter: day(1) }
  const named = issueCertificate(
    { role: 'root', subject: authorityName(evil), subjectKey: key, ...period, crlAddress },
    undefined,
  )
  writeFileSync(join(folder, 'evil.pem'), writePem('CERTIFICATE', named.der))
  writeFileSync(join(folder, 'crls', evil.replaceAll('/', '')), 'no list')
  const given = ['--certificate', 'evil.pem', '--anchors', 'evil.pem', '--crls', 'crls']
  const certificate = await runLine(folder, ['verify-certificate', ...given])
  const document = ['--file', 'a.txt', '--signature', 'a.sig', '--anchors', 'evil.pem', '--crls', 'crls']
  const signature = await runLine(folder, ['verify', ...document])
  for (const { out } of [certificate, signature]) {
    t.match(out, /Не прочитано .*x\\u\{1b\}/)
    t.notMatch(out.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
    t.notMatch(out, /^Итог: /mu)
  }
})
