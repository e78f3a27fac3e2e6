// Tests of the HTTP door: what is accepted, what is refused with which code, and what the sender sees.

import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import t from 'tap'
import type { PartnerServerEvent } from '../../operators/transports/http-intake.ts'
import type { DoorAnswer } from '../../schemas/transport.ts'
import {
  openSender,
  packageHead,
  packageRequest,
  rememberingDoor,
  startPartnerServer,
} from '../support/http-peers.ts'
import { devTls } from '../support/tls.ts'

t.test('hands a package to the door with its name, address and exact bytes', async (t) => {
  const door = rememberingDoor()
  const at = new Date('2026-03-01T10:00:00Z')
  const { port } = await startPartnerServer(t, { door, clock: () => at })
  const sender = await openSender(t, port)
  const body = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256))
  sender.write(
    packageHead({ 'Content-Length': String(body.length), 'Send-Receipt-To': 'https://a.example/r?x=1' }),
  )
  sender.write(body)
  const answer = await sender.answer()
  t.equal(answer?.status, 200)
  t.equal(answer?.text, 'Принято')
  t.equal(answer?.headers.get('hub-code'), 'accepted')
  t.equal(answer?.headers.get('hub-package-id'), '01890a5d-ac96-774b-bcce-b302099a8057')
  t.equal(answer?.headers.get('content-type'), 'text/plain; charset=utf-8')
  const [arrival] = door.arrivals
  t.match(arrival, {
    transport: 'http',
    name: 'a1.cms',
    receiptAddress: 'https://a.example/r?x=1',
    remote: '127.0.0.1',
    at,
  })
  t.ok(Buffer.from(arrival?.bytes ?? []).equals(body))
  t.equal(arrival?.bytes.byteLength, arrival?.bytes.buffer.byteLength, 'no spare bytes behind')
})

t.test('takes chunked bodies and any content type, and keeps the connection', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, { door })
  const sender = await openSender(t, port)
  for (const type of ['application/json', 'no type at all', '', 'application/pkcs7-mime']) {
    sender.write(packageHead({ 'Transfer-Encoding': 'chunked', 'Content-Type': type }))
    sender.write('5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n')
    t.equal((await sender.answer())?.status, 200, type)
  }
  t.same(
    door.arrivals.map(({ bytes }) => Buffer.from(bytes).toString()),
    Array(4).fill('hello world'),
  )
})

t.test('answers requests of one connection in their order, whatever order the door has', async (t) => {
  const second = Promise.withResolvers<void>()
  const door = rememberingDoor(async ({ name }) => {
    if (name === 'first.cms') await second.promise
    else second.resolve()
    return { status: 200, code: 'accepted', text: name }
  })
  const { port } = await startPartnerServer(t, { door })
  const sender = await openSender(t, port)
  const named = (name: string) =>
    packageRequest('body', { 'Content-Disposition': `attachment; filename=${name}` })
  sender.write(named('first.cms') + named('second.cms'))
  t.equal((await sender.answer())?.text, 'first.cms')
  t.equal((await sender.answer())?.text, 'second.cms')
})

