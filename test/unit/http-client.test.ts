// Tests of the HTTP courier: what it sends, and what it makes of every way in which an attempt can end.

import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import nock from 'nock'
import t, { type Test } from 'tap'
import { createHttpCourier, type HttpCourierOptions } from '../../operators/transports/http-client.ts'
import { type PackageName, parsePackageName } from '../../schemas/ids.ts'
import type { Courier, Departure } from '../../schemas/transport.ts'
import { rememberingDoor, startPartnerServer, startSockets } from '../support/http-peers.ts'
import { devTls, strangeTls } from '../support/tls.ts'

const name = parsePackageName('a1b2.cms') as PackageName
const packageBytes = Buffer.from('signed package')

function startCourier(t: Test, options: Partial<HttpCourierOptions> = {}): Courier {
  const courier = createHttpCourier({ allowPrivateAddresses: true, connectTimeoutMs: 2000, ...options })
  t.teardown(() => courier.close())
  return courier
}

function departure(address: string | number, changes: Partial<Departure> = {}): Departure {
  return {
    peer: '2zb',
    address: typeof address === 'number' ? `http://127.0.0.1:${address}/SendTransportPackage` : address,
    name,
    bytes: packageBytes,
    receiptAddress: 'https://hub.example/receipts',
    timeoutMs: 5000,
    signal: new AbortController().signal,
    ...changes,
  }
}

/**
 * A peer that answers every request with the same bytes once it has read all of it, then leaves the rest to
 * `then`.
 */
function startPeer(
  t: Test,
  answer: string,
  then: (socket: Socket) => void = () => undefined,
): Promise<number> {
  return startSockets(t, (socket) => {
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      if (!seen.endsWith(packageBytes.toString())) return
      seen = ''
      if (answer !== '') socket.write(answer)
      then(socket)
    })
  })
}

