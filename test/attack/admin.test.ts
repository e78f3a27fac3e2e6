// Attacks on the admin plane: without the token, with hostile parameters, bodies, cursors and bytes.

import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { configureLog } from '../../monitoring/log.ts'
import { limits } from '../../schemas/limits.ts'
import { messageRow, startTestPlane, type TestPlane, twoPartners, wireId } from '../support/admin-plane.ts'

const codeOf = async (plane: TestPlane, path: string, init: Parameters<TestPlane['ask']>[1] = {}) => {
  const told = await plane.ask(path, init)
  const body = told.text.startsWith('{') ? told.json() : {}
  return `${told.status} ${String(body['code'] ?? '')}`
}

/** Bytes to the port, and all that comes back. */
async function speak(address: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(bytes)
  let heard = ''
  socket.on('data', (data) => {
    heard += data.toString()
  })
  await once(socket, 'close')
  return heard
}

t.test(
  'without the token there is nothing but health and metrics, and the token is never logged',
  async (t) => {
    const lines: string[] = []
    configureLog({ level: 'trace', to: { write: (line) => lines.push(line) } })
    t.teardown(() => configureLog({ level: 'warn' }))
    const plane = await startTestPlane(t)
    const wrong = [
      '',
      'Bearer',
      'Bearer wrong-token-of-the-tests-01234567',
      `Bearer ${plane.token}x`,
      `Bearer ${plane.token.slice(0, -1)}`,
      `Bearer ${plane.token.toUpperCase()}`,
      `Basic ${plane.token}`,
      plane.token,
    ]
    const paths = [
      '/admin/v1/messages',
      '/admin/v1/partners/apply',
      '/',
      '/admin/v1/nothing',
      '/health',
      '/metrics/x',
    ]
    for (const authorization of wrong) {
      for (const path of paths)
        t.equal(await codeOf(plane, path, { headers: { authorization } }), '401 admin.unauthorised')
    }
    const posted = { body: { reason: 'x' }, headers: { authorization: 'Bearer no' } }
    t.equal(await codeOf(plane, `/admin/v1/messages/${wireId()}/release`, posted), '401 admin.unauthorised')
    const options = { method: 'OPTIONS', headers: { origin: 'https://evil.example', authorization: '' } }
    const preflight = await plane.ask('/admin/v1/messages', options)
    t.equal(preflight.status, 401)
    t.equal(preflight.headers.get('access-control-allow-origin'), null)
    t.equal(preflight.headers.get('www-authenticate'), 'Bearer')
    t.match(preflight.headers.get('content-security-policy'), "default-src 'none'")
    t.equal(preflight.headers.get('cache-control'), 'no-store')
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      t.equal((await plane.ask(path, { headers: { authorization: '' } })).status, 200, path)
    }
    t.equal(await codeOf(plane, '/admin/v1/overview'), '200 ')
    t.ok(lines.some((line) => line.includes('admin.unauthorised')))
    t.notOk(lines.some((line) => line.includes('token-of-the-tests')))

    const strict = await startTestPlane(t, { metricsNeedToken: true })
    t.equal((await strict.ask('/metrics', { headers: { authorization: '' } })).status, 401)
    t.equal((await strict.ask('/metrics')).status, 200)
  },
)

t.test('a hub that is not ready says which check failed, and a warning alone changes nothing', async (t) => {
  const check = (name: string, reason: string | undefined) =>
    ({ name, asks: ['ready'], timeoutMs: 1000, run: () => reason }) as const
  const warned = await startTestPlane(t, {
    checks: [{ ...check('partitions', 'rows-in-default'), isWarning: true }],
  })
  const answer = await warned.ask('/health/ready')
  t.equal(answer.status, 200)
  t.match(answer.json(), { ok: true, checks: [{ name: 'partitions', ok: false, isWarning: true }] })
  const away = await startTestPlane(t, { checks: [check('database', 'timeout')] })
  t.equal((await away.ask('/health/ready')).status, 503)
  t.equal((await away.ask('/health/live')).status, 200)
})

