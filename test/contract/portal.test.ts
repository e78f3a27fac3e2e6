// The portal over sockets: what its pages show and never show, the one choice, guesses and floods.

import { connect } from 'node:net'
import t from 'tap'
import { clientOf, makeCounter } from '../../hub/portal/counters.ts'
import { configureLog } from '../../monitoring/log.ts'
import { limits } from '../../schemas/limits.ts'
import { sampleToken, sampleView } from '../support/claim-desk.ts'
import { rightJoin, startTestPortal } from '../support/portal.ts'

t.test('shows the invitation, in Russian and by a switch in English', async (t) => {
  const portal = await startTestPortal(t)
  const ru = await portal.ask(portal.link)
  t.equal(ru.status, 200)
  for (const part of ['<html lang="ru">', 'ООО «Ромашка»', '7707083893', '7736050003', 'ООО «Оператор Б»']) {
    t.match(ru.text, part)
  }
  t.match(ru.text, 'href="?lang=en"')
  const en = await portal.ask(`${portal.link}?lang=en`)
  t.match(en.text, '<html lang="en">')
  t.match(en.text, 'invites your organisation')
  t.match((await portal.ask(`${portal.link}?lang=de`)).text, '<html lang="ru">')
})

t.test('a look by GET or HEAD, as scanners of mail do, uses nothing up', async (t) => {
  const portal = await startTestPortal(t)
  for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
    t.equal((await portal.ask(portal.link, { method })).status, 200)
  }
  t.notOk(portal.calls.includes('choose'))
  t.equal((await portal.post(rightJoin)).status, 200)
})

t.test('takes each choice and says what comes next', async (t) => {
  const cases = [
    [rightJoin, 'Заявка на подключение принята', '2HH-7736050003-1'],
    [{ choice: 'id', id: '2BM-7736050003' }, 'Приглашение направлено вашему оператору', 'АО «Оператор А»'],
    [{ choice: 'id', id: '2AP-7736050003' }, 'по заявке', '2AP-7736050003'],
    [{ choice: 'decline' }, 'Приглашение отклонено', 'можно закрыть'],
  ] as const
  for (const [fields, ...parts] of cases) {
    const portal = await startTestPortal(t)
    const done = await portal.post(fields)
    t.equal(done.status, 200)
    for (const part of parts) t.match(done.text, part)
    t.match((await portal.ask(portal.link)).text, 'уже ответили')
    t.equal((await portal.post(fields)).status, 200, 'the same again is the same answer')
    t.equal((await portal.post({ choice: 'id', id: '2ZZ-other' })).status, 410)
  }
})

t.test('of two at once one wins', async (t) => {
  const portal = await startTestPortal(t)
  const both = await Promise.all([portal.post(rightJoin), portal.post({ choice: 'decline' })])
  t.strictSame(both.map(({ status }) => status).sort(), [200, 410])
})

t.test('forged, foreign and broken links look alike and tell nothing', async (t) => {
  const portal = await startTestPortal(t)
  const forged = `${sampleToken.slice(0, -1)}R`
  const wanted = await portal.ask(`/claim/${forged}`)
  t.equal(wanted.status, 404)
  const paths = [
    '/claim/x',
    '/claim/',
    `/claim/${'x'.repeat(limits.portalTokenLengthMax)}`,
    `/claim/${'x'.repeat(limits.portalTokenLengthMax + 1)}`,
    '/claim/%00%0d%0a',
    '/claim/%ff',
    "/claim/'%20or%201=1",
    '/claim/..%2f..%2fetc',
    '/',
    '/admin/v1/overview',
  ]
  for (const path of paths) {
    const told = await portal.ask(path)
    t.strictSame({ status: told.status, text: told.text }, { status: 404, text: wanted.text }, path)
  }
  const posted = await portal.post(rightJoin, {}, `${portal.address}/claim/${forged}`)
  t.strictSame({ status: posted.status, text: posted.text }, { status: 404, text: wanted.text })
  const unread = await portal.post({ choice: 'join' }, {}, `${portal.address}/claim/${forged}`)
  t.strictSame({ status: unread.status, text: unread.text }, { status: 404, text: wanted.text })
  t.notMatch(wanted.text, /Ромашка|7707083893/)
})

t.test('an expired link says so and shows nothing of the invitation', async (t) => {
  const portal = await startTestPortal(t)
  portal.clock.at = new Date(sampleView.expiresAt.getTime() - 1)
  t.equal((await portal.ask(portal.link)).status, 200)
  portal.clock.at = sampleView.expiresAt
  const told = await portal.ask(portal.link)
  t.equal(told.status, 410)
  t.match(told.text, 'Срок действия ссылки истёк')
  t.notMatch(told.text, 'Ромашка')
  t.equal((await portal.post(rightJoin)).status, 410)
})