async function listen(t: Test, server: http.Server | https.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

t.test('with simulated peers', async (t) => {
  nock.disableNetConnect()
  t.teardown(() => {
    nock.cleanAll()
    nock.enableNetConnect()
    nock.restore()
  })

  t.test('sends the headers and the bytes of the binding', async (t) => {
    const scope = nock('https://peer.example', {
      reqheaders: {
        'content-disposition': 'attachment; filename="a1b2.cms"',
        'send-receipt-to': 'https://hub.example/receipts',
        'content-type': 'application/pkcs7-mime',
        'content-length': String(packageBytes.length),
      },
    })
      .post('/SendTransportPackage?x=1', (body) => Buffer.from(body, 'latin1').equals(packageBytes))
      .reply(200, 'Принято', { 'Content-Type': 'text/plain; charset=utf-8' })
    const outcome = await startCourier(t).send(departure('https://peer.example/SendTransportPackage?x=1'))
    t.match(outcome, { class: 'accepted', status: 200, reason: 'answer.200', text: 'Принято' })
    t.ok(outcome.durationMs >= 0)
    scope.done()
  })

  t.test('leaves Send-Receipt-To out when there is no address', async (t) => {
    nock('http://peer.example', { badheaders: ['send-receipt-to'] })
      .post('/')
      .reply(200)
    const outcome = await startCourier(t).send(
      departure('http://peer.example/', { receiptAddress: undefined }),
    )
    t.equal(outcome.class, 'accepted')
  })

  t.test('classes the answers of a peer and keeps its text', async (t) => {
    const courier = startCourier(t)
    const cases: [status: number, expected: string][] = [
      [200, 'accepted'],
      [202, 'ambiguous'],
      [204, 'ambiguous'],
      [302, 'transient'],
      [400, 'rejected'],
      [404, 'transient'],
      [408, 'ambiguous'],
      [413, 'rejected'],
      [422, 'rejected'],
      [429, 'transient'],
      [500, 'transient'],
      [502, 'ambiguous'],
      [503, 'transient'],
      [504, 'ambiguous'],
    ]
    for (const [status, expected] of cases) {
      nock('http://peer.example')
        .post('/')
        .reply(status, 'Не\u0000 принято\r\n', { Location: 'http://other.example/' })
      const outcome = await courier.send(departure('http://peer.example/'))
      t.match(outcome, { class: expected, status, reason: `answer.${status}` })
      if (status !== 204) t.equal(outcome.text, 'Не принято')
    }
    t.ok(nock.isDone(), 'no redirect was followed')
  })

  t.test('keeps how long the peer asks to wait', async (t) => {
    nock('http://peer.example').post('/').reply(503, '', { 'Retry-After': '120' })
    t.match(await startCourier(t).send(departure('http://peer.example/')), {
      class: 'transient',
      retryAfterS: 120,
    })
  })

  t.test('reads answers in the charset they name and as much of them as is allowed', async (t) => {
    const courier = startCourier(t, { answerBytesMax: 100 })
    const cyrillic = Buffer.from([0xce, 0xf8, 0xe8, 0xe1, 0xea, 0xe0])
    nock('http://peer.example')
      .post('/')
      .reply(400, cyrillic, { 'Content-Type': 'text/plain; charset="windows-1251"' })
    t.equal((await courier.send(departure('http://peer.example/'))).text, 'Ошибка')
    nock('http://peer.example')
      .post('/')
      .reply(400, 'text', { 'Content-Type': 'text/plain; charset=nonsense' })
    t.equal((await courier.send(departure('http://peer.example/'))).text, 'text')
    nock('http://peer.example').post('/').reply(400, 'x'.repeat(101))
    const long = await courier.send(departure('http://peer.example/'))
    t.match(long, { class: 'rejected', reason: 'answer.400.body-cut', text: 'x'.repeat(100) })
  })

  t.test('calls a name that does not resolve transient', async (t) => {
    nock('http://peer.example')
      .post('/')
      .replyWithError(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
    const outcome = await startCourier(t).send(departure('http://peer.example/'))
    t.match(outcome, { class: 'transient', reason: 'connect.name', status: undefined })
  })
})

t.test('delivers to our own door, many at a time over few connections', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, { door })
  const courier = startCourier(t, { connectionsMax: 3 })
  const { signal } = new AbortController()
  const bytes = Buffer.alloc(3_000_000, 5)
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, () => courier.send(departure(port, { signal, bytes }))),
  )
  t.ok(outcomes.every((outcome) => outcome.class === 'accepted'))
  t.ok(door.arrivals.every((arrival) => Buffer.from(arrival.bytes).equals(bytes)))
  t.equal(door.arrivals.length, 40)
})

t.test('opens no more connections to a peer than it may, and uses them again', async (t) => {
  let connections = 0
  const server = http.createServer((request, response) => request.resume().on('end', () => response.end()))
  server.on('connection', () => {
    connections += 1
  })
  const port = await listen(t, server)
  const courier = startCourier(t, { connectionsMax: 2 })
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(Array.from({ length: 10 }, () => courier.send(departure(port))))
  }
  t.equal(connections, 2)
})

t.test('knows that nothing was sent when no connection came about', async (t) => {
  const closed = http.createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  t.match(await startCourier(t).send(departure(port)), { class: 'transient', reason: 'connect.refused' })
  const never = startCourier(t, { connectTimeoutMs: 20, resolve: (() => undefined) as never })
  t.match(await never.send(departure('http://peer.example/')), {
    class: 'transient',
    reason: 'timeout.connect',
  })
})

