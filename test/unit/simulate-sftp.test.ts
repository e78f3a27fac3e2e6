// The simulated SFTP server by itself: its answers, its confinement, its faults, and the clients that end their session.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type FileEntryWithStats, type SFTPWrapper, type Stats } from 'ssh2'
import t, { type Test } from 'tap'
import type { Fault, Operation } from '../../hub/simulate/sftp/faults.ts'
import { fingerprintOf, generateSshKey, sshKeyOf } from '../../hub/simulate/sftp/keys.ts'
import { type SftpServerOptions, startSftpServer } from '../../hub/simulate/sftp/server.ts'

const hubKey = generateSshKey('hub')
const within = { signal: AbortSignal.timeout(120_000) }

function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'simulate-sftp-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function startServer(t: Test, options: Partial<SftpServerOptions> = {}) {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'root/hub'), { recursive: true })
  const root = join(folder, 'root')
  const server = await startSftpServer({
    root,
    accounts: { hub: { keys: [hubKey.publicKey], home: 'hub' } },
    ...options,
  })
  t.teardown(() => server.close())
  return { server, folder, home: join(root, 'hub') }
}

type Started = Awaited<ReturnType<typeof startServer>>

/** A session of a client; its end is an event of `gone`. */
async function connect(
  t: Test,
  { server }: Pick<Started, 'server'>,
  how: { key?: string; user?: string } = {},
) {
  const client = new ssh2.Client()
  const seen: { fingerprint: string } = { fingerprint: '' }
  const ended = Promise.withResolvers<void>()
  client.on('close', () => ended.resolve())
  const ready = once(client, 'ready', within)
  client.connect({
    host: server.host,
    port: server.port,
    username: how.user ?? 'hub',
    privateKey: how.key ?? hubKey.privateKey,
    hostVerifier: (key: Buffer) => {
      seen.fingerprint = fingerprintOf(`ssh-ed25519 ${key.toString('base64')}`)
      return true
    },
  })
  client.on('error', () => client.destroy())
  t.teardown(() => client.destroy())
  await ready
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
    client.sftp((error, wrapper) => (error === undefined ? resolve(wrapper) : reject(error))),
  )
  return { client, sftp, gone: ended.promise, seen }
}

/** What a call gave: its value or the status it was refused with. */
type Said<Value> = { value?: Value; code?: number }

function ask<Value>(call: (done: (error: unknown, value?: Value) => void) => void): Promise<Said<Value>> {
  return new Promise((resolve) =>
    call((error, value) => {
      if (error) resolve({ code: (error as { code?: number }).code ?? -1 })
      else resolve(value === undefined ? {} : { value })
    }),
  )
}

t.test(
  'files are written at offsets, read back, listed with their real modes, renamed and removed',
  async (t) => {
    const started = await startServer(t)
    const { sftp, seen } = await connect(t, started)
    t.equal(seen.fingerprint, started.server.fingerprint)
    t.same([started.server.connections, started.server.sessions], [1, 1])
    const { value: handle } = await ask<Buffer>((done) => sftp.open('a.tmp', 'wx', 0o640, done))
    if (handle === undefined) return t.fail('no handle')
    t.same(await ask((done) => sftp.write(handle, Buffer.from('world'), 0, 5, 6, done)), { value: 5 })
    t.same(await ask((done) => sftp.write(handle, Buffer.from('hello '), 0, 6, 0, done)), { value: 6 })
    const { value: open } = await ask<Stats>((done) => sftp.fstat(handle, done))
    t.equal(open?.size, 11)
    t.same(await ask((done) => sftp.futimes(handle, 100, 200, done)), {})
    t.same(await ask((done) => sftp.close(handle, done)), {})
    t.same(await ask((done) => sftp.rename('a.tmp', 'a.cms', done)), {})
    t.equal(readFileSync(join(started.home, 'a.cms'), 'utf8'), 'hello world')
    const { value: whole } = await ask<Buffer>((done) => sftp.readFile('/a.cms', done))
    t.equal(whole?.toString(), 'hello world')
    mkdirSync(join(started.home, 'folder'))
    const { value: names = [] } = await ask<FileEntryWithStats[]>((done) => sftp.readdir('.', done))
    const kinds = names.map(({ filename, attrs }) => [filename, attrs.isDirectory(), attrs.isFile()])
    t.same(kinds.sort(), [
      ['a.cms', false, true],
      ['folder', true, false],
    ])
    const file = names.find(({ filename }) => filename === 'a.cms')
    t.same([file?.attrs.size, file?.attrs.mtime, (file?.attrs.mode ?? 0) & 0o777], [11, 200, 0o640])
    t.same(await ask((done) => sftp.chmod('a.cms', 0o600, done)), {})
    t.equal((await ask<Stats>((done) => sftp.stat('a.cms', done))).value?.mode, 0o100_600)
    t.same(await ask((done) => sftp.unlink('a.cms', done)), {})
    t.same(await ask((done) => sftp.mkdir('folder/in', done)), {})
    t.same(await ask((done) => sftp.rmdir('folder/in', done)), {})
    t.same(await ask((done) => sftp.realpath('folder/../x/.', done)), { value: '/x' })
  },
)

const sftpProgram = '/usr/bin/sftp'
const withoutSftp = existsSync(sftpProgram) ? false : `${sftpProgram} is not installed`

t.test(
  "OpenSSH's sftp ends when its batch is done, and when a line of it fails",
  { skip: withoutSftp },
  async (t) => {
    const started = await startServer(t)
    const { folder, home } = started
    writeFileSync(join(folder, 'key'), hubKey.privateKey, { mode: 0o600 })
    writeFileSync(join(folder, 'mine'), 'x'.repeat(300_000))
    const run = async (batch: string) => {
      const file = join(folder, 'batch')
      writeFileSync(file, batch)
      const options = [
        'StrictHostKeyChecking=no',
        `UserKnownHostsFile=${join(folder, 'known')}`,
        'IdentitiesOnly=yes',
      ]
      const words = options.flatMap((option) => ['-o', option])
      const child = spawn(
        sftpProgram,
        [
          '-q',
          '-F',
          '/dev/null',
          '-i',
          join(folder, 'key'),
          '-P',
          String(started.server.port),
          ...words,
        ].concat('-b', file, `hub@${started.server.host}`),
        { stdio: ['ignore', 'pipe', 'pipe'] },
      )
      t.teardown(() => child.kill())
      let said = ''
      child.stdout.on('data', (chunk) => (said += String(chunk)))
      child.stderr.on('data', (chunk) => (said += String(chunk)))
      const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })
      return { code, said }
    }
    const put = `put ${join(folder, 'mine')} x.tmp\nrename x.tmp x.cms\nls -la\nget x.cms ${join(folder, 'back')}\n`
    const done = await run(put)
    t.equal(done.code, 0, done.said)
    t.equal(readFileSync(join(home, 'x.cms')).length, 300_000)
    t.equal(readFileSync(join(folder, 'back')).length, 300_000)
    const failed = await run('rm nothing\n')
    t.equal(failed.code, 1, failed.said)
    t.equal(started.server.sessions, 0)
  },
)