t.test('refuses what is wrong before the body, each with its code', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, {
    door,
    limits: { packageBytesMax: 1000, receiptAddressLengthMax: 40 },
  })
  const body = 'x'
  const disposition = (value: string) => packageRequest(body, { 'Content-Disposition': value })
  const address = (value: string) => packageRequest(body, { 'Send-Receipt-To': value })
  const line = (requestLine: string) => packageHead({ 'Content-Length': '0' }, requestLine)
  const cases: [what: string, request: string, status: number, code: string][] = [
    ['GET', line('GET /SendTransportPackage HTTP/1.1'), 405, 'door.method'],
    ['PUT', line('PUT /SendTransportPackage HTTP/1.1'), 405, 'door.method'],
    ['an unusual method', line('PROPFIND /SendTransportPackage HTTP/1.1'), 405, 'door.method'],
    ['another path', line('POST /other HTTP/1.1'), 404, 'door.path'],
    ['a path that cannot be decoded', line('POST /%zz HTTP/1.1'), 404, 'door.path'],
    [
      'no Content-Disposition',
      packageRequest(body, { 'Content-Disposition': undefined }),
      400,
      'door.header-missing',
    ],
    [
      'a doubled Content-Disposition',
      packageRequest(body, { 'content-disposition': 'filename=b.cms' }),
      400,
      'door.header-doubled',
    ],
    [
      'a doubled Send-Receipt-To',
      packageRequest(body, { 'Send-Receipt-To': 'http://a/', 'SEND-RECEIPT-TO': 'http://a/' }),
      400,
      'door.header-doubled',
    ],
    ['a doubled Host', packageRequest(body, { HOST: 'other' }), 400, 'door.header-doubled'],
    ['no Host', packageRequest(body, { Host: undefined }), 400, 'door.request-malformed'],
    ['a name with a path', disposition('attachment; filename="../a.cms"'), 400, 'door.name-invalid'],
    ['another extension', disposition('attachment; filename="a.zip"'), 400, 'door.name-invalid'],
    ['no file name', disposition('attachment'), 400, 'door.header-invalid'],
    ['a relative receipt address', address('/receipts'), 400, 'door.header-invalid'],
    ['a receipt address of another scheme', address('ftp://a.example/'), 400, 'door.header-invalid'],
    ['a receipt address with a password', address('http://u:p@a.example/'), 400, 'door.header-invalid'],
    ['a long receipt address', address(`http://a.example/${'a'.repeat(24)}`), 400, 'door.header-invalid'],
    ['an empty receipt address', address(''), 400, 'door.header-invalid'],
    ['a compressed body', packageRequest(body, { 'Content-Encoding': 'gzip' }), 400, 'door.header-invalid'],
    ['an empty body', packageRequest(''), 400, 'door.empty'],
    ['no body at all', packageHead(), 400, 'door.empty'],
    [
      'an empty chunked body',
      `${packageHead({ 'Transfer-Encoding': 'chunked' })}0\r\n\r\n`,
      400,
      'door.empty',
    ],
    ['a body announced too large', packageRequest('x'.repeat(1001)), 400, 'door.too-large'],
    ['an unknown expectation', packageRequest(body, { Expect: 'tea' }), 400, 'door.header-invalid'],
  ]
  for (const [what, request, status, code] of cases) {
    const sender = await openSender(t, port)
    sender.write(request)
    const answer = await sender.answer()
    t.match(answer, { status, text: code }, what)
    t.equal(answer?.headers.get('hub-code'), code, what)
    if (status === 405) t.equal(answer?.headers.get('allow'), 'POST')
    t.equal(door.refusals.at(-1)?.refusal.code, code, `${what} is recorded`)
    sender.socket.destroy()
  }
  t.equal(door.refusals.length, cases.length)
  t.same(door.arrivals, [])
})

t.test('accepts on the other side of each edge', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, {
    door,
    limits: { packageBytesMax: 1000, receiptAddressLengthMax: 40, headerCountMax: 4 },
  })
  const accepted = [
    packageRequest('x'.repeat(1000)),
    packageRequest('x', { 'Send-Receipt-To': `http://a.example/${'a'.repeat(23)}` }),
    packageRequest('x', { 'Content-Encoding': 'Identity' }),
    packageRequest('x').replace('POST /', 'POST http://hub.example/').replace(' HTTP', '?from=a HTTP'),
    packageRequest('x', { Host: undefined }).replace('HTTP/1.1', 'HTTP/1.0'),
  ]
  for (const request of accepted) {
    const sender = await openSender(t, port)
    sender.write(request)
    t.equal((await sender.answer())?.status, 200, request.slice(0, 80))
    sender.socket.destroy()
  }
  const sender = await openSender(t, port)
  sender.write(packageRequest('x', { One: '1', Two: '2' }))
  t.equal((await sender.answer())?.headers.get('hub-code'), 'door.headers-too-large')
})