t.test('does not know when the connection ends or nothing comes after the request', async (t) => {
  const cases: [what: string, answer: string, then: (socket: Socket) => void, reason: string][] = [
    ['reset', '', (socket) => socket.resetAndDestroy(), 'connection.reset'],
    ['closed', '', (socket) => socket.end(), 'connection.reset'],
    ['silent', '', () => undefined, 'timeout.answer'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le', (socket) => socket.end(), 'connection.reset'],
    ['a hanging head', 'HTTP/1.1 200 OK\r\nContent-Le', () => undefined, 'timeout.answer'],
    ['only 100', 'HTTP/1.1 100 Continue\r\n\r\n', () => undefined, 'timeout.answer'],
    ['garbage', 'SSH-2.0-OpenSSH_9.7\r\n', () => undefined, 'answer.garbage'],
    ['a huge head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, () => undefined, 'answer.garbage'],
    [
      'another protocol',
      'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      () => undefined,
      'connection.reset',
    ],
    ['a strange status', 'HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n', () => undefined, 'answer.999'],
  ]
  for (const [what, answer, then, reason] of cases) {
    const port = await startPeer(t, answer, then)
    const outcome = await startCourier(t).send(departure(port, { timeoutMs: 100 }))
    t.match(outcome, { class: 'ambiguous', reason }, what)
  }
})

t.test('judges an answer by its status when its body is cut, late or endless', async (t) => {
  const head = (status: number) => `HTTP/1.1 ${status} X\r\nContent-Length: 100\r\n\r\nhalf of it`
  const endless = 'HTTP/1.1 400 X\r\nTransfer-Encoding: chunked\r\n\r\n'
  const cases: [answer: string, then: (socket: Socket) => void, expected: object][] = [
    [
      head(200),
      (socket) => socket.end(),
      { class: 'accepted', reason: 'answer.200.body-cut', text: 'half of it' },
    ],
    [head(200), (socket) => socket.resetAndDestroy(), { class: 'accepted', reason: 'answer.200.body-cut' }],
    [head(200), () => undefined, { class: 'accepted', reason: 'answer.200.body-cut' }],
    [
      head(400),
      (socket) => socket.end(),
      { class: 'rejected', reason: 'answer.400.body-cut', text: 'half of it' },
    ],
    [head(500), (socket) => socket.end(), { class: 'transient', reason: 'answer.500.body-cut' }],
    [`${endless}zz\r\n`, () => undefined, { class: 'rejected', reason: 'answer.400.body-cut' }],
    [
      `${endless}fffff\r\n${'y'.repeat(5000)}`,
      () => undefined,
      { class: 'rejected', text: 'y'.repeat(1000) },
    ],
  ]
  const courier = startCourier(t, { answerBytesMax: 1000 })
  for (const [answer, then, expected] of cases) {
    const port = await startPeer(t, answer, then)
    t.match(await courier.send(departure(port, { timeoutMs: 150 })), expected)
  }
})

t.test('believes a refusal, but no 200, that comes before the package has left', async (t) => {
  const courier = startCourier(t)
  const bytes = Buffer.alloc(30_000_000)
  for (const [status, expected] of [
    [200, 'ambiguous'],
    [400, 'rejected'],
    [502, 'transient'],
  ] as const) {
    const port = await startSockets(t, (socket) => {
      socket.once('data', () => socket.pause().write(`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nno`))
    })
    t.match(await courier.send(departure(port, { bytes })), { class: expected, status, text: 'no' })
  }
})

t.test('does not know when a connection that was used before dies', async (t) => {
  let requests = 0
  const port = await startSockets(t, (socket) => {
    socket.on('data', () => {
      requests += 1
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      else socket.resetAndDestroy()
    })
  })
  const courier = startCourier(t)
  t.equal((await courier.send(departure(port))).class, 'accepted')
  t.match(await courier.send(departure(port)), { class: 'ambiguous', reason: 'connection.reset' })
})

t.test('makes a new connection when the peer has closed the idle one', async (t) => {
  const closed = Promise.withResolvers<void>()
  const port = await startPeer(t, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', (socket) => {
    socket.end()
    socket.once('close', closed.resolve)
  })
  const courier = startCourier(t)
  t.equal((await courier.send(departure(port))).class, 'accepted')
  await closed.promise
  t.equal((await courier.send(departure(port))).class, 'accepted')
})

t.test('is aborted before, while waiting, and after the request has left', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const port = await startPeer(t, '', () => arrived.resolve())
  const courier = startCourier(t, { connectionsMax: 1 })
  t.match(await courier.send(departure(port, { signal: AbortSignal.abort() })), {
    class: 'transient',
    reason: 'aborted',
  })
  const sent = new AbortController()
  const waiting = new AbortController()
  const first = courier.send(departure(port, { signal: sent.signal }))
  await arrived.promise
  const second = courier.send(departure(port, { signal: waiting.signal }))
  const third = courier.send(departure(port, { timeoutMs: 30 }))
  t.match(await third, { class: 'transient', reason: 'timeout.queue' })
  waiting.abort()
  t.match(await second, { class: 'transient', reason: 'aborted' })
  sent.abort()
  t.match(await first, { class: 'ambiguous', reason: 'aborted' })
})

