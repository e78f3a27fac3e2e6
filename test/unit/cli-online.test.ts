// Checks the verbs that ask a running hub, against a small fake of its admin plane.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../hub/cli/context.ts'
import { fakeHub, runLine, token } from '../support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'hub cli '))
const hub = (words: readonly string[], env?: Record<string, string>) => runLine(folder, words, env)

const message = {
  id: '019b76da-a800-7000-8000-000000000001',
  message: 'a'.repeat(32),
  kind: 'message',
  package: 'p.cms',
  state: 'held',
  code: 'deliver.rejected',
  fromPeer: 'operator-a',
  toPeer: 'operator-b',
  sender: '2ZA-1',
  recipient: '2ZB-1',
  receivedAt: '2026-10-01T09:00:00.000Z',
  changedAt: '2026-10-01T09:00:01.000Z',
}

t.test('finding messages passes the filters on and shows a table with the way to go on', async (t) => {
  const fake = await fakeHub(t, { body: { items: [message], next: message.id } })
  const words = ['messages', 'find', '--state', 'held', '--participant', '2ZA-1&x', '--limit', '1']
  const told = await hub(words, fake.env)
  t.equal(told.exit, exitCodes.ok)
  t.match(told.out, /СОСТОЯНИЕ[\s\S]*held +deliver\.rejected +operator-a[\s\S]*--after 019b76da/)
  t.match(fake.asked, [{ method: 'GET', authorization: `Bearer ${token}` }])
  const url = new URL(fake.asked[0]?.url ?? '', fake.address)
  t.equal(url.pathname, '/admin/v1/messages')
  t.same(Object.fromEntries(url.searchParams), { state: 'held', participant: '2ZA-1&x', limit: '1' })
  t.same((await hub(['--json', ...words], fake.env)).json(), { items: [message], next: message.id })
})

t.test('no message found is an answer, not a failure', async (t) => {
  const fake = await fakeHub(t, { body: { items: [], next: null } })
  const told = await hub(['messages', 'find'], fake.env)
  t.match(told, { exit: exitCodes.ok, out: 'Ничего не найдено (nothing found)\n' })
})

t.test(
  'a message is shown with its documents, packages and steps, and cannot drive the terminal',
  async (t) => {
    const details = {
      ...message,
      answer: { state: 'owed', code: null, text: null, ids: [] },
      routeReason: 'код 2ZB',
      outMessage: null,
      deadlineAt: null,
      warnings: ['неизвестный атрибут'],
      documents: [
        { id: 'd'.repeat(32), type: 'УПД\u001b[2J', bytes: 5, sha256: null, parents: ['e'.repeat(32)] },
      ],
      out: [
        {
          package: 'o.cms',
          contents: 'messages',
          peer: 'operator-b',
          state: 'rejected',
          attempts: 2,
          lastOutcome: 'rejected',
          tries: [
            {
              number: 1,
              startedAt: message.changedAt,
              outcome: 'rejected',
              reason: 'answer.400',
              answer: 'нет',
            },
          ],
        },
      ],
      decisions: [{ at: message.changedAt, actor: 'noc', verb: 'release', reason: 'исправлено' }],
      steps: [{ at: message.receivedAt, kind: 'message.moved', facts: { to: 'ready', n: 1 } }],
      others: [],
    }
    const fake = await fakeHub(t, { body: details })
    const told = await hub(['messages', 'show', message.id], fake.env)
    t.equal(fake.asked[0]?.url, `/admin/v1/messages/${message.id}`)
    const texts = [
      'УПД?[2J',
      'o.cms',
      'answer.400',
      'to=ready n=1',
      'код 2ZB',
      'исправлено',
      'неизвестный атрибут',
    ]
    for (const text of texts) t.ok(told.out.includes(text), text)
    t.notOk(told.out.includes('\u001b'))
  },
)

