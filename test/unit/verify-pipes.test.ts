// hub verify on pipes and on what has no end: read as files are within their bounds, refused beyond them.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { SimulatedAuthority } from '../../hub/simulate/subscriber.ts'
import { readBounded, readWithin } from '../../hub/trust/files/bounded.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import { limits } from '../../schemas/limits.ts'
import { runLine } from '../support/cli.ts'

const authority = new SimulatedAuthority()
const identity = authority.identity({ name: 'ООО Север', inn: '7705717142' })
const content = Buffer.from('договор')
/** A device that gives zeros for ever. */
const endless = '/dev/zero'

function folderOf(t: Test): string {
  const folder = t.testdir({})
  writeFileSync(join(folder, 'a.txt'), content)
  writeFileSync(join(folder, 'a.sig'), signDetached({ ...identity, content, at: new Date() }))
  writeFileSync(join(folder, 'root.pem'), writePem('CERTIFICATE', authority.root.certificate.der))
  writeFileSync(join(folder, 'a.pem'), writePem('CERTIFICATE', identity.certificate.der))
  writeFileSync(join(folder, 'root.crl'), authority.trust().list)
  return folder
}

/** A named pipe that another process writes a file into. */
function pipeOf(t: Test, folder: string, name: string): string {
  const pipe = `${name}.pipe`
  execFileSync('mkfifo', [join(folder, pipe)])
  const writer = spawn('sh', ['-c', `cat ${name} > ${pipe}`], { cwd: folder, stdio: 'ignore' })
  t.teardown(async () => {
    if (writer.exitCode !== null || writer.signalCode !== null) return
    writer.kill()
    await once(writer, 'exit')
  })
  return pipe
}

const verify = (folder: string, changes: Record<string, string> = {}) => {
  const files = { file: 'a.txt', signature: 'a.sig', anchors: 'root.pem', crls: 'root.crl', ...changes }
  const words = Object.entries(files).flatMap(([option, file]) => [`--${option}`, file])
  return runLine(folder, ['verify', ...words, '--json'])
}

t.test('every file may be a pipe', async (t) => {
  const folder = folderOf(t)
  const files = { file: 'a.txt', signature: 'a.sig', anchors: 'root.pem', crls: 'root.crl' }
  const pipes = Object.entries(files).map(([option, name]) => [option, pipeOf(t, folder, name)])
  const told = await verify(folder, Object.fromEntries(pipes))
  t.equal(told.exit, exitCodes.ok)
  t.match(told.json(), { verdict: { indication: 'TOTAL-PASSED' }, unread: [] })
})

t.test('a certificate may come by a pipe', async (t) => {
  const folder = folderOf(t)
  const words = ['--certificate', pipeOf(t, folder, 'a.pem'), '--anchors', 'root.pem', '--json']
  t.equal((await runLine(folder, ['verify-certificate', ...words])).exit, exitCodes.ok)
})

t.test('what has no end is refused, or told as unread', async (t) => {
  const folder = folderOf(t)
  t.match(await verify(folder, { signature: endless }), { exit: exitCodes.refused, out: /cms\.too-complex/ })
  t.match(await verify(folder, { attorney: endless }), { exit: exitCodes.refused, out: /attorney\.invalid/ })
  writeFileSync(join(folder, 'a.xml'), '<a/>')
  const attorney = { attorney: 'a.xml', 'attorney-signature': endless }
  t.match(await verify(folder, attorney), { exit: exitCodes.refused, out: /cms\.too-complex/ })
  for (const option of ['anchors', 'intermediates', 'crls']) {
    const told = await verify(folder, { [option]: endless })
    t.match(
      told.json().unread,
      [{ file: endless, what: `more than ${limits.trustFileBytesMax} bytes` }],
      option,
    )
  }
  const words = ['verify-certificate', '--certificate', endless, '--anchors', 'root.pem', '--json']
  t.match(await runLine(folder, words), { exit: exitCodes.refused, out: /more than/ })
})

t.test(
  'documentFileBytesMax: a larger document is not read, and nothing is said of the signature',
  async (t) => {
    const folder = folderOf(t)
    const large = join(folder, 'large')
    writeFileSync(large, '')
    truncateSync(large, limits.documentFileBytesMax + 1)
    const told = await verify(folder, { file: 'large' })
    t.equal(told.exit, exitCodes.verifyUsage)
    t.match(told.json(), { error: { code: 'verify.document' } })
    truncateSync(large, limits.documentFileBytesMax)
    const begun = Symbol('read')
    const reading = readWithin(large, limits.documentFileBytesMax, () => {
      throw begun
    })
    t.equal(await reading.catch((error: unknown) => error), begun, 'one octet less is begun with')
  },
)

t.test('as many octets as the bound are read, of files and of pipes; one more is one too many', async (t) => {
  const folder = folderOf(t)
  const { length } = content
  for (const path of [join(folder, 'a.txt'), join(folder, pipeOf(t, folder, 'a.txt'))]) {
    t.strictSame(await readBounded(path, length), content, path)
  }
  t.equal(await readBounded(join(folder, 'a.txt'), length - 1), undefined)
  let [bytes, most] = [0, 0]
  const isWhole = await readWithin(endless, 3 * limits.fileChunkBytes, (chunk) => {
    bytes += chunk.length
    most = Math.max(most, chunk.length)
  })
  t.notOk(isWhole)
  t.equal(bytes, 3 * limits.fileChunkBytes)
  t.equal(most, limits.fileChunkBytes)
  t.strictSame(await readBounded(join(folder, 'a.sig'), 10_000), readFileSync(join(folder, 'a.sig')))
  await t.rejects(readBounded(folder, length), { code: 'EISDIR', path: folder })
})