t.test('counts chunked bodies and refuses one that grows too large', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, { door, limits: { packageBytesMax: 1000 } })
  const sender = await openSender(t, port)
  sender.write(packageHead({ 'Transfer-Encoding': 'chunked' }))
  for (let sent = 0; sent < 3; sent += 1) sender.write(`190\r\n${'x'.repeat(400)}\r\n`)
  const answer = await sender.answer()
  t.equal(answer?.headers.get('hub-code'), 'door.too-large')
  t.equal(answer?.headers.get('connection'), 'close')
})

t.test('lets a sender that is refused finish writing and read the answer', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, { door, limits: { packageBytesMax: 1000 } })
  const request = http.request({
    port,
    method: 'POST',
    path: '/SendTransportPackage',
    headers: { 'Content-Length': 8_000_000 },
  })
  request.end(Buffer.alloc(8_000_000))
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  t.equal(response.headers['hub-code'], 'door.too-large')
  response.resume()
  await once(request, 'close')
  t.pass('without a reset')
})

t.test('keeps the connection when the body of a refused request is short', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, { door })
  const sender = await openSender(t, port)
  sender.write(packageHead({ 'Content-Length': '4', 'Content-Disposition': 'attachment' }))
  t.equal((await sender.answer())?.headers.get('hub-code'), 'door.header-invalid')
  sender.write(`body${packageRequest('next')}`)
  t.equal((await sender.answer())?.status, 200)
  t.same(
    door.arrivals.map(({ bytes }) => Buffer.from(bytes).toString()),
    ['next'],
  )
})

t.test('asks for the body after Expect only when the headers are right', async (t) => {
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, { door })
  const right = await openSender(t, port)
  right.write(packageHead({ 'Content-Length': '4', Expect: '100-continue' }))
  t.equal((await right.answer())?.status, 100)
  right.write('body')
  t.equal((await right.answer())?.status, 200)
  const wrong = await openSender(t, port)
  wrong.write(
    packageHead({
      'Content-Length': '4',
      Expect: '100-continue',
      'Content-Disposition': 'x; filename=a.exe',
    }),
  )
  const answer = await wrong.answer()
  t.equal(answer?.status, 400)
  t.equal(answer?.headers.get('connection'), 'close')
})

t.test('answers 500 door.failed when the door fails, and says where', async (t) => {
  const events: PartnerServerEvent[] = []
  const door = {
    ...rememberingDoor(() => Promise.reject(new Error('disk'))),
    turnAway: () => {
      throw new Error('disk')
    },
  }
  const { port } = await startPartnerServer(t, { door, onEvent: (event) => events.push(event) })
  const sender = await openSender(t, port)
  sender.write(packageRequest('x'))
  t.match(await sender.answer(), { status: 500, text: 'door.failed' })
  sender.write(packageRequest(''))
  t.match(await sender.answer(), { status: 500, text: 'door.failed' })
  t.match(events, [
    { kind: 'fault', place: 'accept' },
    { kind: 'answered', status: 500, code: 'door.failed', bytes: 1 },
    { kind: 'fault', place: 'turn-away' },
    { kind: 'answered', status: 500 },
  ])
})

t.test('answers 500 when the door gives an answer that cannot be written', async (t) => {
  const { port } = await startPartnerServer(t, {
    door: rememberingDoor(async () => ({ status: 200, code: 'a\nb', text: '' })),
  })
  const sender = await openSender(t, port)
  sender.write(packageRequest('x'))
  t.match(await sender.answer(), { status: 500, text: 'door.failed' })
})

