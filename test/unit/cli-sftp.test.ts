// hub sftp: the keys by which the hub and a partner's server know each other.

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { loadConfig } from '../../hub/config.ts'
import { loadSftpKeys } from '../../hub/sftp/keys.ts'
import { fingerprintOf, generateSshKey } from '../../hub/sftp/ssh-key.ts'
import { startSftpServer } from '../../hub/simulate/sftp/server.ts'
import type { Settings } from '../../schemas/settings.ts'
import { runLine } from '../support/cli.ts'

function settingsOf(...overrides: string[]): Settings {
  const loaded = loadConfig({ env: {}, cwd: '/', overrides })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
  return loaded.settings
}

t.test('the key is made once, for its owner alone, and its public half is shown', async (t) => {
  const folder = t.testdir({})
  const given = `data.folder=${folder}`
  const [made] = await loadSftpKeys(settingsOf(given))
  const [again] = await loadSftpKeys(settingsOf(given))
  t.strictSame(again, made)
  const file = join(folder, 'identity/sftp.key')
  t.equal(statSync(file).mode & 0o777, 0o600)
  const { exit, out } = await runLine(folder, ['sftp', 'key', '--set', given])
  t.equal(exit, exitCodes.ok)
  t.equal(out.trim(), readFileSync(`${file}.pub`, 'utf8').trim())

  const other = generateSshKey('other')
  writeFileSync(join(folder, 'other.key'), other.privateKey, { mode: 0o600 })
  const both = [given, `sftp.otherKeyFile=${join(folder, 'other.key')}`]
  t.equal((await loadSftpKeys(settingsOf(...both))).length, 2)
  const shown = await runLine(folder, ['sftp', 'key', ...both.flatMap((one) => ['--set', one])])
  t.match(shown.out, other.publicKey.split(' ')[1] ?? '')
})

t.test('what is no private key is refused by the name of its setting', async (t) => {
  const folder = t.testdir({ 'a.key': 'nothing', 'b.pub': generateSshKey('b').publicKey })
  for (const name of ['a.key', 'b.pub']) {
    const given = [`data.folder=${folder}`, `sftp.keyFile=${join(folder, name)}`]
    await t.rejects(loadSftpKeys(settingsOf(...given)), { message: new RegExp(`sftp\\.keyFile.*${name}`) })
    const { exit, err } = await runLine(folder, ['sftp', 'key', ...given.flatMap((one) => ['--set', one])])
    t.equal(exit, exitCodes.usage)
    t.match(err, name)
  }
  const none = await runLine(folder, ['sftp', 'key', '--set', `data.folder=${folder}/new`])
  t.equal(none.exit, exitCodes.usage)
  t.match(none.err, /ENOENT/)
})

t.test('the fingerprint of a server is shown before anybody logs in', async (t) => {
  const root = t.testdir({})
  const server = await startSftpServer({ root, accounts: {} })
  t.teardown(() => server.close())
  const address = `sftp://127.0.0.1:${server.port}`
  const { exit, out } = await runLine(root, ['sftp', 'fingerprint', address])
  t.equal(exit, exitCodes.ok)
  t.equal(out, `${server.fingerprint} (ssh-ed25519)\n`)
  t.equal((await runLine(root, ['sftp', 'fingerprint', 'http://a'])).exit, exitCodes.usage)
  await server.close()
  t.equal((await runLine(root, ['sftp', 'fingerprint', address])).exit, exitCodes.unreachable)
})

t.test('every key that is made can be read again', async (t) => {
  const keys = Array.from({ length: 600 }, () => generateSshKey('many'))
  t.equal(new Set(keys.map(({ publicKey }) => fingerprintOf(publicKey))).size, keys.length)
})
