// Hostile and clumsy services: other homes' things, wrong keys, wrong contents, and requests that never end.

import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { limits } from '../../schemas/limits.ts'
import { answerOf, boundary, floodApi, openUpload, part, path } from '../support/api-uploads.ts'
import {
  type ApiTold,
  newKey,
  rightMessage,
  startTestApi,
  type TestApi,
  until,
} from '../support/internal-plane.ts'

t.setTimeout(180_000)

const base64 = (text: string) => Buffer.from(text).toString('base64')
const id = (letter: string) => letter.repeat(32)

/** Sends a message and gives status and codes of what was refused. */
async function codesOf(told: Promise<ApiTold>): Promise<[number, ...string[]]> {
  const { status, json } = await told
  const { code, errors } = json() as { code?: string; errors?: { code: string }[] }
  return [status, ...(errors?.map((one) => one.code) ?? (code === undefined ? [] : [code]))]
}

const send = (api: TestApi, body: unknown, headers: Record<string, string> = {}) =>
  codesOf(api.ask(path, { body, headers: { 'idempotency-key': newKey(), ...headers } }))

const document = (over: object) => ({
  documents: [{ type: 'Счет', fileName: 'a.txt', content: base64('a'), ...over }],
})

t.test('RULES 4: what is of another home code is as unknown as what never was', async (t) => {
  const api = await startTestApi(t)
  const own = await api.receive('2AB', {
    documents: [{ id: id('a') }],
    signatures: [{ id: id('b'), document: id('a') }],
  })
  await api.receive('2AB', { row: { peer: 'home:2AB', next_peer: 'pb' } })
  const never = own.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
  const key = api.keys['2CD']
  const paths = (message: string): [string, object?][] => [
    [`${path}/${message}`],
    [`${path}/${message}/documents/${id('a')}`],
    [`${path}/${message}/signatures/${id('b')}`],
    [`${path}/${message}/acknowledgement`, { outcome: 'success' }],
  ]
  for (const [i, [address, body]] of paths(own.id).entries()) {
    const asking = { key, ...(body === undefined ? {} : { body }) }
    t.equal((await api.ask(address, { ...asking, key: api.keys['2AB'] })).status, 200, `${address} is there`)
    const theirs = await api.ask(address, asking)
    const nobodys = await api.ask(paths(never)[i]?.[0] ?? '', asking)
    t.equal(theirs.status, 404)
    t.same(
      theirs.json(),
      { ...nobodys.json(), detail: own.id },
      'the very same answer but for the id asked for',
    )
    const names = (told: ApiTold) => [...told.headers.keys()].sort()
    t.same(names(theirs), names(nobodys))
  }
  for (const query of ['', `?document=${id('a')}`, '?direction=out', '?counterparty=2ZA-sender']) {
    t.same((await api.ask(`${path}${query}`, { key })).json(), { items: [], next: null }, query)
  }
  t.same((await api.ask('/api/v1/inbox', { key })).json()['items'], [])
  const first = (await api.ask(`${path}?limit=1`)).json()['next']
  t.ok(first)
  t.same(await codesOf(api.ask(`${path}?limit=1&after=${first}`, { key })), [400, 'api.cursor'])
  t.same(
    await codesOf(api.ask(path, { key, body: rightMessage(), headers: { 'idempotency-key': newKey() } })),
    [422, 'api.sender'],
    'nor can it send for them',
  )
  t.equal(api.acknowledgements.length, 1, 'that of the owner')
})