t.test('answers door.busy with Retry-After above the requests and bytes in flight', async (t) => {
  const release = Promise.withResolvers<DoorAnswer>()
  const door = rememberingDoor(() => release.promise)
  const limits = { requestsInFlightMax: 2, bytesInFlightMax: 1000, busyRetryAfterS: 7 }
  const { port } = await startPartnerServer(t, { door, limits })
  const first = await openSender(t, port)
  first.write(packageRequest('x'.repeat(600)))
  await door.handed(1)
  const large = await openSender(t, port)
  large.write(packageRequest('x'.repeat(600)))
  const busy = await large.answer()
  t.match(busy, { status: 503, text: 'door.busy' })
  t.equal(busy?.headers.get('retry-after'), '7')
  const second = await openSender(t, port)
  second.write(packageRequest('x'))
  const third = await openSender(t, port)
  await door.handed(2)
  third.write(packageRequest('x'))
  t.equal((await third.answer())?.headers.get('hub-code'), 'door.busy')
  release.resolve({ status: 200, code: 'accepted', text: '' })
  t.equal((await first.answer())?.status, 200)
  t.equal((await second.answer())?.status, 200)
  large.write(packageRequest('x'.repeat(600)))
  t.equal((await large.answer())?.status, 200, 'room again')
})

t.test('gives its answer to a sender that has closed its side', async (t) => {
  const { port } = await startPartnerServer(t, { door: rememberingDoor() })
  const sender = await openSender(t, port)
  sender.socket.end(packageRequest('body'))
  t.equal((await sender.answer())?.status, 200)
  t.equal(await sender.ended(), '')
})

t.test('finishes running requests when it closes, refuses new ones, and accepts nothing after', async (t) => {
  const release = Promise.withResolvers<DoorAnswer>()
  const door = rememberingDoor(() => release.promise)
  const { port, close } = await startPartnerServer(t, { door, limits: { drainMs: 50 } })
  const running = await openSender(t, port)
  const waiting = await openSender(t, port)
  waiting.write('POST /SendTransportPackage HTTP/1.1\r\n')
  running.write(packageRequest('x'))
  await door.handed(1)
  const closed = close()
  waiting.write(packageHead({ 'Content-Length': '1' }).split('\r\n').slice(1).join('\r\n'))
  t.match(await waiting.answer(), { status: 503, text: 'door.stopping' })
  release.resolve({ status: 200, code: 'accepted', text: '' })
  const answer = await running.answer()
  t.equal(answer?.status, 200)
  t.equal(answer?.headers.get('connection'), 'close')
  await closed
  const refused = http.request({ port }).end()
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
  t.equal(error.code, 'ECONNREFUSED')
})

t.test('closes in bounded time when the door does not answer and a connection is silent', async (t) => {
  const door = rememberingDoor(() => new Promise(() => undefined))
  const { port, close } = await startPartnerServer(t, { door, limits: { shutdownMs: 20, drainMs: 20 } })
  await openSender(t, port)
  const hanging = await openSender(t, port)
  hanging.write(packageRequest('x'))
  await door.handed(1)
  await close()
  t.equal(await hanging.ended(), '')
})

t.test('speaks TLS and asks for client certificates when it is given their issuer', async (t) => {
  const { key, cert } = devTls
  const door = rememberingDoor()
  const { port } = await startPartnerServer(t, { door, tls: { key, cert, ca: cert } })
  const send = async (extra: https.RequestOptions) => {
    const headers = { 'Content-Disposition': 'filename=a.cms' }
    const request = https.request({
      port,
      host: 'localhost',
      path: '/SendTransportPackage',
      method: 'POST',
      ca: cert,
      headers,
      agent: false,
      ...extra,
    })
    request.end('body')
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    return response.statusCode
  }
  t.equal(await send({ key, cert }), 200)
  await t.rejects(send({}))
  const plain = await openSender(t, port)
  plain.write(packageRequest('no TLS'))
  t.equal(await plain.answer(), undefined)
  t.equal(door.arrivals.length, 1)
})
