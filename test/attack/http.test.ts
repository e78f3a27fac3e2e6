// Attacks on the HTTP door: slowness, lies about lengths, smuggling, floods. The next sender must be served.

import { once } from 'node:events'
import net from 'node:net'
import t, { type Test } from 'tap'
import type { DoorLimits } from '../../operators/transports/door-limits.ts'
import type { PartnerServerEvent } from '../../operators/transports/http-intake.ts'
import {
  openSender,
  packageHead,
  packageRequest,
  type RememberingDoor,
  rememberingDoor,
  startPartnerServer,
} from '../support/http-peers.ts'

const defaults = { drainMs: 200, shutdownMs: 500 }

async function startDoor(t: Test, limits: Partial<DoorLimits> = {}) {
  const door = rememberingDoor()
  const events: PartnerServerEvent[] = []
  const onEvent = (event: PartnerServerEvent) => void events.push(event)
  const { port } = await startPartnerServer(t, { door, limits: { ...defaults, ...limits }, onEvent })
  return { door, port, events }
}

/** The door has taken nothing from the attacker and still serves others. */
async function isUnharmed(t: Test, door: RememberingDoor, port: number): Promise<void> {
  const before = door.arrivals.length
  const sender = await openSender(t, port)
  sender.write(packageRequest('honest', { Connection: 'close' }))
  t.equal((await sender.answer())?.status, 200, 'the next sender is served')
  t.equal(door.arrivals.length, before + 1)
}

t.test('ends a request whose headers do not come', async (t) => {
  const { door, port } = await startDoor(t, { headersTimeoutMs: 40 })
  const silent = await openSender(t, port)
  const slow = await openSender(t, port)
  slow.write('POST /SendTransportPackage HTTP/1.1\r\nHost: h\r\nX-')
  t.match(await slow.answer(), { status: 408, text: 'door.too-slow' })
  t.match(await silent.answer(), { status: 408, text: 'door.too-slow' })
  await isUnharmed(t, door, port)
})

t.test('ends a body that stops, and one that comes a byte at a time', async (t) => {
  const { door, port } = await startDoor(t, {
    bodyIdleTimeoutMs: 60,
    bodyGraceMs: 100,
    bodyBytesPerSecondMin: 1000,
  })
  const stopped = await openSender(t, port)
  stopped.write(`${packageHead({ 'Content-Length': '1000' })}half`)
  t.match(await stopped.answer(), { status: 408, text: 'no byte for' })
  const trickle = await openSender(t, port)
  trickle.write(packageHead({ 'Content-Length': '1000' }))
  const timer = setInterval(() => trickle.write('x'), 10)
  t.teardown(() => clearInterval(timer))
  t.match(await trickle.answer(), { status: 408, text: 'less than 1000 bytes a second' })
  clearInterval(timer)
  const chunked = await openSender(t, port)
  chunked.write(`${packageHead({ 'Transfer-Encoding': 'chunked' })}5\r\nhel`)
  t.match(await chunked.answer(), { status: 408, text: 'door.too-slow' })
  t.equal(door.refusals[0]?.name, 'a1.cms', 'the name is recorded')
  t.same(door.arrivals, [])
  await isUnharmed(t, door, port)
})

t.test('ends a refused sender that never stops sending', async (t) => {
  const { door, port } = await startDoor(t, { packageBytesMax: 1000, drainBytesMax: 100_000, drainMs: 50 })
  const sender = await openSender(t, port)
  sender.write(packageHead({ 'Content-Length': '1000000000' }))
  t.match(await sender.answer(), { status: 400, text: 'door.too-large' })
  const block = Buffer.alloc(65_536)
  const timer = setInterval(() => sender.socket.writableLength < 1_000_000 && sender.write(block), 1)
  t.teardown(() => clearInterval(timer))
  await sender.ended()
  await isUnharmed(t, door, port)
})