t.test('keys that are wrong, old, taken back or narrow open nothing', async (t) => {
  const api = await startTestApi(t)
  const inbox = (key: string, headers = {}) => codesOf(api.ask('/api/v1/inbox', { key, headers }))
  const right = api.keys['2AB']
  const other = right.slice(0, -1) + (right.endsWith('A') ? 'E' : 'A')
  for (const key of [
    '',
    'x',
    other,
    right.replace(/^hubk_./, 'hubk_0'),
    `${right} x`,
    right.slice(5),
    api.admin.token,
  ]) {
    t.same(await inbox(key), [401, 'api.unauthorised'], key.slice(0, 8))
  }
  t.same(await inbox('', { authorization: `Basic ${base64(right)}` }), [401, 'api.unauthorised'])
  t.same(await codesOf(api.ask(`/api/v1/inbox?key=${right}&access_token=${right}`, { key: '' })), [
    401,
    'api.unauthorised',
  ])
  t.same(await codesOf(api.ask('/api/v1/nothing', { key: '' })), [401, 'api.unauthorised'])
  t.same(await codesOf(api.ask('/api/v1/nothing')), [404, 'api.not-found'])
  const told = await api.ask('/api/v1/inbox', { key: '' })
  t.match(
    [told.headers.get('www-authenticate'), told.headers.get('content-type')],
    ['Bearer', /problem\+json/],
  )
  const expired = await api.makeKey({ expiresAt: new Date(Date.now() - 1) })
  const revoked = await api.makeKey({ revokedAt: new Date() })
  t.same(await inbox(expired), [401, 'api.key-expired'])
  t.same(await inbox(revoked), [401, 'api.key-revoked'])
  t.same(await inbox(`${expired.slice(0, -2)}AA`), [401, 'api.unauthorised'], 'only its holder hears why')
  t.same(await inbox(await api.makeKey({ home: '2EF' })), [403, 'api.home-closed'])
  const needs: [string, string, object?][] = [
    ['submit', path, rightMessage()],
    ['read', path],
    ['read', `${path}/${id('a')}`],
    ['inbox', '/api/v1/inbox'],
    ['inbox', `${path}/x/documents/y`],
    ['inbox', `${path}/x/signatures/y`],
    ['acknowledge', `${path}/x/acknowledgement`, { outcome: 'success' }],
    ['directory', '/api/v1/operators'],
    ['directory', '/api/v1/participants/2ZA-1'],
  ]
  for (const [verb, address, body] of needs) {
    const verbs = ['submit', 'read', 'inbox', 'acknowledge', 'directory'].filter((one) => one !== verb)
    const asking = { key: await api.makeKey({ verbs }), ...(body === undefined ? {} : { body }) }
    t.same(await codesOf(api.ask(address, asking)), [403, 'api.scope'], `${verb} ${address}`)
  }
  t.equal(api.submissions.length, 0)
})

t.test('contents that are not what they are said to be are refused, each fault at its place', async (t) => {
  const api = await startTestApi(t)
  const one = (over: object) => send(api, rightMessage(document(over)))
  t.same(await one({ sha256: '0'.repeat(64) }), [422, 'api.digest'])
  for (const content of ['YQ', 'YQ=', 'YR==', 'Y Q==', 'YQ==\n', '-_8=', 'я', 'data:,YQ==']) {
    t.same(await one({ content }), [400, 'api.base64'], JSON.stringify(content))
  }
  t.same(await one({ content: undefined }), [400, 'api.invalid'])
  t.same(await one({ file: 'part' }), [400, 'api.invalid'], 'content and file')
  t.same(await one({ content: undefined, file: 'part' }), [400, 'api.part'], 'there are no parts in JSON')
  t.same(await one({ type: 'Акт' }), [422, 'api.signature-missing'])
  t.same(await one({ type: 'Акт', signatures: [{ document: id('a'), content: base64('s') }] }), [
    400,
    'api.invalid',
  ])
  const elsewhere = { signatures: [{ document: id('a'), content: base64('s') }] }
  t.same(
    await send(api, rightMessage({ ...document({ type: 'Акт' }), ...elsewhere })),
    [422, 'api.signature-missing'],
    'a signature of another document is none of this',
  )
  t.same(await one({ type: 'ИзвещениеОПолучении', signatures: [{ content: base64('s') }] }), [
    422,
    'api.parent-missing',
  ])
  t.same(await one({ id: id('a'), parents: [id('a')] }), [400, 'api.invalid'], 'it answers itself')
  t.same(await one({ date: '2026-02-30' }), [400, 'api.invalid'])
  const twice = { type: 'Счет', fileName: 'a', content: base64('a'), id: id('a') }
  t.same(await send(api, rightMessage({ documents: [twice, twice] })), [422, 'api.duplicate-id'])
  t.same(await send(api, rightMessage({ documents: [] })), [400, 'api.invalid'])
  t.same(
    await one({ signatures: [{ content: Buffer.alloc(limits.signatureBytesMax + 1).toString('base64') }] }),
    [413, 'api.too-large'],
  )
  const told = await api.ask(path, {
    headers: { 'idempotency-key': newKey() },
    body: rightMessage({
      ...document({ sha256: '0'.repeat(64), date: '2026-13-01' }),
      signatures: [{ document: id('a'), content: '?' }],
    }),
  })
  t.match(told.json(), {
    errors: [
      { code: 'api.invalid', at: 'body/documents/0/date' },
      { code: 'api.digest', at: 'body/documents/0/sha256' },
      { code: 'api.base64', at: 'body/signatures/0/content' },
    ],
  })
  t.equal(api.submissions.length, 0)
})