t.test('a decision is sent with its reason, and a refusal of the hub ends with code 1', async (t) => {
  const fake = await fakeHub(t, { body: { ...message, state: 'ready' } })
  const done = await hub(['messages', 'release', message.id, '--reason', 'исправлено'], fake.env)
  t.match(done, { exit: exitCodes.ok, out: `${message.id}: ready\n` })
  t.match(fake.asked, [
    { method: 'POST', url: `/admin/v1/messages/${message.id}/release`, body: '{"reason":"исправлено"}' },
  ])
  const no = await fakeHub(t, {
    status: 409,
    body: { code: 'admin.not-now', text: 'admin.not-now: В этом состоянии' },
  })
  const refused = await hub(['messages', 'refuse', '../x', '--reason', 'y', '--json'], no.env)
  t.equal(refused.exit, exitCodes.refused)
  t.same(refused.json(), { error: { code: 'admin.not-now', text: 'admin.not-now: В этом состоянии' } })
  t.equal(no.asked[0]?.url, '/admin/v1/messages/..%2Fx/refuse')
})

t.test(
  'partners are listed, shown and checked; a participant that cannot be reached ends with code 1',
  async (t) => {
    const partner = {
      id: 'operator-a',
      name: 'ООО',
      state: 'active',
      dialect: 'roseu',
      address: null,
      codes: ['2ZA', '2ZC'],
    }
    const list = await fakeHub(t, { body: { items: [partner], next: null } })
    t.match((await hub(['partners', 'list'], list.env)).out, /operator-a {2}active {5}2ZA 2ZC {2}roseu {4}– /)
    const show = await fakeHub(t, { body: partner })
    t.match((await hub(['partners', 'show', 'operator-a'], show.env)).out, 'dialect: roseu')
    const check = await fakeHub(t, { body: { exchange: 'none', missing: [], text: 'Обмен: обмена нет' } })
    const told = await hub(['partners', 'check', '2ZX-1', '--from', '2ZA-1'], check.env)
    t.match(told, { exit: exitCodes.refused, out: 'Обмен: обмена нет\n' })
    t.match(check.asked, [
      { method: 'POST', url: '/admin/v1/partners/check', body: '{"participant":"2ZX-1","from":"2ZA-1"}' },
    ])
  },
)

t.test('a partner file is checked here first, then applied with its reason', async (t) => {
  const operator = { id: 'a', name: 'ООО', active: true, codes: [{ code: '2ZA' }] }
  writeFileSync(
    join(folder, 'good.yaml'),
    'operators:\n  - {id: a, name: ООО, active: true, codes: [{code: 2ZA}]}\n',
  )
  writeFileSync(join(folder, 'bad.yaml'), 'operators:\n  - {id: A!, name: ООО}\n')
  const fake = await fakeHub(t, { body: { edition: 7, changes: [{ kind: 'operator', key: 'a' }] } })
  const told = await hub(['partners', 'apply', 'good.yaml', '--reason', 'договор 5'], fake.env)
  t.match(told, { exit: exitCodes.ok, out: /издание \(edition\) 7\n {2}operator a/ })
  t.same(JSON.parse(fake.asked[0]?.body ?? ''), { operators: [operator] })
  t.equal(new URL(fake.asked[0]?.url ?? '', fake.address).searchParams.get('reason'), 'договор 5')
  const why = ['--reason', 'проба']
  t.match(await hub(['partners', 'apply', 'bad.yaml', ...why], fake.env), {
    exit: exitCodes.refused,
    err: /bad\.yaml/,
  })
  t.match(await hub(['partners', 'apply', 'good.yaml', '--dry-run']), { exit: exitCodes.ok })
  t.match(await hub(['partners', 'apply', 'absent.yaml', ...why]), { exit: exitCodes.usage, err: /ENOENT/ })
  const peer = (pem: string) =>
    JSON.stringify({ peers: [{ id: 'p', name: 'P', state: 'inactive', certificates: [{ pem }] }] })
  const placeholder = '-----BEGIN CERTIFICATE-----\n(certificate of the partner)\n-----END CERTIFICATE-----\n'
  for (const [text, seen] of [
    ['', /ничего не меняет/],
    ['peers: []\n', /ничего не меняет/],
    [peer('AAAA'), /odd\.yaml\/peers\/0\/certificates\/0.*сертификат/],
    [peer(placeholder), /odd\.yaml\/peers\/0\/certificates\/0.*сертификат/],
  ] as const) {
    writeFileSync(join(folder, 'odd.yaml'), text)
    for (const words of [['--dry-run'], why]) {
      const told = await hub(['partners', 'apply', 'odd.yaml', ...words], fake.env)
      t.match(told, { exit: exitCodes.refused, err: seen }, text)
    }
  }
  for (const none of [[], ['--reason', ' ']]) {
    t.match(await hub(['partners', 'apply', 'good.yaml', ...none], fake.env), {
      exit: exitCodes.usage,
      err: /--reason/,
    })
  }
  t.equal(fake.asked.length, 1)
})

