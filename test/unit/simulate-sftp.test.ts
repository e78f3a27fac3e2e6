// The simulated SFTP server by itself: its answers, its confinement, and clients that end their session.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { FileEntryWithStats, Stats } from 'ssh2'
import t, { type Test } from 'tap'
import { ask, type Call, clientKey, openSession, startServer, until } from '../support/sftp-session.ts'

const sftpProgram = '/usr/bin/sftp'
const withoutSftp = fs.existsSync(sftpProgram) ? false : `${sftpProgram} is not installed`

/** Runs a batch of OpenSSH's client. */
async function runSftp(
  t: Test,
  of: { server: { host: string; port: number }; folder: string; batch: string | Buffer },
): Promise<{ code: unknown; said: string }> {
  const { server, folder, batch } = of
  const [key, file] = [join(folder, 'key'), join(folder, 'batch')]
  fs.writeFileSync(key, clientKey.privateKey, { mode: 0o600 })
  fs.writeFileSync(file, batch)
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes']
  const words = ['-q', '-F', '/dev/null', '-i', key, '-P', String(server.port), '-b', file]
  const target = `hub@${server.host}`
  const child = spawn(sftpProgram, [...words, ...options.flatMap((option) => ['-o', option]), target])
  t.teardown(() => child.kill())
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })
  return { code, said: said.join('') }
}