t.test('JSON of every bad kind is told so', async (t) => {
  const api = await startTestApi(t)
  const invalid = [400, 'api.invalid']
  t.same(await send(api, '{'), invalid)
  t.same(await send(api, ''), invalid)
  t.same(await send(api, 'null'), invalid)
  t.same(await send(api, '[]'), invalid)
  t.same(await send(api, `${'['.repeat(200_000)}${']'.repeat(200_000)}`), invalid)
  t.same(await send(api, `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`), invalid)
  t.same(await send(api, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), invalid, 'not UTF-8')
  t.same(await send(api, rightMessage(document({ number: 'a\0b' }))), invalid)
  t.same(await send(api, rightMessage(document({ number: '\ud800' }))), invalid)
  t.same(await send(api, rightMessage({ sender: '2AB\u0007' })), [400, 'api.invalid'])
  t.same(await send(api, rightMessage({ sender: '2A' })), invalid)
  t.same(await send(api, rightMessage({ sender: '2ZA-sender' })), [422, 'api.sender'])
  for (const fileName of ['../a', 'a/b', 'a\\b', 'a:b', 'a?', 'a*', 'a\nb', '', 'a'.repeat(256)]) {
    t.same(
      await send(api, rightMessage(document({ fileName }))),
      invalid,
      JSON.stringify(fileName.slice(0, 5)),
    )
  }
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'isAdmin']) {
    const text = JSON.stringify(rightMessage()).replace('{', `{"${name}":{"isAdmin":true},`)
    t.same(await send(api, text), invalid, name)
  }
  t.equal(Reflect.get({}, 'isAdmin'), undefined)
  const many = Array.from({ length: limits.documentsPerMessageMax + 1 }, () => document({}).documents[0])
  t.same(await send(api, rightMessage({ documents: many })), invalid)
  t.same(await send(api, rightMessage(), { 'content-type': 'text/plain' }), [415, 'api.content-type'])
  t.same(await send(api, rightMessage(), { 'content-type': 'application/xml' }), [415, 'api.content-type'])
  t.same(await codesOf(api.ask(path, { method: 'POST', headers: { 'idempotency-key': newKey() } })), [
    415,
    'api.content-type',
  ])
  for (const key of ['', 'a b', 'я', 'x'.repeat(101)]) {
    const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') }
    t.same(await send(api, rightMessage(), headers), [400, 'api.idempotency-key'], key.slice(0, 5))
  }
  t.same(await codesOf(api.ask(path, { body: rightMessage() })), [400, 'api.idempotency-key'])
  t.equal(api.submissions.length, 0)
  t.equal((await send(api, rightMessage()))[0], 201, 'and the right one is still taken')
})