t.test(
  'hostile parameters are refused by name or are plain text to look for, and change nothing',
  async (t) => {
    const plane = await startTestPlane(t)
    await plane.registry.apply(twoPartners, { actor: 'tests', reason: 'tests' })
    const kept = messageRow({ sender: "2ZA-'; drop table message; --" })
    await plane.write({ messages: [kept] })
    const sqlish = ["'; drop table message; --", '%', "x' or '1'='1", '\\', '$1', '*/--']
    for (const text of sqlish) {
      const told = await plane.ask(`/admin/v1/messages?participant=${encodeURIComponent(`2ZA-${text}`)}`)
      t.equal((told.json()['items'] as unknown[]).length, text === sqlish[0] ? 1 : 0, text)
    }
    const refused = [
      'state=held%27',
      'state=',
      'state=held&state=sent',
      'peer=PA',
      'peer=pa%00',
      'participant=%00%00%00',
      'participant=ab',
      `participant=${'x'.repeat(201)}`,
      'document=ABC',
      'message=%27',
      'package=../../etc/passwd',
      'from=yesterday',
      'from=2026-02-31T00:00:00Z',
      'from=1969-01-01',
      'from=2026-02-02&to=2026-02-01',
      'limit=0',
      'limit=201',
      'limit=1e2',
      'limit=-1',
      'after=',
      'after=x',
      'order=asc',
      '__proto__=x',
      'constructor=x',
    ]
    for (const query of refused)
      t.equal(await codeOf(plane, `/admin/v1/messages?${query}`), '400 admin.invalid', query)
    const unknown = await plane.ask('/admin/v1/messages?stat=held&ordr=asc')
    t.match(unknown.json()['text'], /querystring.*stat, ordr/)
    for (const path of [
      '/admin/v1/overview?x=1',
      '/admin/v1/partners?x=1',
      '/admin/v1/journal/blocks?from=x',
    ])
      t.equal(await codeOf(plane, path), '400 admin.invalid', path)
    for (const id of ['x', '%2e%2e', "'", `${wireId()}x`, '00000000-0000-0000-0000-00000000000g']) {
      t.match(await codeOf(plane, `/admin/v1/messages/${id}`), /^40[04] admin/, id)
    }
    t.equal(await codeOf(plane, '/admin/v1/messages/%zz'), '400 admin.invalid')
    t.equal(await codeOf(plane, `/admin/v1/messages/${wireId()}`), '404 admin.not-found')
    t.equal(await codeOf(plane, '/admin/v1/messages', { method: 'DELETE' }), '404 admin.not-found')
    t.equal(await codeOf(plane, `/admin/v1/messages/${kept.id}`), '200 ')
  },
)

t.test('a cursor that was changed, or is of another question, is refused', async (t) => {
  const plane = await startTestPlane(t)
  const rows = [messageRow(), messageRow(), messageRow()]
  await plane.write({ messages: rows })
  const { next } = (await plane.ask('/admin/v1/messages?limit=1&peer=pa')).json() as { next: string }
  t.equal(await codeOf(plane, `/admin/v1/messages?limit=2&peer=pa&after=${next}`), '200 ')
  const other = rows[0]?.id ?? ''
  const changed = [
    `limit=1&after=${next}`,
    `limit=1&peer=pb&after=${next}`,
    `limit=1&peer=pa&state=held&after=${next}`,
    `peer=pa&after=${next.slice(0, -1)}0`,
    `peer=pa&after=${'z'.repeat(36)}.${next.split('.')[1]}`,
    `peer=pa&after=${other}`,
    `peer=pa&after=${next}${next}`,
  ]
  for (const query of changed)
    t.equal(await codeOf(plane, `/admin/v1/messages?${query}`), '400 admin.invalid', query)
})