t.test('refuses headers that are huge, many, broken or contradictory', async (t) => {
  const { door, port } = await startDoor(t)
  const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`X-${index}`, '1']))
  const cases: [what: string, request: string, status: number, code: string][] = [
    ['a huge header', packageRequest('x', { Huge: 'x'.repeat(20_000) }), 431, 'door.headers-too-large'],
    ['a huge target', packageHead({}, `POST /${'x'.repeat(20_000)} HTTP/1.1`), 431, 'door.headers-too-large'],
    ['many headers', packageRequest('x', many), 431, 'door.headers-too-large'],
    ['two lengths', packageRequest('x', { 'content-length': '2' }), 400, 'door.request-malformed'],
    ['the same length twice', packageRequest('x', { 'content-length': '1' }), 400, 'door.request-malformed'],
    ['a list of lengths', packageRequest('x', { 'Content-Length': '1, 1' }), 400, 'door.request-malformed'],
    ['a negative length', packageRequest('x', { 'Content-Length': '-1' }), 400, 'door.request-malformed'],
    ['a signed length', packageRequest('x', { 'Content-Length': '+1' }), 400, 'door.request-malformed'],
    ['a length in hex', packageRequest('x', { 'Content-Length': '0x1' }), 400, 'door.request-malformed'],
    [
      'a length of 20 digits',
      packageRequest('x', { 'Content-Length': '9'.repeat(20) }),
      400,
      'door.request-malformed',
    ],
    [
      'a length above 2^53',
      packageRequest('x', { 'Content-Length': '9'.repeat(17) }),
      400,
      'door.header-invalid',
    ],
    ['a header without a name', packageRequest('x', { '': 'x' }), 400, 'door.request-malformed'],
    ['a space before the colon', packageRequest('x', { 'X ': 'x' }), 400, 'door.request-malformed'],
    ['a folded header', packageRequest('x', { X: 'a\r\n b' }), 400, 'door.request-malformed'],
    ['a NUL in a header', packageRequest('x', { X: 'a\0b' }), 400, 'door.request-malformed'],
    ['a bare LF', packageRequest('x').replaceAll('\r\n', '\n'), 400, 'door.request-malformed'],
    ['a bare CR', packageRequest('x', { X: 'a\rY: b' }), 400, 'door.request-malformed'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'door.request-malformed'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.7\r\n', 400, 'door.request-malformed'],
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'door.request-malformed'],
    [
      'another version',
      packageHead({}, 'POST /SendTransportPackage HTTP/2.0'),
      400,
      'door.request-malformed',
    ],
    ['a tunnel', 'CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'door.method'],
  ]
  for (const [what, request, status, code] of cases) {
    const sender = await openSender(t, port)
    sender.write(Buffer.from(request, 'latin1'))
    const answer = await sender.answer()
    t.match(answer, { status, text: code }, what)
    t.equal(answer?.headers.get('hub-code'), code, what)
    t.equal(door.refusals.at(-1)?.refusal.code, code, `${what} is recorded`)
    sender.socket.destroy()
  }
  t.same(door.arrivals, [])
  await isUnharmed(t, door, port)
})

t.test('sees one request where two could be smuggled', async (t) => {
  const { door, port } = await startDoor(t)
  const inner = packageRequest('smuggled', { 'Content-Disposition': 'filename=smuggled.cms' })
  const chunkedThenInner = `0\r\n\r\n${inner}`
  const shapes: [what: string, request: string][] = [
    [
      'length and chunked',
      packageHead({ 'Content-Length': '4', 'Transfer-Encoding': 'chunked' }) + chunkedThenInner,
    ],
    [
      'chunked and length',
      packageHead({ 'Transfer-Encoding': 'chunked', 'Content-Length': '4' }) + chunkedThenInner,
    ],
    ['chunked not last', packageHead({ 'Transfer-Encoding': 'chunked, identity' }) + chunkedThenInner],
    [
      'chunked twice',
      packageHead({ 'Transfer-Encoding': 'chunked', 'transfer-encoding': 'chunked' }) + chunkedThenInner,
    ],
    ['chunked after gzip', packageHead({ 'Transfer-Encoding': 'gzip, chunked' }) + chunkedThenInner],
    ['chunked misspelt', packageHead({ 'Transfer-Encoding': 'xchunked' }) + chunkedThenInner],
    ['chunked with a tab', packageHead({ 'Transfer-Encoding': '\x0bchunked' }) + chunkedThenInner],
    ['chunked quoted', packageHead({ 'Transfer-Encoding': '"chunked"' }) + chunkedThenInner],
    [
      'chunked with an underscore',
      packageHead({ Transfer_Encoding: 'chunked', 'Content-Length': '0' }) + chunkedThenInner,
    ],
    ['a length in an obsolete fold', packageHead({ X: `y\r\n Content-Length: ${inner.length}` }) + inner],
  ]
  for (const [what, request] of shapes) {
    const sender = await openSender(t, port)
    sender.write(Buffer.from(request, 'latin1'))
    const answer = await sender.answer()
    t.ok(answer !== undefined && answer.status === 400, `${what}: ${answer?.text}`)
    const rest = await sender.answer()
    t.not(rest?.status, 200, what)
    sender.socket.destroy()
  }
  t.same(door.arrivals, [])
  await isUnharmed(t, door, port)
})

t.test('refuses garbage for chunks and takes nothing of it', async (t) => {
  const { door, port } = await startDoor(t)
  const chunks = [
    'zz\r\nhello\r\n',
    '5\r\nhello__0\r\n\r\n',
    '-5\r\nhello\r\n',
    '0x5\r\nhello\r\n',
    '5 \nhello\n',
  ]
  const huge = ['ffffffffffffffffff\r\n', 'fffffffffffffff\r\nx', `5;${'x'.repeat(40_000)}\r\nhello\r\n`]
  for (const garbage of [...chunks, ...huge]) {
    const sender = await openSender(t, port)
    sender.write(packageHead({ 'Transfer-Encoding': 'chunked' }) + garbage)
    sender.socket.end()
    const answer = await sender.answer()
    t.ok(answer !== undefined && answer.status >= 400, `${garbage.slice(0, 20)}: ${answer?.text}`)
  }
  t.equal(door.refusals.length, chunks.length + huge.length)
  t.same(door.arrivals, [])
  await isUnharmed(t, door, port)
})