t.test('several refusals of the hub are all told', async (t) => {
  const refusals = [
    { code: 'partner.invalid', text: 'one' },
    { code: 'partner.invalid', text: 'two' },
  ]
  const fake = await fakeHub(t, { status: 400, body: { code: 'admin.invalid', text: 'no', refusals } })
  t.match(await hub(['partners', 'list'], fake.env), { exit: exitCodes.refused, err: 'no\n  one\n  two\n' })
})

t.test('the journal is exported piece by piece; an export that breaks off leaves no file', async (t) => {
  const text = '{"format":"edo"}\n{"ё":1}\n'
  const whole = await fakeHub(t, (response) => {
    const bytes = Buffer.from(text)
    response.write(bytes.subarray(0, 20))
    response.end(bytes.subarray(20))
  })
  t.equal((await hub(['journal', 'export', '--from', '1', '--to', '2'], whole.env)).out, text)
  t.equal(whole.asked[0]?.url, '/admin/v1/journal/blocks?from=1&to=2')
  t.equal((await hub(['journal', 'export', '--out', 'journal.ndjson'], whole.env)).exit, exitCodes.ok)
  t.equal(readFileSync(join(folder, 'journal.ndjson'), 'utf8'), text)
  const broken = await fakeHub(t, (response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{}\n', () => response.destroy())
  })
  t.equal(
    (await hub(['journal', 'export', '--out', 'broken.ndjson'], broken.env)).exit,
    exitCodes.unreachable,
  )
  t.notOk(existsSync(join(folder, 'broken.ndjson')) || existsSync(join(folder, 'broken.ndjson.part')))
  const denied = await fakeHub(t, { status: 401, body: { code: 'admin.unauthorised', text: 'нет доступа' } })
  t.match(await hub(['journal', 'export'], denied.env), { exit: exitCodes.refused, err: /нет доступа/ })
  t.equal((await hub(['journal', 'export', '--from', 'x'])).exit, exitCodes.usage)
})

t.test('an export of no blocks is told and leaves no file, and proves nothing when verified', async (t) => {
  const format = 'edo-hub-journal-export/1'
  const text = `{"format":"${format}","from":6,"to":5}\n{"blocks":0,"entries":0,"format":"${format}"}\n`
  const empty = await fakeHub(t, (response) => {
    response.write(text.slice(0, 10))
    response.end(text.slice(10))
  })
  const words = ['journal', 'export', '--from', '9999']
  t.match(await hub(words, empty.env), {
    exit: exitCodes.refused,
    out: /^$/,
    err: /Ничего не выгружено.*9999/,
  })
  t.equal((await hub([...words, '--out', 'empty.ndjson'], empty.env)).exit, exitCodes.refused)
  t.notOk(existsSync(join(folder, 'empty.ndjson')) || existsSync(join(folder, 'empty.ndjson.part')))
  const asked = empty.asked.length
  t.match(await hub(['journal', 'export', '--from', '3', '--to', '1'], empty.env), {
    exit: exitCodes.usage,
    err: /диапазон пуст/,
  })
  t.equal(empty.asked.length, asked)
  writeFileSync(join(folder, 'nothing.ndjson'), text)
  const verified = await hub(['journal', 'verify', 'nothing.ndjson'])
  t.equal(verified.exit, exitCodes.refused)
  t.match(verified.out, /^Проверять нечего/)
  t.notMatch(verified.out, 'Журнал')
})