t.test('hostile bodies are refused with a code, and the database never sees them', async (t) => {
  const lines: string[] = []
  configureLog({ level: 'warn', to: { write: (line) => lines.push(line) } })
  t.teardown(() => configureLog({ level: 'warn' }))
  const plane = await startTestPlane(t)
  const held = messageRow({ state: 'held' })
  await plane.write({ messages: [held] })
  const path = `/admin/v1/messages/${held.id}/refuse`
  const bodies: [unknown, string][] = [
    [{}, '400 admin.invalid'],
    [{ reason: '' }, '400 admin.invalid'],
    [{ reason: ' \n\t ' }, '400 admin.invalid'],
    [{ reason: 1 }, '400 admin.invalid'],
    [{ reason: 'x', state: 'delivered' }, '400 admin.invalid'],
    [{ reason: 'x'.repeat(limits.decisionReasonLengthMax + 1) }, '400 admin.invalid'],
    ['{"reason": "\\u0000"}', '400 admin.invalid'],
    ['{"reason": "\\ud800"}', '400 admin.invalid'],
    ['{"reason": "x", "__proto__": {}}', '400 admin.invalid'],
    ['{"reason": ', '400 admin.invalid'],
    ['', '400 admin.invalid'],
    [`{"reason": "${'x'.repeat(limits.adminBodyBytesMax)}"}`, '413 admin.too-large'],
  ]
  for (const [body, code] of bodies)
    t.equal(await codeOf(plane, path, { body, method: 'POST' }), code, String(body))
  const headers = { 'content-type': 'text/plain' }
  t.equal(await codeOf(plane, path, { body: '{"reason":"x"}', headers }), '400 admin.invalid')
  const actor = { 'x-hub-actor': "'; drop table decision; --" }
  t.equal(await codeOf(plane, path, { body: { reason: 'x' }, headers: actor }), '400 admin.invalid')

  const apply = '/admin/v1/partners/apply'
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  t.equal(await codeOf(plane, apply, { body: `{"operators": ${deep}}` }), '400 admin.invalid')
  t.equal(await codeOf(plane, apply, { body: { peers: [{ id: 'x' }], nonsense: 1 } }), '400 partner.invalid')
  const nul = { operators: [{ id: 'a', name: 'А\0', active: true, codes: [{ code: '2ZA' }] }] }
  t.equal(await codeOf(plane, apply, { body: nul }), '400 admin.invalid')
  t.equal(
    await codeOf(plane, '/admin/v1/partners/none/state', { body: { state: 'active', reason: 'x' } }),
    '404 admin.not-found',
  )
  t.equal(plane.registry.book().edition, 0)
  t.match(await codeOf(plane, `/admin/v1/messages/${held.id}`), '200 ')
  t.same((await plane.store.query('select state, version from message')).rows, [
    { state: 'held', version: 1 },
  ])
  t.same(lines, [], 'none of it is a fault of the hub')
})

t.test(
  'a fault of the hub is told apart from a database that is away, and neither is explained',
  async (t) => {
    configureLog({ level: 'silent' })
    t.teardown(() => configureLog({ level: 'warn' }))
    const outage = { is: false }
    const plane = await startTestPlane(t, { isOutage: () => outage.is })
    await plane.store.query('drop table message cascade')
    const told = await plane.ask('/admin/v1/messages')
    t.match(told.json(), { code: 'admin.failed', text: /\(The hub failed\): unexpected\./ })
    t.equal(told.status, 500)
    outage.is = true
    t.equal(await codeOf(plane, '/admin/v1/messages'), '503 admin.busy')
  },
)

t.test('what is no HTTP, or is too much of it, gets a coded end', async (t) => {
  const plane = await startTestPlane(t)
  const junk = await speak(plane.address, 'HELO hub\r\n\r\n')
  t.match(junk, /^HTTP\/1.1 400 .*admin\.invalid/s)
  const large = await speak(
    plane.address,
    `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(limits.headerBytesMax)}\r\n\r\n`,
  )
  t.match(large, /^HTTP\/1.1 400 .*admin\.invalid/s)
  const stranger = `POST /admin/v1/partners/apply HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`
  const unread = await speak(
    plane.address,
    `${stranger}content-length: 1000000\r\nconnection: close\r\n\r\n{`,
  )
  t.match(unread, /^HTTP\/1.1 401 /, 'a stranger is answered before the body')
  t.equal((await plane.ask('/health/live')).status, 200)
})