t.test('records a body cut short, whether the sender closes, half-closes or resets', async (t) => {
  for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
    const { door, port } = await startDoor(t)
    const sender = await openSender(t, port)
    sender.write(`${packageHead({ 'Content-Length': '1000', Expect: '100-continue' })}`)
    await sender.answer()
    sender.write('half')
    sender.socket[end]()
    const refusal = await door.refused()
    t.match(refusal, { code: 'door.cut-short' }, end)
    if (end === 'end') t.equal((await sender.answer())?.status, 408, 'a sender that listens is told')
    t.same(door.arrivals, [])
    await isUnharmed(t, door, port)
  }
})

t.test('takes a body longer than announced for the next request, and refuses that', async (t) => {
  const { door, port } = await startDoor(t)
  const sender = await openSender(t, port)
  sender.write(`${packageHead({ 'Content-Length': '4' })}body and more`)
  t.equal((await sender.answer())?.status, 200)
  t.match(await sender.answer(), { status: 400, text: 'door.request-malformed' })
  t.same(
    door.arrivals.map(({ bytes }) => Buffer.from(bytes).toString()),
    ['body'],
  )
})

t.test('answers what is owed before it refuses the junk behind, and then reads no more', async (t) => {
  const release = Promise.withResolvers<void>()
  const door = rememberingDoor(async ({ name }) => {
    await release.promise
    return { status: 200, code: 'accepted', text: name }
  })
  const { port } = await startPartnerServer(t, { door, limits: defaults })
  const sender = await openSender(t, port)
  const named = (name: string) => packageRequest('x', { 'Content-Disposition': `filename=${name}.cms` })
  sender.write(`${named('one')}${named('two')}\x00\x01 junk\r\n\r\n${named('three')}`)
  await door.handed(2)
  t.same(door.refusals, [])
  release.resolve()
  t.match(await sender.answer(), { status: 200, text: 'one.cms' })
  t.match(await sender.answer(), { status: 200, text: 'two.cms' })
  t.match(await sender.answer(), { status: 400, text: 'door.request-malformed' })
  t.equal(await sender.ended(), '')
  t.equal(door.arrivals.length, 2)
})

t.test('bounds the requests that one connection may have open', async (t) => {
  const release = Promise.withResolvers<void>()
  const door = rememberingDoor(async () => {
    await release.promise
    return { status: 200, code: 'accepted', text: '' }
  })
  const { port } = await startPartnerServer(t, { door, limits: { ...defaults, pipelinedRequestsMax: 3 } })
  const sender = await openSender(t, port)
  sender.write(packageRequest('x').repeat(1000))
  await door.refused()
  release.resolve()
  const statuses: (number | undefined)[] = []
  for (let count = 0; count < 4; count += 1) statuses.push((await sender.answer())?.status)
  t.same(statuses, [200, 200, 200, 503])
  t.equal(await sender.answer(), undefined, 'the rest of the connection is not read')
  t.equal(door.arrivals.length, 3)
  t.equal(door.refusals.length, 1)
})

t.test('lets large announcements alone take no memory from others', async (t) => {
  const { door, port } = await startDoor(t, { bytesInFlightMax: 100_000, bodyFirstBytes: 1000 })
  const liars = await Promise.all(Array.from({ length: 50 }, () => openSender(t, port)))
  for (const liar of liars)
    liar.write(`${packageHead({ 'Content-Length': '90000', Expect: '100-continue' })}`)
  await Promise.all(liars.map((liar) => liar.answer()))
  await isUnharmed(t, door, port)
})

t.test('outlives 2000 connections that open and close, some with half a request', async (t) => {
  const { door, port } = await startDoor(t)
  const starts = [
    '',
    'P',
    packageHead({ 'Content-Length': '100' }).slice(0, 60),
    `${packageHead({ 'Content-Length': '100' })}x`,
  ]
  for (let round = 0; round < 40; round += 1) {
    const closed = Array.from({ length: 50 }, (_, index) => {
      const socket = net.connect({ port, host: '127.0.0.1' })
      socket.on('error', () => undefined)
      socket.on('connect', () => {
        socket.write(starts[index % starts.length] ?? '')
        if (index % 2 === 0) socket.destroy()
        else socket.resetAndDestroy()
      })
      return once(socket, 'close')
    })
    await Promise.all(closed)
  }
  await isUnharmed(t, door, port)
  t.equal(door.arrivals.length, 1)
})

t.test('drops connections above its bound and serves again when they are gone', async (t) => {
  const { door, port, events } = await startDoor(t, { connectionsMax: 5 })
  const held = await Promise.all(Array.from({ length: 5 }, () => openSender(t, port)))
  const one = net.connect({ port, host: '127.0.0.1' }).on('error', () => undefined)
  await once(one, 'close')
  t.same(events, [{ kind: 'connection-dropped' }])
  const gone = held.map(({ socket }) => once(socket, 'close'))
  for (const { socket } of held) socket.destroy()
  await Promise.all(gone)
  await isUnharmed(t, door, port)
})