t.test('tells faults at their fields and keeps what was typed', async (t) => {
  const portal = await startTestPortal(t)
  const long = 'я'.repeat(limits.portalNameLengthMax + 1)
  const contact = '7'.repeat(limits.portalContactLengthMax + 1)
  const cases: [Record<string, string>, string[]][] = [
    [{}, ['choice']],
    [{ choice: 'join' }, ['name', 'contact']],
    [{ ...rightJoin, name: long, kpp: '12', contact }, ['name', 'kpp', 'contact']],
    [{ ...rightJoin, name: 'две\nстроки' }, ['name']],
    [{ ...rightJoin, name: '\u202Eнаоборот' }, ['name']],
    [{ choice: 'id', id: '2BM' }, ['id']],
    [{ choice: 'id', id: 'x'.repeat(47) }, ['id']],
  ]
  for (const [fields, wrong] of cases) {
    const told = await portal.post(fields)
    t.equal(told.status, 422)
    for (const field of wrong) t.match(told.text, `href="#${field}"`)
    t.match(told.text, '<title>Ошибка: ')
  }
  const kept = await portal.post({ ...rightJoin, name: '"><script>alert(1)</script>', kpp: 'wrong' })
  t.match(kept.text, 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
  t.match(kept.text, 'value="buh@firma.ru"')
  t.equal((await portal.post({ ...rightJoin, name: long.slice(1), contact: contact.slice(1) })).status, 200)
})

t.test('tells what the desk says of an id or a name at its field', async (t) => {
  const portal = await startTestPortal(t)
  const codes = {
    'claim.id': /записан неверно/,
    'claim.operator': /Оператор с таким кодом нам неизвестен/,
    'claim.home-id': /абонента нашего оператора/,
    'claim.own': /идентификатор приглашающего/,
    'claim.not-in-directory': /нет в справочнике/,
  } as const
  for (const [code, words] of Object.entries(codes)) {
    portal.refusals['2XX-1'] = code as keyof typeof codes
    const told = await portal.post({ choice: 'id', id: '2XX-1' })
    t.equal(told.status, 422, code)
    t.match(told.text, words)
    t.match(told.text, 'value="2XX-1"')
  }
  portal.refusals[rightJoin.name] = 'claim.text'
  t.match((await portal.post(rightJoin)).text, /Проверьте наименование, КПП и контакт/)
  portal.refusals[rightJoin.name] = 'route.loop'
  t.equal((await portal.post(rightJoin)).status, 503, 'what has no words here is told as a fault of ours')
})

t.test('texts of people stay text', async (t) => {
  const portal = await startTestPortal(t)
  const hostile = '<script>alert(1)</script>\u202E<b>жирно</b>\n"><img src=x>'
  const view = {
    ...sampleView,
    inviter: { name: hostile, inn: hostile },
    message: hostile,
    operator: hostile,
  }
  portal.links[sampleToken] = { view }
  const { text } = await portal.ask(portal.link)
  t.notMatch(text, /<script|<img|<b>|\u202E/)
  t.match(text, '&lt;script&gt;alert(1)&lt;/script&gt;')
})

t.test('says what keeps the link secret and the page alone', async (t) => {
  const portal = await startTestPortal(t)
  for (const path of [portal.link, '/claim/x', '/portal.css']) {
    const { headers } = await portal.ask(path)
    t.match(headers.get('content-security-policy'), "default-src 'none'")
    t.equal(headers.get('referrer-policy'), 'no-referrer')
    t.equal(headers.get('x-frame-options'), 'DENY')
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('set-cookie'), null)
  }
  t.equal((await portal.ask(portal.link)).headers.get('cache-control'), 'no-store')
})

t.test('refuses forms sent from elsewhere, and bodies that are no form', async (t) => {
  const portal = await startTestPortal(t)
  const wrong: [Parameters<typeof portal.post>[0], Record<string, string>, number][] = [
    [rightJoin, { 'sec-fetch-site': 'cross-site' }, 400],
    [rightJoin, { 'sec-fetch-site': 'same-site' }, 400],
    [rightJoin, { origin: 'https://evil.example' }, 400],
    ['{"choice":"join"}', { 'content-type': 'application/json' }, 415],
    ['choice=join&choice=id', {}, 400],
    [Array.from({ length: limits.portalFieldsMax + 1 }, (_, i) => `f${i}=1`).join('&'), {}, 400],
    [`choice=${'x'.repeat(limits.portalBodyBytesMax)}`, {}, 413],
  ]
  for (const [body, headers, status] of wrong) t.equal((await portal.post(body, headers)).status, status)
  t.notOk(portal.calls.includes('choose'))
  const most = Array.from({ length: limits.portalFieldsMax - 1 }, (_, i) => `f${i}=1`).join('&')
  const filled = `choice=join&${most}`
  t.equal((await portal.post(filled)).status, 422, 'as many fields as are read')
  t.equal((await portal.post(filled.padEnd(limits.portalBodyBytesMax, 'x'))).status, 422, 'and as many bytes')
  t.equal((await portal.post(rightJoin, { origin: 'null', 'sec-fetch-site': 'same-origin' })).status, 200)
})