t.test(
  'the same idempotency key with another content is refused, and what the desk does not know too',
  async (t) => {
    const api = await startTestApi(t)
    const headers = { 'idempotency-key': newKey() }
    t.equal((await send(api, rightMessage(), headers))[0], 201)
    t.same(await send(api, rightMessage(document({})), headers), [409, 'home.key-reused'])
    t.equal((await send(api, rightMessage(), headers))[0], 200)
  },
)

t.test('refusals of the desk are passed on, under the names services know', async (t) => {
  const { refuse } = await import('../../schemas/refusals.ts')
  const codes = ['home.unknown-reference', 'home.sender', 'description.attribute', 'api.failed'] as const
  let next = 0
  const api = await startTestApi(t, { desk: () => refuse(codes[next++] ?? 'api.failed', 'так') })
  t.same(await send(api, rightMessage()), [422, 'home.unknown-reference'])
  t.same(await send(api, rightMessage()), [422, 'api.sender'])
  t.same(await send(api, rightMessage()), [422, 'description.attribute'])
  t.same(await send(api, rightMessage()), [500, 'api.failed'])
})

t.test('a fault of ours is told as ours, and a database that is away as busy', async (t) => {
  let isAway = false
  const failing = await startTestApi(t, {
    desk: () => {
      throw new Error('2AB-secret')
    },
    isOutage: () => isAway,
  })
  const told = await failing.ask(path, { body: rightMessage(), headers: { 'idempotency-key': newKey() } })
  t.match([told.status, told.json()], [500, { code: 'api.failed', fault: 'hub' }])
  t.notMatch(told.text, '2AB-secret')
  isAway = true
  const busy = await failing.ask(path, { body: rightMessage(), headers: { 'idempotency-key': newKey() } })
  t.match([busy.status, busy.json(), busy.headers.get('retry-after')], [503, { code: 'api.busy' }, /^\d+$/])
  t.same(failing.plane.inFlight().bytes, 0)
})

// Forms.

const formHeaders = () => ({
  'content-type': `multipart/form-data; boundary=${boundary}`,
  'idempotency-key': newKey(),
})
const ending = Buffer.from(`--${boundary}--\r\n`)
const inForm = (over: object = {}) =>
  JSON.stringify(rightMessage({ documents: [{ type: 'Счет', fileName: 'a', file: 'f' }], ...over }))
const sendForm = (api: TestApi, ...parts: Buffer[]) =>
  codesOf(api.ask(path, { body: Buffer.concat(parts), headers: formHeaders() }))

t.test('forms that do not hold what their message names are refused', async (t) => {
  const api = await startTestApi(t)
  const message = part('message', inForm())
  const file = part('f', 'a file', '; filename="x"')
  t.equal((await sendForm(api, message, file, ending))[0], 201)
  const partless = [400, 'api.part']
  t.same(await sendForm(api, file, ending), partless, 'no message')
  t.same(await sendForm(api, message, ending), partless, 'no file')
  t.same(await sendForm(api, message, file, part('g', 'more'), ending), partless, 'a part nobody named')
  t.same(await sendForm(api, message, file, file, ending), partless, 'a part twice')
  t.same(await sendForm(api, message, message, file, ending), partless, 'two messages')
  t.same(await sendForm(api, message, file, part('__proto__', 'x'), ending), partless)
  t.same(await sendForm(api, message, file, part('toString', 'x'), ending), partless)
  t.same(await sendForm(api, message, file), [400, 'api.cut-short'], 'no end')
  t.same(await sendForm(api, Buffer.from('not a form at all')), partless)
  t.same(await sendForm(api, part('message', '{'), ending), [400, 'api.invalid'])
  t.same(await sendForm(api, part('message', Buffer.from([0xff])), ending), [400, 'api.invalid'])
  const both = inForm({
    documents: [
      { type: 'Счет', fileName: 'a', file: 'f' },
      { type: 'Счет', fileName: 'b', file: 'f' },
    ],
  })
  t.same(await sendForm(api, part('message', both), file, ending), partless, 'one part for two documents')
  t.same(
    await codesOf(
      api.ask(path, { body: 'x', headers: { ...formHeaders(), 'content-type': 'multipart/form-data' } }),
    ),
    [400, 'api.part'],
  )
  const huge = Array.from({ length: 2000 }, (_, i) => part(`p${i}`, 'x'))
  t.match(await sendForm(api, message, ...huge, ending), [413, 'api.too-large'])
  t.same(await sendForm(api, part('message', ' '.repeat(limits.apiMessageBytesMax + 1)), ending), [
    413,
    'api.too-large',
  ])
  t.equal(api.submissions.length, 1)
  await until(() => api.plane.inFlight().requests === 0)
  t.same(api.plane.inFlight(), { requests: 0, bytes: 0, readers: 0 })
})

