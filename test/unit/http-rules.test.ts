// Tests of the rules of the HTTP binding that need no connection: names, pace, memory, addresses, outcomes.

import t from 'tap'
import { guardedLookup, isAllowedIp, readAddress } from '../../operators/transports/address-guard.ts'
import { readPackageName } from '../../operators/transports/content-disposition.ts'
import { doorLimits } from '../../operators/transports/door-limits.ts'
import { paceRefusal } from '../../operators/transports/http-body.ts'
import { createInFlight } from '../../operators/transports/in-flight.ts'
import {
  cleanText,
  judgeAnswer,
  judgeEnd,
  judgeFailure,
  readRetryAfter,
} from '../../operators/transports/outcome.ts'
import { limits } from '../../schemas/limits.ts'

t.test('reads the forms of Content-Disposition', async (t) => {
  const right = [
    'attachment; filename="x.cms"',
    'attachment;filename=x.cms',
    'filename=x.cms',
    'filename="x.cms"',
    'ATTACHMENT ; FileName = "x.cms" ; size=12',
    'attachment; name="a;b=\\"c\\""; filename="x.cms";',
    'attachment; filename="\\x.c\\m\\s"',
    "attachment; filename*=UTF-8''x.cms",
    "attachment; filename*=iso-8859-1'ru'%78.cms",
    'attachment; filename="x.cms"; filename*=utf-8\'\'x%2Ecms',
  ]
  for (const value of right) t.equal(readPackageName(value), 'x.cms', value)
  t.equal(readPackageName('filename=X_1-y.CMS'), 'X_1-y.CMS', 'the spelling is kept')
  const wrong: [value: string, code: string][] = [
    ['', 'door.header-invalid'],
    ['attachment', 'door.header-invalid'],
    ['attachment; filename', 'door.header-invalid'],
    ['attachment; filename="x.cms', 'door.header-invalid'],
    ['attachment; filename="x.cms" y', 'door.header-invalid'],
    ['attachment filename="x.cms"', 'door.header-invalid'],
    ["attachment; filename*=koi8-r''x.cms", 'door.header-invalid'],
    ["attachment; filename*=UTF-8''x%2.cms", 'door.header-invalid'],
    ["attachment; filename=x.cms; filename*=UTF-8''y.cms", 'door.header-invalid'],
    ['attachment; filename=x.cms; filename=x.cms', 'door.header-doubled'],
    ['attachment; filename=', 'door.name-invalid'],
    ['attachment; filename=""', 'door.name-invalid'],
    ['attachment; filename="a/x.cms"', 'door.name-invalid'],
    ['attachment; filename="a\\\\x.cms"', 'door.name-invalid'],
    ['attachment; filename=..\\x.cms', 'door.name-invalid'],
    ["attachment; filename*=UTF-8''..%2Fx.cms", 'door.name-invalid'],
    ["attachment; filename*=UTF-8''%D1%85.cms", 'door.name-invalid'],
    ['attachment; filename="x.cms\u0000"', 'door.name-invalid'],
    [`attachment; filename="${'a'.repeat(101)}.cms"`, 'door.name-invalid'],
  ]
  for (const [value, code] of wrong) t.match(readPackageName(value), { code }, value)
  t.equal(readPackageName(`filename=${'a'.repeat(100)}.cms`), `${'a'.repeat(100)}.cms`)
})

t.test('judges the pace of a body on both sides of each limit', async (t) => {
  const limits = doorLimits({
    bodyIdleTimeoutMs: 100,
    bodyGraceMs: 1000,
    bodyBytesPerSecondMin: 10,
    requestTimeoutMs: 5000,
  })
  const judge = (lastMs: number, bytes: number, nowMs: number) =>
    paceRefusal({ startedMs: 0, lastMs, bytes }, nowMs, limits)
  t.equal(judge(0, 0, 100), undefined)
  t.match(judge(0, 0, 101), { code: 'door.too-slow', seen: 'no byte' })
  t.equal(judge(1000, 0, 1000), undefined)
  t.equal(judge(2000, 20, 2000), undefined)
  t.match(judge(2000, 19, 2000), { code: 'door.too-slow', seen: 'less than 10' })
  t.equal(judge(5000, 50, 5000), undefined)
  t.match(judge(5001, 5000, 5001), { code: 'door.too-slow', seen: 'not complete' })
})