t.test(
  'files are written at offsets, read back, listed with their real modes, renamed and removed',
  async (t) => {
    const started = await startServer(t)
    const { sftp, seen } = await openSession(t, started.server)
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
    t.equal(fs.readFileSync(join(started.home, 'a.cms'), 'utf8'), 'hello world')
    const { value: whole } = await ask<Buffer>((done) => sftp.readFile('/a.cms', done))
    t.equal(whole?.toString(), 'hello world')
    fs.mkdirSync(join(started.home, 'folder'))
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

type Refused = [what: string, call: Call<unknown>]

t.test('refusals have the codes of version 3: none there, denied, renamed onto a file', async (t) => {
  const { server, home } = await startServer(t)
  const { sftp } = await openSession(t, server)
  fs.writeFileSync(join(home, 'a'), 'a')
  fs.writeFileSync(join(home, 'b'), 'b')
  fs.mkdirSync(join(home, 'full/in'), { recursive: true })
  const refused: Record<number, Refused[]> = {
    2: [
      ['a file that is not there', (done) => sftp.open('none', 'r', done)],
      ['a folder that is not there', (done) => sftp.opendir('none', done)],
      ['a stat of nothing', (done) => sftp.stat('none', done)],
      ['a removal of nothing', (done) => sftp.unlink('none', done)],
      ['a rename of nothing', (done) => sftp.rename('none', 'c', done)],
      ['a way through a file', (done) => sftp.stat('a/b', done)],
    ],
    4: [
      ['a rename onto a file', (done) => sftp.rename('a', 'b', done)],
      ['a folder renamed onto a file', (done) => sftp.rename('full', 'b', done)],
      ['a new file where one is', (done) => sftp.open('a', 'wx', done)],
      ['a folder that exists', (done) => sftp.mkdir('full', done)],
      ['a folder that is not empty', (done) => sftp.rmdir('full', done)],
      ['a handle nobody has', (done) => sftp.close(Buffer.from('77'), done)],
    ],
    5: [
      ['a zero byte in a name', (done) => sftp.stat('a\0b', done)],
      ['a name without an end', (done) => sftp.open('x'.repeat(300), 'w', done)],
    ],
    8: [['a link of a client', (done) => sftp.symlink('a', 'link', done)]],
  }
  for (const [code, calls] of Object.entries(refused)) {
    for (const [what, call] of calls) t.same(await ask(call), { code: Number(code) }, what)
  }
  t.throws(() => sftp.ext_openssh_rename('a', 'c', () => undefined), 'no extension is announced')
  t.equal(fs.readFileSync(join(home, 'b'), 'utf8'), 'b')
  const openOne = () => ask<Buffer>((done) => sftp.open('a', 'r', done))
  const opened = await Promise.all(Array.from({ length: 257 }, openOne))
  t.same(opened.at(-1), { code: 4 }, 'handles are bounded')
  t.equal(opened.filter(({ value }) => value !== undefined).length, 256)
})

t.test('announced extensions are served: a rename that replaces, a flush', async (t) => {
  const extensions = ['posix-rename@openssh.com', 'fsync@openssh.com']
  const { server, home } = await startServer(t, { extensions })
  const { sftp } = await openSession(t, server)
  fs.writeFileSync(join(home, 'a'), 'a')
  fs.writeFileSync(join(home, 'b'), 'b')
  const { value: handle } = await ask<Buffer>((done) => sftp.open('a', 'r+', done))
  if (handle === undefined) return t.fail('no handle')
  t.same(await ask((done) => sftp.ext_openssh_fsync(handle, done)), {})
  t.same(await ask((done) => sftp.ext_openssh_rename('a', 'b', done)), {})
  t.same([fs.existsSync(join(home, 'a')), fs.readFileSync(join(home, 'b'), 'utf8')], [false, 'a'])
})

t.test('no path leads out of the account: neither dots nor links nor links in between', async (t) => {
  const { server, folder, home } = await startServer(t)
  const { sftp } = await openSession(t, server)
  fs.writeFileSync(join(folder, 'secret'), 'secret')
  fs.mkdirSync(join(folder, 'outside'))
  fs.symlinkSync(join(folder, 'secret'), join(home, 'link'))
  fs.symlinkSync(join(folder, 'outside'), join(home, 'folder'))
  fs.symlinkSync(join(folder, 'outside/new'), join(home, 'dangling'))
  fs.symlinkSync('../../secret', join(home, 'relative'))
  fs.writeFileSync(join(home, 'mine'), 'mine')
  fs.symlinkSync('mine', join(home, 'inside'))
  t.same(await ask((done) => sftp.stat('../../secret', done)), { code: 2 }, 'the root has nothing above it')
  t.same(await ask((done) => sftp.realpath('/../../secret', done)), { value: '/secret' })
  const denied: Refused[] = [
    ['read through a link', (done) => sftp.open('link', 'r', done)],
    ['read through a relative link', (done) => sftp.open('relative', 'r', done)],
    ['stat through a link', (done) => sftp.stat('link', done)],
    ['listed through a link', (done) => sftp.opendir('folder', done)],
    ['written below a linked folder', (done) => sftp.open('folder/x', 'w', done)],
    ['renamed into a linked folder', (done) => sftp.rename('mine', 'folder/x', done)],
    ['removed in a linked folder', (done) => sftp.unlink('folder/x', done)],
    ['changed through a link', (done) => sftp.chmod('link', 0o777, done)],
    ['made in a linked folder', (done) => sftp.mkdir('folder/x', done)],
  ]
  for (const [what, call] of denied) t.same(await ask(call), { code: 3 }, what)
  t.same(
    await ask((done) => sftp.open('dangling', 'w', done)),
    { code: 2 },
    'a link to nothing makes nothing',
  )
  t.same(fs.readdirSync(join(folder, 'outside')), [])
  const { value: link } = await ask<Stats>((done) => sftp.lstat('link', done))
  t.equal(link?.isSymbolicLink(), true, 'links are seen as links')
  t.same(await ask((done) => sftp.readlink('inside', done)), { value: 'mine' })
  const { value: own } = await ask<Buffer>((done) => sftp.readFile('inside', done))
  t.equal(own?.toString(), 'mine', 'a link that stays inside is followed')
  t.same(await ask((done) => sftp.unlink('link', done)), {}, 'a link itself may be removed')
})

t.test('names in any coding go through as they are, and folders of thousands in pieces', async (t) => {
  const { server, folder, home } = await startServer(t)
  const name = Buffer.from(
    'f1e5f2.cms'.replace(/[0-9a-f]{2}/g, (hex) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  )
  fs.writeFileSync(Buffer.concat([Buffer.from(`${home}/`), name]), 'x')
  for (let count = 0; count < 2500; count++) fs.writeFileSync(join(home, `${count}`), '')
  const { sftp } = await openSession(t, server)
  const { value: names = [] } = await ask<FileEntryWithStats[]>((done) => sftp.readdir('.', done))
  t.equal(names.length, 2501)
  t.ok(
    names.some(({ filename }) => filename === name.toString('utf8')),
    'shown as far as ssh2 can',
  )
  if (withoutSftp !== false) return t.comment(withoutSftp)
  const batch = Buffer.concat([Buffer.from('rename '), name, Buffer.from(' plain\n')])
  const { code, said } = await runSftp(t, { server, folder, batch })
  t.equal(code, 0, said)
  t.equal(fs.readFileSync(join(home, 'plain'), 'utf8'), 'x', 'a client that keeps bytes reaches it')
})

t.test(
  "OpenSSH's sftp ends when its batch is done or a line of it fails",
  { skip: withoutSftp },
  async (t) => {
    const { server, folder, home } = await startServer(t)
    const [mine, back] = [join(folder, 'mine'), join(folder, 'back')]
    fs.writeFileSync(mine, 'x'.repeat(300_000))
    const batch = `put ${mine} x.tmp\nrename x.tmp x.cms\nls -la\nget x.cms ${back}\n`
    const done = await runSftp(t, { server, folder, batch })
    t.equal(done.code, 0, done.said)
    t.same([fs.readFileSync(join(home, 'x.cms')).length, fs.readFileSync(back).length], [300_000, 300_000])
    const failed = await runSftp(t, { server, folder, batch: 'rm nothing\n' })
    t.equal(failed.code, 1, failed.said)
    await until(() => server.sessions === 0, 'the end of the sessions')
  },
)
