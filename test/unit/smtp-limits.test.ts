// Limits of a conversation with an SMTP server at both sides of their edges: sizes of answers, and times on a held clock.

import dns from 'node:dns'
import { once } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Posted, ReadyLetter } from '../../hub/mail/ports.ts'
import { makeSmtpMailer } from '../../hub/mail/smtp-mailer.ts'
import { limits } from '../../schemas/limits.ts'
import { type EmailAddress, parseEmail } from '../../schemas/mail/email.ts'

type Test = { teardown(run: () => unknown): void }

const never = new AbortController().signal
const away: Posted = { is: 'later', reason: 'mail.away' }
const sent: Posted = { is: 'sent', file: undefined }

const letter: ReadyLetter = {
  id: 'the-letter',
  from: { name: 'ООО «Оператор Б»', address: parseEmail('edo@hub.example.ru') as EmailAddress },
  to: parseEmail('buh@firma.example.ru') as EmailAddress,
  messageId: '<the-letter@hub.example.ru>',
  at: new Date('2026-11-27T10:00:00Z'),
  subject: 'Приглашение',
  text: 'текст',
  html: '<p>текст</p>',
}

/** A server that says what it is told to: its greeting and its answers by the first word of a command. */
async function startServer(t: Test, says: { greeting?: string; answers?: Record<string, string> } = {}) {
  const { greeting = '220 ready\r\n' } = says
  const answers = { EHLO: '250 hub\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n', ...says.answers }
  const seen = { commands: [] as string[], connections: 0, ended: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    seen.connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      seen.ended += 1
    })
    if (greeting !== '') socket.write(greeting)
    let isData = false
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      if (isData) {
        if (text.endsWith('\r\n.\r\n')) {
          isData = false
          socket.write('250 taken\r\n')
        }
        return
      }
      for (const line of text.split('\r\n').filter((one) => one !== '')) {
        const [command = ''] = line.split(' ')
        seen.commands.push(command)
        if (command === 'DATA') isData = true
        const answer = command === 'DATA' ? '354 go on\r\n' : command === 'QUIT' ? '221 bye\r\n' : undefined
        socket.write(answer ?? answers[command as keyof typeof answers] ?? '')
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { seen, port: (server.address() as AddressInfo).port }
}

function mailerFor(t: Test, port: number, host = '127.0.0.1') {
  const rest = { ca: undefined, login: undefined, allowPrivateAddresses: true, connectionsMax: 1 }
  const mailer = makeSmtpMailer({ host, port, tls: 'none', ...rest })
  t.teardown(() => mailer.close())
  return mailer
}

t.test('an answer in lines or in one line as long as is read, and a byte more', async (t) => {
  const max = limits.smtpAnswerBytesMax
  /** Continued lines that make so many characters by the library's count, which leaves out their ends. */
  const lines = (length: number) => {
    const [line, count] = [`250-${'x'.repeat(59)}`, Math.floor(length / 64) - 1]
    const last = `250-${'x'.repeat(length - 64 * count - 4)}`
    return `${[...Array.from({ length: count }, () => line), last].join('\r\n')}\r\n250 ok\r\n`
  }
  t.equal(lines(max).replaceAll('\r\n', '\n').length, max + '\n250 ok\n'.length)
  const post = async (answers: Record<string, string>) =>
    mailerFor(t, (await startServer(t, { answers })).port).post(letter, never)
  t.strictSame(await post({ EHLO: lines(max) }), sent)
  t.strictSame(await post({ EHLO: lines(max + 1) }), away)
  const without = { EHLO: '250-'.padEnd(max + 1, 'x') }
  t.strictSame(await post(without), away, 'a line without an end')
})

/** Resolves once the library or the mailer has armed the timer it is about; `run` ends it. */
function holdSocketTimeouts(t: Test, wantedMs: number) {
  const real = Socket.prototype.setTimeout
  const { promise, resolve } = Promise.withResolvers<Socket>()
  Socket.prototype.setTimeout = function held(this: Socket, ms: number, callback?: () => void) {
    const result = real.call(this, ms, callback)
    if (ms === wantedMs) resolve(this)
    return result
  }
  t.teardown(() => {
    Socket.prototype.setTimeout = real
  })
  return promise
}