t.test('an export that is no journal is not sound', async (t) => {
  t.equal((await hub(['journal', 'verify', 'journal.ndjson'])).exit, exitCodes.refused)
  t.equal((await hub(['journal', 'verify', 'absent'])).exit, exitCodes.usage)
  t.equal((await hub(['journal', 'verify', 'journal.ndjson', '--anchor', 'x'])).exit, exitCodes.usage)
})

t.test('a hub that is silent, slow, gone or no hub at all ends with code 3', async (t) => {
  const slow = await fakeHub(t, () => undefined)
  t.match(await hub(['partners', 'list', '--timeout', '0.05'], slow.env), {
    exit: exitCodes.unreachable,
    err: /timeout/,
  })
  t.equal((await hub(['journal', 'export', '--timeout', '0.05'], slow.env)).exit, exitCodes.unreachable)
  const stranger = await fakeHub(t, (response) => response.end('<html>'))
  t.equal((await hub(['partners', 'list'], stranger.env)).exit, exitCodes.unreachable)
  const cut = await fakeHub(t, (response) => response.destroy())
  t.equal((await hub(['partners', 'list'], cut.env)).exit, exitCodes.unreachable)
  const words = ['partners', 'list', '--address', 'http://127.0.0.1:1', '--json']
  t.match((await hub(words)).json(), { error: { code: 'cli.unreachable' } })
  const failing = await fakeHub(t, { status: 500, body: { code: 'door.failed', text: 'x' } })
  t.equal((await hub(['partners', 'list'], failing.env)).exit, exitCodes.internal)
})

t.test('who asks is told by --actor, else by the environment, else by the system', async (t) => {
  const fake = await fakeHub(t, { body: { items: [], next: null } })
  await hub(['partners', 'list', '--actor', 'noc'], { ...fake.env, USER: 'petrov' })
  await hub(['partners', 'list'], { ...fake.env, USER: 'petrov', LOGNAME: 'ivanov' })
  await hub(['partners', 'list'], { ...fake.env, USER: '', LOGNAME: 'ivanov' })
  await hub(['partners', 'list'], fake.env)
  t.same(
    fake.asked.map(({ actor }) => actor),
    ['noc', 'petrov', 'ivanov', userInfo().username],
  )
})

t.test('the token comes from the option, the variable or the data folder', async (t) => {
  const fake = await fakeHub(t, { body: { items: [], next: null } })
  const address = ['--address', fake.address]
  writeFileSync(join(folder, 'other.token'), 'token-of-option-1\n')
  await hub(['partners', 'list', ...address, '--token-file', 'other.token'], fake.env)
  await hub(['partners', 'list', ...address])
  writeFileSync(join(folder, 'admin.token'), 'token-of-folder-1\n')
  await hub(['partners', 'list', ...address])
  t.same(
    fake.asked.map(({ authorization }) => authorization),
    ['Bearer token-of-option-1', undefined, 'Bearer token-of-folder-1'],
  )
  t.equal((await hub(['partners', 'list', ...address, '--token-file', 'absent'])).exit, exitCodes.usage)
  t.equal((await hub(['partners', 'list', '--set', 'admin.port=0'])).exit, exitCodes.usage)
  t.equal((await hub(['partners', 'list', '--address', 'ftp://x'])).exit, exitCodes.usage)
  t.equal((await hub(['partners', 'list', '--timeout', 'x'])).exit, exitCodes.usage)
})