t.test('two gigabytes that are announced are refused before they are read', async (t) => {
  const api = await startTestApi(t)
  const gigabytes = 2 * 1024 * limits.apiBodyBytesMax
  for (const type of ['application/json', `multipart/form-data; boundary=${boundary}`]) {
    const announced = openUpload(api, { 'content-type': type, 'content-length': gigabytes })
    announced.on('error', () => undefined).flushHeaders()
    t.same(await answerOf(announced), [413, 'api.too-large'], `${type}, announced`)
    announced.destroy()
  }
  t.equal((await send(api, rightMessage()))[0], 201)
})

t.test('uploads that break off give everything back', async (t) => {
  const api = await startTestApi(t)
  const bodies = [
    ['application/json', Buffer.from(`{"sender":"${'a'.repeat(100_000)}`)],
    [
      `multipart/form-data; boundary=${boundary}`,
      Buffer.concat([part('message', inForm()), part('f', 'x').subarray(0, -4)]),
    ],
  ] as const
  for (const [type, body] of bodies) {
    const sent = openUpload(api, { 'content-type': type, 'content-length': 1_000_000 })
    sent.on('error', () => undefined).write(body)
    await until(() => api.plane.inFlight().bytes > 0)
    sent.destroy()
    await until(() => api.plane.inFlight().requests === 0)
    t.equal(api.plane.inFlight().bytes, 0, type)
  }
  t.equal(api.submissions.length, 0)
})

t.test('bytes in memory are bounded for all together', async (t) => {
  const api = await startTestApi(t, { bytesInFlightMax: 4 * 1024 * 1024 })
  const large = rightMessage(document({ content: Buffer.alloc(2 * 1024 * 1024).toString('base64') }))
  t.same(await send(api, large), [503, 'api.busy'])
  const file = part('f', Buffer.alloc(5 * 1024 * 1024))
  t.same(await sendForm(api, part('message', inForm()), file, ending), [503, 'api.busy'])
  t.equal((await send(api, rightMessage()))[0], 201)
})

t.test('more submissions at once than are taken in get 201 or 503 and nothing else', async (t) =>
  floodApi(t, { submissions: 200, requestsInFlightMax: 8 }),
)

/** What a socket gets for raw bytes. */
async function raw(t: Test, api: TestApi, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(api.address).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.end(bytes)
  let text = ''
  for await (const piece of socket) text += piece
  return text
}

t.test('what is no HTTP gets one coded answer', async (t) => {
  const api = await startTestApi(t)
  t.match(await raw(t, api, 'HELO\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"code":"api\.invalid"/)
  const long = await raw(t, api, `GET /api/v1/health HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(20_000)}\r\n\r\n`)
  t.match(long, /^HTTP\/1\.1 400/)
  const cut = 'POST /api/v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\ncontent-length: 11\r\n\r\n'
  t.match(await raw(t, api, cut), /^HTTP\/1\.1 400/)
  t.match(
    await raw(t, api, 'GET /api/v1/%ff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    /api\.invalid|api\.unauthorised/,
  )
})