t.test('counts what is in flight and gives it back once', async (t) => {
  const count = createInFlight({ requestsMax: 2, bytesMax: 100 })
  const first = count.enter()
  const second = count.enter()
  t.equal(count.enter(), undefined)
  t.equal(first?.grow(60), true)
  t.equal(first?.grow(100), true)
  t.equal(second?.grow(1), false)
  first?.leave()
  first?.leave()
  t.equal(first?.grow(1), false)
  t.equal(second?.grow(100), true)
  t.same([count.requests(), count.bytes()], [1, 100])
})

t.test('connects only to addresses a peer can have', async (t) => {
  const open = [
    '8.8.8.8',
    '100.63.255.255',
    '172.32.0.1',
    '223.255.255.255',
    '2a00:1450::1',
    '2606:4700::1111',
  ]
  const own = [
    '10.0.0.1',
    '127.0.0.1',
    '127.255.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    'fc00::1',
    'fdff::1',
  ]
  const never = [
    ...[
      '0.0.0.0',
      '0.1.2.3',
      '169.254.169.254',
      '192.0.0.192',
      '192.0.2.1',
      '198.51.100.1',
      '203.0.113.9',
      '224.0.0.1',
    ],
    ...[
      '239.1.1.1',
      '240.0.0.1',
      '255.255.255.255',
      '168.63.129.16',
      '::',
      'fe80::1',
      'fec0::1',
      'ff02::1',
      '2001:db8::1',
    ],
    ...[
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:0:1::',
      'fd00:ec2::254',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '::7f00:1',
    ],
    ...['localhost', '', '1.2.3', 'fe80::1%eth0'],
  ]
  for (const ip of open) t.same([isAllowedIp(ip, false), isAllowedIp(ip, true)], [true, true], ip)
  for (const ip of own) t.same([isAllowedIp(ip, false), isAllowedIp(ip, true)], [false, true], ip)
  for (const ip of never) t.same([isAllowedIp(ip, false), isAllowedIp(ip, true)], [false, false], ip)
})

t.test('reads the addresses of peers and refuses what is not one', async (t) => {
  const cases: [address: string, forbidden: string][] = [
    ['not an address', 'address.unreadable'],
    ['/relative', 'address.unreadable'],
    ['http://a:99999/', 'address.unreadable'],
    ['ftp://a.example/', 'address.scheme'],
    ['file:///etc/passwd', 'address.scheme'],
    ['http://user@a.example/', 'address.credentials'],
    ['http://:secret@a.example/', 'address.credentials'],
    ['http://a.example:0/', 'address.port'],
    ['http://127.0.0.1/', 'address.network'],
    ['http://127.1/', 'address.network'],
    ['http://0x7f000001/', 'address.network'],
    ['http://2130706433/', 'address.network'],
    ['http://0177.0.0.1/', 'address.network'],
    ['https://[::1]/', 'address.network'],
    ['https://[::ffff:10.0.0.1]/', 'address.network'],
    ['http://169.254.169.254/latest/', 'address.network'],
  ]
  for (const [address, forbidden] of cases) t.same(readAddress(address, false), { forbidden }, address)
  for (const address of ['http://a.example/x?y=1', 'https://a.example:8443/', 'http://8.8.8.8:65535/']) {
    t.same(readAddress(address, false), { url: new URL(address) })
  }
})