t.test('ends what runs when it is closed, and sends nothing after', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const port = await startPeer(t, '', () => arrived.resolve())
  const courier = startCourier(t)
  const running = courier.send(departure(port))
  await arrived.promise
  await courier.close()
  t.match(await running, { class: 'ambiguous', reason: 'aborted' })
  t.match(await courier.send(departure(port)), { class: 'transient', reason: 'aborted' })
})

t.test('connects to no forbidden address, however it is written or resolved', async (t) => {
  let connections = 0
  const port = await startSockets(t, (socket) => {
    connections += 1
    socket.destroy()
  })
  const courier = startCourier(t, { allowPrivateAddresses: false })
  for (const host of ['127.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost']) {
    const outcome = await courier.send(departure(`http://${host}:${port}/`))
    t.match(outcome, { class: 'forbidden', reason: 'address.network', status: undefined }, host)
  }
  t.match(await courier.send(departure('ftp://a.example/')), { class: 'forbidden', reason: 'address.scheme' })
  t.equal(connections, 0)
})

t.test('checks what a name resolves to at each connection', async (t) => {
  const port = await startPeer(t, 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  const answers = ['127.0.0.1', '169.254.169.254']
  const resolve = ((_name: string, _options: object, done: (error: null, found: object[]) => void) => {
    done(null, [{ address: answers.shift() ?? '', family: 4 }])
  }) as NonNullable<HttpCourierOptions['resolve']>
  const courier = startCourier(t, { resolve })
  t.equal((await courier.send(departure(`http://peer.example:${port}/`))).class, 'accepted')
  t.equal((await courier.send(departure(`http://peer.example:${port}/`))).class, 'forbidden', 'rebound')
})

t.test('speaks TLS, and knows that a failed handshake sent nothing', async (t) => {
  let requests = 0
  const server = https.createServer(
    { ...devTls, ca: devTls.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      requests += 1
      request.resume().on('end', () => response.end())
    },
  )
  const port = await listen(t, server)
  const address = departure(`https://localhost:${port}/`)
  const right = startCourier(t, { ca: devTls.cert, clientCertificate: devTls })
  t.match(await right.send(address), { class: 'accepted', reason: 'answer.200' })
  t.match(await right.send(address), { class: 'accepted' })
  t.equal(requests, 2)
  const distrusting = startCourier(t, { clientCertificate: devTls })
  t.match(await distrusting.send(address), { class: 'transient', reason: 'connect.tls' })
  // A server on node refuses a client's certificate by dropping the connection, which says nothing.
  const strange = startCourier(t, { ca: devTls.cert, clientCertificate: strangeTls })
  t.match(await strange.send(address), { class: 'ambiguous', reason: 'connection.reset' })
  const plain = await startPeer(t, '')
  const outcome = await startCourier(t, { connectTimeoutMs: 50 }).send(
    departure(`https://127.0.0.1:${plain}/`),
  )
  t.match(outcome, { class: 'transient', reason: 'timeout.connect' })
  t.equal(requests, 2)
})