t.test('who guesses is stopped for a while, others are not', async (t) => {
  const portal = await startTestPortal(t, { missesPerMinuteMax: 3, trustedProxies: 1 })
  const from = (address: string) => ({ headers: { 'x-forwarded-for': `9.9.9.9, ${address}` } })
  for (let i = 0; i < 3; i += 1) {
    t.equal((await portal.ask(`/claim/guess${i}`, from('203.0.113.7'))).status, 404)
  }
  const many = await portal.ask(portal.link, from('203.0.113.7'))
  t.equal(many.status, 429)
  t.match(many.text, 'Слишком много запросов')
  t.equal(many.headers.get('retry-after'), '60')
  t.equal((await portal.ask(portal.link, from('203.0.113.8'))).status, 200)
  portal.clock.at = new Date(portal.clock.at.getTime() + limits.portalWindowMs)
  t.equal((await portal.ask(portal.link, from('203.0.113.7'))).status, 200)
})

t.test('without proxies of ours nobody may say another address than its own', async (t) => {
  const portal = await startTestPortal(t, { missesPerMinuteMax: 2 })
  for (const address of ['203.0.113.1', '203.0.113.2']) {
    await portal.ask('/claim/guess', { headers: { 'x-forwarded-for': address } })
  }
  t.equal((await portal.ask(portal.link)).status, 429)
})

t.test('answers are bounded for all together', async (t) => {
  const portal = await startTestPortal(t, { postsPerMinuteMax: 2 })
  t.equal((await portal.post({})).status, 422)
  t.equal((await portal.post({})).status, 422)
  t.equal((await portal.post(rightJoin)).status, 429)
  t.equal((await portal.ask(portal.link)).status, 200, 'looking is not answering')
  portal.clock.at = new Date(portal.clock.at.getTime() + limits.portalWindowMs)
  t.equal((await portal.post(rightJoin)).status, 200)
})

t.test('counts by address, of IPv6 by network, and forgets the quietest of too many', async (t) => {
  t.equal(clientOf('203.0.113.7'), '203.0.113.7')
  t.equal(clientOf('::ffff:203.0.113.7'), '203.0.113.7')
  t.equal(clientOf('2001:db8:1:2:3:4:5:6'), clientOf('2001:db8:1:2::9'))
  t.not(clientOf('2001:db8:1:3::9'), clientOf('2001:db8:1:2::9'))
  t.equal(clientOf('::1'), '0:0:0:0')
  const counter = makeCounter(1, () => 0)
  counter.add('first')
  for (let i = 1; i < limits.portalClientsMax; i += 1) counter.add(`client ${i}`)
  t.equal(counter.isFull('client 1'), true)
  t.equal(counter.isFull('first'), true)
  counter.add('one more')
  t.equal(counter.isFull('client 2'), false)
})

t.test('tokens, names and addresses reach no log', async (t) => {
  const lines: string[] = []
  configureLog({ level: 'trace', to: { write: (line) => lines.push(line) } })
  t.teardown(() => configureLog({ level: 'silent' }))
  const portal = await startTestPortal(t)
  await portal.ask(portal.link)
  await portal.ask('/claim/a-guess-of-a-token')
  await portal.post(rightJoin)
  t.ok(lines.length >= 3)
  t.notMatch(lines.join(''), new RegExp(`${sampleToken}|a-guess|Василёк|firma`))
})

t.test('a desk that fails is told without a word of why', async (t) => {
  configureLog({ level: 'silent' })
  const fail = async () => Promise.reject(new Error('secret words of the inside'))
  const desk = { mint: fail, look: fail, choose: fail }
  const broken = await startTestPortal(t, { desk })
  const told = await broken.ask(broken.link)
  t.equal(told.status, 500)
  t.notMatch(told.text, 'secret words')
  const away = await startTestPortal(t, { desk, isOutage: () => true })
  t.equal((await away.post(rightJoin)).status, 503)
})

t.test('what is no HTTP gets one answer and the end', async (t) => {
  const portal = await startTestPortal(t)
  const socket = connect(Number(new URL(portal.address).port), '127.0.0.1')
  socket.end('HELLO\r\n\r\n')
  const pieces: Buffer[] = []
  for await (const piece of socket) pieces.push(piece as Buffer)
  t.match(Buffer.concat(pieces).toString(), /^HTTP\/1\.1 400 /)
})
