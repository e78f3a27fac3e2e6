// Certificates and revocation lists out of files: as many and as large as are read, and more.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readCertificateFiles as readAtTerminal } from '../../hub/cli/certificate-files.ts'
import { readCertificateFiles, readCrlFiles } from '../../hub/trust/files/certificate-files.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { limits } from '../../schemas/limits.ts'
import { folderOf, sparse } from '../support/files.ts'
import { identityOn } from '../support/signing.ts'

const { certificate } = identityOn('TC26-256-B')
const pem = (one: { der: Uint8Array }): string => writePem('CERTIFICATE', one.der)

t.test('trusted files: counts and sizes are bounded on both sides of the edge', async (t) => {
  const large = folderOf(t, {})
  sparse(join(large, 'a.crl'), limits.trustFileBytesMax + 1)
  t.match(await readCrlFiles(large), { code: 'trust-files.limits', at: join(large, 'a.crl') })
  sparse(join(large, 'a.crl'), limits.trustFileBytesMax)
  t.match(await readCrlFiles(large), { code: 'trust-files.broken' }, 'a file of zeros, read and found broken')
  const together = folderOf(t, {})
  for (const name of ['a.crl', 'b.crl']) sparse(join(together, name), limits.trustFilesBytesMax / 2)
  sparse(join(together, 'c.crl'), 1)
  t.match(await readCrlFiles(together), { code: 'trust-files.limits', at: join(together, 'c.crl') })
  const most = limits.trustFileCertificatesMax
  const repeated = folderOf(t, { 'a.pem': pem(certificate).repeat(most) })
  t.match(await readCertificateFiles(repeated), { length: 1 })
  writeFileSync(join(repeated, 'b.crt'), pem(certificate))
  t.match(await readCertificateFiles(repeated), { code: 'trust-files.limits', at: repeated })
  const names = Array.from({ length: limits.trustFilesMax }, (_, at) => [`${at}.crt`, pem(certificate)])
  const many = folderOf(t, Object.fromEntries(names))
  t.match(await readCertificateFiles(many), { length: 1 })
  writeFileSync(join(many, 'more.crt'), pem(certificate))
  t.match(await readCertificateFiles(many), { code: 'trust-files.limits', at: many })
})

t.test(
  'at a terminal: trustFilesMax and trustFileBytesMax: as many and as large are read, the rest is told',
  async (t) => {
    const folder = t.testdir({ large: '', many: {} })
    const { der } = certificate
    const large = join(folder, 'large')
    const pem = writePem('CERTIFICATE', der)
    writeFileSync(large, pem.padEnd(limits.trustFileBytesMax))
    t.equal((await readAtTerminal(large)).found.length, 1)
    writeFileSync(large, pem.padEnd(limits.trustFileBytesMax + 1))
    t.match(await readAtTerminal(large), { found: [], unread: [{ file: large }] })
    const many = join(folder, 'many')
    mkdirSync(join(many, 'folder'))
    for (let i = 0; i < limits.trustFilesMax; i += 1) writeFileSync(join(many, `${i}`), '')
    writeFileSync(join(many, '0'), der)
    writeFileSync(join(many, '1'), Buffer.from(der).toString('base64'))
    const full = await readAtTerminal(many)
    t.equal(full.found.length, 2)
    t.equal(full.unread.length, limits.trustFilesMax - 2)
    writeFileSync(join(many, 'one more'), '')
    t.match((await readAtTerminal(many)).unread[0], { file: many })
  },
)