t.test('a connection that does not come about in its time is given up', async (t) => {
  const real = dns.lookup
  t.teardown(() => {
    dns.lookup = real
    syncBuiltinESMExports()
  })
  dns.lookup = (() => undefined) as unknown as typeof dns.lookup
  syncBuiltinESMExports()
  const armed = holdSocketTimeouts(t, limits.smtpConnectMs)
  const posting = mailerFor(t, 25, 'mail.example.ru').post(letter, never)
  const socket = await armed
  t.equal(socket.timeout, limits.smtpConnectMs)
  t.equal(socket.connecting, true)
  socket.emit('timeout')
  t.strictSame(await posting, away)
  t.equal(socket.destroyed, true)
})

t.test('a server that falls silent in a conversation is given up after its time', async (t) => {
  const { port, seen } = await startServer(t, { answers: { MAIL: '' } })
  const armed = holdSocketTimeouts(t, limits.smtpIdleMs)
  const posting = mailerFor(t, port).post(letter, never)
  const socket = await armed
  while (!seen.commands.includes('MAIL')) await turn()
  t.equal(socket.timeout, limits.smtpIdleMs)
  t.equal(socket.destroyed, false)
  socket.emit('timeout')
  t.strictSame(await posting, away)
})

/** A clock that stands, and what tells that a timer of so many ms was armed. */
function holdClock(t: Test) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() })
  const held = globalThis.setTimeout
  const armed = new Set<number>()
  const noting = (run: () => void, ms = 0, ...rest: unknown[]) => {
    armed.add(ms)
    return Reflect.apply(held, undefined, [run, ms, ...rest])
  }
  globalThis.setTimeout = Object.assign(noting, held) as typeof setTimeout
  t.teardown(() => {
    globalThis.setTimeout = held
    mock.timers.reset()
  })
  return async (ms: number) => {
    while (!armed.has(ms)) await turn()
  }
}

t.test('a server that does not greet in its time is given up, and not before', async (t) => {
  const { port } = await startServer(t, { greeting: '' })
  const untilArmed = holdClock(t)
  let posted: Posted | undefined
  const posting = mailerFor(t, port)
    .post(letter, never)
    .then((result) => {
      posted = result
    })
  await untilArmed(limits.smtpConnectMs)
  mock.timers.tick(limits.smtpConnectMs - 1)
  for (let n = 0; n < 10; n += 1) await turn()
  t.equal(posted, undefined)
  mock.timers.tick(1)
  await posting
  t.strictSame(posted, away)
})

/** Resolves with what a timer of so many ms would run, which is left to the test. */
function holdTimer(t: Test, wantedMs: number): Promise<() => void> {
  const real = globalThis.setTimeout
  const { promise, resolve } = Promise.withResolvers<() => void>()
  const held = (run: () => void, ms = 0, ...rest: unknown[]) => {
    if (ms !== wantedMs) return Reflect.apply(real, undefined, [run, ms, ...rest])
    resolve(run)
    return real(() => undefined, 0)
  }
  globalThis.setTimeout = Object.assign(held, real) as typeof setTimeout
  t.teardown(() => {
    globalThis.setTimeout = real
  })
  return promise
}

t.test('a connection nobody uses is kept for its time, and then ended', async (t) => {
  const { port, seen } = await startServer(t)
  const mailer = mailerFor(t, port)
  const armed = holdTimer(t, limits.smtpIdleMs)
  t.strictSame(await mailer.post(letter, never), sent)
  const end = await armed
  t.strictSame(await mailer.post(letter, never), sent)
  t.strictSame([seen.connections, seen.commands.includes('QUIT')], [1, false], 'until then it is used again')
  // Nothing comes of it before the connection is free again.
  while (seen.ended === 0) {
    end()
    await turn()
  }
  t.ok(seen.commands.includes('QUIT'))
})