t.test('hands on only those resolved addresses that are allowed', async (t) => {
  const answers = {
    mixed: ['10.0.0.1', '8.8.8.8', '2a00::1'],
    inside: ['127.0.0.1', '::1'],
    none: [] as string[],
  }
  type Resolve = NonNullable<Parameters<typeof guardedLookup>[1]>
  const resolve = ((name: string, _: object, done: (error: Error | null, found: object[]) => void) => {
    const found = answers[name as keyof typeof answers]
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as Resolve
  const look = (name: string, all: boolean, allowPrivate = false) =>
    new Promise((settle) => {
      guardedLookup(allowPrivate, resolve)(name, { all }, (error, found) => settle(error?.code ?? found))
    })
  t.same(await look('mixed', true), [
    { address: '8.8.8.8', family: 4 },
    { address: '2a00::1', family: 6 },
  ])
  t.equal(await look('mixed', false), '8.8.8.8')
  t.equal(await look('inside', true), 'ERR_ADDRESS_FORBIDDEN')
  t.equal(await look('none', false), 'ERR_ADDRESS_FORBIDDEN')
  t.equal(await look('inside', false, true), '127.0.0.1')
})

t.test(
  'classes every status: 200 accepts, three refuse, what a proxy may say of a package passed on is doubtful',
  async (t) => {
    const of = (status: number, requestWasSent = true) =>
      judgeAnswer({ status, isWhole: true, requestWasSent }).class
    const rejected = [400, 413, 422]
    t.equal(of(200), 'accepted')
    for (let status = 201; status < 300; status += 1) t.equal(of(status), 'ambiguous', `${status}`)
    for (let status = 300; status < 600; status += 1) {
      const isDoubtful = status === 408 || (status > 500 && status !== 503)
      const expected = isDoubtful ? 'ambiguous' : 'transient'
      t.equal(of(status), rejected.includes(status) ? 'rejected' : expected, `${status}`)
      t.equal(of(status, false), rejected.includes(status) ? 'rejected' : 'transient', `${status}, early`)
    }
    for (const status of [0, 101, 199, 600, 999]) t.equal(of(status), 'ambiguous', `${status}`)
  },
)

t.test(
  'lets the status decide when the answer was cut, but believes no 200 before the package had left',
  async (t) => {
    t.same(judgeAnswer({ status: 200, isWhole: false, requestWasSent: true }), {
      class: 'accepted',
      reason: 'answer.200.body-cut',
    })
    t.same(judgeAnswer({ status: 500, isWhole: false, requestWasSent: true }), {
      class: 'transient',
      reason: 'answer.500.body-cut',
    })
    t.same(judgeAnswer({ status: 200, isWhole: true, requestWasSent: false }), {
      class: 'ambiguous',
      reason: 'answer.200.early',
    })
    t.same(judgeAnswer({ status: 504, isWhole: true, requestWasSent: false }), {
      class: 'transient',
      reason: 'answer.504.early',
    })
    t.same(judgeAnswer({ status: 400, isWhole: true, requestWasSent: false }), {
      class: 'rejected',
      reason: 'answer.400',
    })
  },
)

t.test('calls a failure transient only when nothing can have been read', async (t) => {
  for (const code of [
    'ECONNREFUSED',
    'ENOTFOUND',
    'ECONNRESET',
    'EPIPE',
    'HPE_INVALID_CONSTANT',
    '',
    'EWHATEVER',
  ]) {
    t.equal(judgeFailure({ code, mayBeSent: false }).class, 'transient', code)
    t.equal(judgeFailure({ code, mayBeSent: true }).class, 'ambiguous', code)
  }
  t.same(judgeFailure({ code: 'ERR_ADDRESS_FORBIDDEN', mayBeSent: false }), {
    class: 'forbidden',
    reason: 'address.network',
  })
  const refusedCertificate = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'
  t.equal(judgeFailure({ code: refusedCertificate, mayBeSent: true }).class, 'transient')
  t.same(judgeFailure({ code: '', mayBeSent: false }), { class: 'transient', reason: 'connection.failed' })
  t.same(judgeEnd('answer', false), { class: 'transient', reason: 'timeout.queue' })
  t.same(judgeEnd('answer', true), { class: 'ambiguous', reason: 'timeout.answer' })
  t.same(judgeEnd('connect', false), { class: 'transient', reason: 'timeout.connect' })
  t.same(judgeEnd('aborted', true), { class: 'ambiguous', reason: 'aborted' })
})

t.test('keeps texts and waiting times of peers within their limits', async (t) => {
  t.equal(cleanText(' a\u0000\r\n\u202eb\u2028c\ud800 '), 'a b c')
  t.equal(cleanText('я'.repeat(limits.answerTextLengthMax + 1)).length, limits.answerTextLengthMax)
  const nowMs = Date.parse('2026-03-01T10:00:00Z')
  t.equal(readRetryAfter('120', nowMs), 120)
  t.equal(readRetryAfter('Sun, 01 Mar 2026 10:01:00 GMT', nowMs), 60)
  t.equal(readRetryAfter('999999999', nowMs), limits.retryAfterMaxS)
  for (const value of ['-1', '1.5.2x', 'soon', '', 'Sun, 01 Mar 2026 09:00:00 GMT', undefined]) {
    t.equal(readRetryAfter(value, nowMs), undefined, `${value}`)
  }
})
