// Certificates and revocation lists out of local files and folders.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readCertificateFiles as readAtTerminal } from '../../hub/cli/certificate-files.ts'
import { readCertificateFiles, readCrlFiles } from '../../hub/trust/files/certificate-files.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { issueRevocationList } from '../../hub/trust/pki/issue.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { folderOf, sparse } from '../support/files.ts'
import { identityOn } from '../support/signing.ts'

const { certificate, issuer, chain, privateKey } = identityOn('TC26-256-B')
const root = chain[0]
const other = identityOn('TC26-512-A').certificate
const pem = (...all: { der: Uint8Array }[]): string =>
  all.map(({ der }) => writePem('CERTIFICATE', der)).join('\n')
const crl = issueRevocationList(
  {
    number: 1,
    thisUpdate: new Date('2026-01-01T00:00:00Z'),
    nextUpdate: new Date('2026-02-01T00:00:00Z'),
    revoked: [],
  },
  issuer,
)
const crlPem = writePem('X509 CRL', crl)

t.test('reads a folder by the names of its files, and every certificate once', async (t) => {
  const folder = folderOf(t, {
    'a.crt': `Subject: УЦ\n${pem(certificate, other)}`,
    'b.CER': certificate.der,
    'c.der': root?.der ?? '',
    'd.pem': crlPem,
    'e.pem': privateKey.toPem(),
    'notes.txt': 'text',
    '.hidden.crt': 'text',
    'leaf.key': privateKey.toPem(),
  })
  mkdirSync(join(folder, 'inner'))
  const found = await readCertificateFiles(folder)
  if (isRefusal(found)) throw new Error(found.seen)
  t.strictSame(
    found.map(({ file, certificate: { thumbprint } }) => [file, thumbprint]),
    [
      ['a.crt', certificate.thumbprint],
      ['a.crt', other.thumbprint],
      ['c.der', root?.thumbprint],
    ],
  )
})

t.test('reads a file of any name, in PEM and in DER', async (t) => {
  const folder = folderOf(t, { bundle: pem(certificate, other), one: other.der, crl, 'crl.txt': crlPem })
  t.match(await readCertificateFiles(join(folder, 'bundle')), { length: 2 })
  t.match(await readCertificateFiles(join(folder, 'one')), [{ file: 'one' }])
  t.strictSame(await readCrlFiles(join(folder, 'crl')), [{ file: 'crl', der: Buffer.from(crl) }])
  t.strictSame(await readCrlFiles(join(folder, 'crl.txt')), [{ file: 'crl.txt', der: Buffer.from(crl) }])
})

t.test('reads the lists of a folder', async (t) => {
  const folder = folderOf(t, {
    'a.crl': crl,
    'b.pem': crlPem + crlPem,
    'c.pem': pem(certificate),
    'd.crt': 'x',
  })
  const found = await readCrlFiles(folder)
  if (isRefusal(found)) throw new Error(found.seen)
  t.strictSame(
    found.map(({ file }) => file),
    ['a.crl', 'b.pem', 'b.pem'],
  )
})

t.test('names the file that cannot be read', async (t) => {
  const cut = pem(certificate).slice(0, -20)
  const broken: Record<string, Uint8Array | string> = {
    'cut.crt': cut,
    'cut.pem': pem(other) + cut,
    'text.cer': 'text',
    'empty.crt': '',
    'cut.der': certificate.der.subarray(0, 100),
    'tail.der': Buffer.concat([certificate.der, Buffer.from([0])]),
    'key.crt': privateKey.toPem(),
    'bundle.p7b': writePem('PKCS7', certificate.der),
    'inside.pem': writePem('CERTIFICATE', Buffer.from('text')),
  }
  for (const [name, content] of Object.entries(broken)) {
    const folder = folderOf(t, { 'a.crt': pem(certificate), [name]: content })
    t.match(await readCertificateFiles(folder), { code: 'trust-files.broken', at: name }, name)
  }
  for (const [name, content] of Object.entries({
    'cut.crl': crl.subarray(0, -1),
    'tail.crl': Buffer.concat([crl, Buffer.from([0])]),
    'text.crl': 'text',
    'endless.crl': Buffer.from([0x30, 0x80, 0, 0]),
    'short.crl': Buffer.from([0x30]),
    'long.crl': Buffer.from([0x30, 0x85, 0, 0, 0, 0, 1, 0]),
    'inside.pem': writePem('X509 CRL', Buffer.from('text')),
  })) {
    t.match(
      await readCrlFiles(folderOf(t, { [name]: content })),
      { code: 'trust-files.broken', at: name },
      name,
    )
  }
  const keyAlone = folderOf(t, { 'key.pem': privateKey.toPem() })
  t.match(await readCertificateFiles(join(keyAlone, 'key.pem')), {
    code: 'trust-files.broken',
    at: 'key.pem',
  })
  t.match(await readCertificateFiles(keyAlone), { code: 'trust-files.empty', at: keyAlone })
  t.match(await readCrlFiles(folderOf(t, { 'key.pem': privateKey.toPem() })), { code: 'trust-files.empty' })
})

t.test('refuses what is not there, is no file, or may not be read', async (t) => {
  const folder = folderOf(t, { 'notes.txt': 'text' })
  t.match(await readCertificateFiles(folder), { code: 'trust-files.empty', at: folder })
  t.match(await readCrlFiles(folder), { code: 'trust-files.empty', at: folder })
  const missing = join(folder, 'missing')
  t.match(await readCertificateFiles(missing), {
    code: 'trust-files.unreadable',
    seen: 'ENOENT',
    at: missing,
  })
  execFileSync('mkfifo', [join(folder, 'pipe.crt')])
  t.match(await readCertificateFiles(folder), { code: 'trust-files.unreadable', seen: 'not a file' })
  mkdirSync(join(folder, 'locked'))
  chmodSync(join(folder, 'locked'), 0)
  const locked = await readCrlFiles(join(folder, 'locked'))
  t.match(locked, { code: process.getuid?.() === 0 ? 'trust-files.empty' : 'trust-files.unreadable' })
  chmodSync(join(folder, 'locked'), 0o700)
})

t.test('a file that is too large is refused, or passed over and told at a terminal', async (t) => {
  const folder = folderOf(t, {})
  const large = join(folder, 'a.crt')
  sparse(large, limits.trustFileBytesMax + 1)
  t.match(await readCertificateFiles(folder), { code: 'trust-files.limits', at: large })
  t.match(await readAtTerminal(folder), { found: [], unread: [{ file: large }] })
})
