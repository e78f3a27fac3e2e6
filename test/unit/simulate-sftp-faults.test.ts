// The faults a simulated SFTP server has on demand, its keys, and what OpenSSH's client makes of it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { ClientChannel, Stats } from 'ssh2'
import t from 'tap'
import { generateSshKey, sshKeyOf } from '../../hub/sftp/ssh-key.ts'
import type { Fault, Operation } from '../../hub/simulate/sftp/faults.ts'
import { ask, openSession, startServer, until } from '../support/sftp-session.ts'

t.test('only keys of the account open it; keys and host keys may change', async (t) => {
  const { server, folder } = await startServer(t)
  const other = generateSshKey('other')
  await t.rejects(openSession(t, server, { key: other.privateKey }))
  await t.rejects(openSession(t, server, { account: 'nobody' }))
  server.authorise('hub', other.publicKey)
  const { seen } = await openSession(t, server, { key: other.privateKey })
  t.equal(seen.fingerprint, server.fingerprint)
  const next = generateSshKey('next')
  server.setHostKey(next)
  t.equal((await openSession(t, server)).seen.fingerprint, next.fingerprint)
  t.same(sshKeyOf(next.privateKey), next)
  if (!fs.existsSync('/usr/bin/ssh-keygen')) return t.comment('ssh-keygen is not installed')
  fs.writeFileSync(join(folder, 'k.pub'), next.publicKey)
  const words = ['-lf', join(folder, 'k.pub')]
  const child = spawn('/usr/bin/ssh-keygen', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) })
  t.ok(String(printed).includes(` ${next.fingerprint} `), String(printed))
})

t.test('each fault of an operation shows as it is told', async (t) => {
  const { server, home } = await startServer(t)
  const isThere = (name: string) => fs.existsSync(join(home, name))
  const failOnce = (op: Operation['op'], fault: Fault) =>
    server.setFaults((operation) => {
      if (operation.op !== op) return undefined
      server.setFaults(undefined)
      return fault
    })
  const rename = async (fault: Fault) => {
    fs.writeFileSync(join(home, 'a'), 'a')
    fs.rmSync(join(home, 'b'), { force: true })
    const { sftp, gone } = await openSession(t, server)
    failOnce('rename', fault)
    const said = ask((done) => sftp.rename('a', 'b', done))
    if (fault === 'drop-before' || fault === 'drop-after') await gone
    return { said, sftp }
  }
  t.same([await (await rename('drop-before')).said, isThere('b')], [{ code: -1 }, false])
  t.same([await (await rename('drop-after')).said, isThere('b')], [{ code: -1 }, true])
  t.same([await (await rename({ status: 3 })).said, isThere('b')], [{ code: 3 }, false])
  t.same([await (await rename({ status: 4, isDone: true })).said, isThere('b')], [{ code: 4 }, true])
  t.same([await (await rename('lie')).said, isThere('b')], [{}, false])
  const { said, sftp } = await rename('hang')
  t.same(await ask((done) => sftp.realpath('.', done)), { value: '/' }, 'the session goes on')
  t.same([await Promise.race([said, 'no answer']), isThere('b')], ['no answer', false])
  server.dropAll()
  t.equal((await said).code, -1)

  const session = await openSession(t, server)
  failOnce('open', 'lie')
  t.same(await ask((done) => session.sftp.writeFile('c', 'text', done)), {})
  t.equal(isThere('c'), false, 'nothing was written to the file that was never opened')
  failOnce('lstat', 'lie')
  t.equal((await ask<Stats>((done) => session.sftp.lstat('none', done))).value?.size, 0)
})

t.test('faults are asked for by operation, path, account and count', async (t) => {
  const { server, home } = await startServer(t)
  const { sftp } = await openSession(t, server)
  const seen: string[] = []
  server.setFaults(({ op, path, newPath, account, count }) => {
    seen.push(`${op} ${path} ${newPath} ${account} ${count}`)
    return undefined
  })
  fs.writeFileSync(join(home, 'a'), 'text')
  await ask((done) => sftp.rename('/x/../a', 'д', done))
  t.equal((await ask<Buffer>((done) => sftp.readFile('д', done))).value?.toString(), 'text')
  await ask((done) => sftp.rename('none', 'd', done))
  const [first, second] = seen
  t.same([first, second], ['rename /a /д hub 1', 'open /д undefined hub 1'])
  t.ok(seen.includes('read /д undefined hub 1') && seen.includes('close /д undefined hub 1'), seen.join())
  t.equal(seen.at(-1), 'rename /none /d hub 2')
})

t.test('a server may fail before a session is open', async (t) => {
  const { server } = await startServer(t)
  for (const op of ['connect', 'auth'] as const) {
    for (const fault of ['drop-before', 'drop-after', { status: 4 }] as const) {
      server.setFaults((operation) => (operation.op === op ? fault : undefined))
      await t.rejects(openSession(t, server), `${op} ${JSON.stringify(fault)}`)
    }
    let isMet = false
    server.setFaults((operation) => {
      if (operation.op !== op) return undefined
      isMet = true
      return 'hang'
    })
    const hanging = openSession(t, server)
    hanging.catch(() => undefined)
    await until(() => isMet, `a ${op}`)
    server.dropAll()
    await t.rejects(hanging, `${op} hangs`)
  }
  server.setFaults(({ op }) => (op === 'connect' ? 'lie' : undefined))
  await t.rejects(openSession(t, server), 'no SSH is spoken')
  server.setFaults(undefined)
  await openSession(t, server)
})

t.test('a client that speaks no SSH, or no SFTP, ends its own connection only', async (t) => {
  const { server } = await startServer(t)
  for (const words of ['GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-x\r\n\0\0\0\u0001garbage'.repeat(50), '']) {
    const socket = connect(server.port, server.host)
    socket.on('error', () => socket.destroy())
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.end(words)
    socket.resume()
    await closed
  }
  const { client, gone } = await openSession(t, server)
  const raw = await new Promise<ClientChannel>((resolve, reject) =>
    client.subsys('sftp', (error, channel) => (error === undefined ? resolve(channel) : reject(error))),
  )
  const ended = new Promise((resolve) => raw.on('close', resolve))
  raw.on('data', () => undefined)
  raw.write(Buffer.from([0, 0, 0, 5, 99, 0, 0, 0, 3]))
  await ended
  const short = await new Promise<ClientChannel>((resolve, reject) =>
    client.subsys('sftp', (error, channel) => (error === undefined ? resolve(channel) : reject(error))),
  )
  const cut = new Promise((resolve) => short.on('close', resolve))
  short.on('data', () => undefined)
  short.write(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3, 0, 0, 0, 6, 3, 0, 0, 0, 1, 0]))
  await cut
  client.end()
  await gone
  const { sftp } = await openSession(t, server)
  t.same(await ask((done) => sftp.realpath('.', done)), { value: '/' })
  await until(() => server.sessions === 1, 'the end of the others')
})
