// The internal API over real HTTP: submissions, messages, their bodies, and what is open to everybody.

import { createHash } from 'node:crypto'
import { request } from 'node:https'
import t, { type Test } from 'tap'
import { Compile } from 'typebox/compile'
import { dispositionOf } from '../../hub/api/internal/messages/messages.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { documentTypes } from '../../operators/dialects/roseu/profile.ts'
import {
  MessageDetails,
  MessagePage,
  MessageSubmitted,
  OperatorList,
  ParticipantAnswer,
  Problem,
} from '../../schemas/api.ts'
import { documentNeeds } from '../../schemas/document-types.ts'
import { refuse } from '../../schemas/refusals.ts'
import { packageOutRow } from '../support/admin-plane.ts'
import { newKey, rightMessage, startTestApi } from '../support/internal-plane.ts'
import { devTls } from '../support/tls.ts'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
const base64 = (text: string) => Buffer.from(text).toString('base64')
const id = (letter: string) => letter.repeat(32)

const answers = { MessageDetails, MessagePage, MessageSubmitted, OperatorList, ParticipantAnswer, Problem }

/** The answer of a route, held against the schema its documentation gives. */
function fits<Answer>(t: Test, name: keyof typeof answers, value: unknown): Answer {
  const check = Compile(answers[name])
  t.ok(check.Check(value), `${name}: ${JSON.stringify([...check.Errors(value)].slice(0, 3))}`)
  return value as Answer
}

t.test('a message in JSON is taken, told by its ids and digests, and found again', async (t) => {
  const api = await startTestApi(t)
  const key = newKey()
  const body = rightMessage()
  const told = await api.ask('/api/v1/messages', { body, headers: { 'idempotency-key': key } })
  t.equal(told.status, 201, told.text)
  const submitted = fits<MessageSubmitted>(t, 'MessageSubmitted', told.json())
  t.equal(told.headers.get('location'), submitted.href)
  t.match(submitted, {
    isDryRun: false,
    isRepeated: false,
    route: { via: 'pb', reason: String },
    documents: [{ bytes: 8, sha256: sha256('a letter') }],
    signatures: [{ bytes: 11, sha256: sha256('a signature'), document: submitted.documents[0]?.id }],
  })
  const [submission] = api.submissions
  t.match(submission, {
    home: '2AB',
    key,
    sender: '2AB-sender',
    recipient: '2ZB-recipient',
    recipientUnit: undefined,
    allowsUnknownReferences: false,
    isDryRun: false,
    remote: '127.0.0.1',
    apiKey: /^[a-z0-9]{12}$/,
  })
  t.match(submission?.documents[0], {
    type: 'Неформализованный',
    number: '17',
    encrypted: false,
    parents: [],
  })
  t.equal(submission?.signatures[0]?.signer, '2AB-sender')

  const again = await api.ask('/api/v1/messages', { body, headers: { 'idempotency-key': key } })
  t.equal(again.status, 200)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.same({ ...again.json(), isRepeated: false }, submitted, 'ids the service left out are the same again')

  const read = await api.ask(submitted.href ?? '')
  t.equal(read.status, 200, read.text)
  const details = fits<MessageDetails>(t, 'MessageDetails', read.json())
  t.match(details, {
    id: submitted.id,
    direction: 'out',
    state: 'ready',
    stateText: { ru: 'Готово к отправке', en: 'Ready to be sent' },
    documents: [{ fileName: 'письмо.txt', number: '17', bytes: 8, parents: [] }],
    signatures: [{ bytes: 11, sha256: sha256('a signature') }],
    timeline: [{ what: { ru: 'Принято хабом' }, where: 'home:2AB' }],
    answer: { outcome: null, isTold: false },
  })
})

t.test('a dry run checks everything and keeps nothing', async (t) => {
  const api = await startTestApi(t)
  const headers = { 'idempotency-key': newKey() }
  const told = await api.ask('/api/v1/messages?dryRun=true', { body: rightMessage(), headers })
  t.equal(told.status, 200)
  t.match(told.json(), { id: null, wireId: null, isDryRun: true, href: null, route: { via: 'pb' } })
  t.equal((await api.ask('/api/v1/messages?dryRun=false', { body: rightMessage(), headers })).status, 201)
  t.same(
    api.submissions.map(({ isDryRun }) => isDryRun),
    [true, false],
  )
})

t.test('a form carries files and signatures of any bytes', async (t) => {
  const api = await startTestApi(t)
  const file = Buffer.from([0, 255, 13, 10, 45, 45, 200, ...Buffer.from('--boundary')])
  const form = new FormData()
  const message = {
    sender: '2AB-sender',
    recipient: '2ZB-recipient',
    recipientUnit: 'Склад',
    documents: [
      {
        id: id('d'),
        type: 'Акт',
        fileName: 'акт.pdf',
        answerExpected: true,
        file: 'act',
        sha256: sha256(file).toUpperCase(),
        signatures: [{ id: id('e'), signer: '2AB-director', file: 'act.sig' }],
      },
      { type: 'Счет', fileName: 'счёт.pdf', content: base64('a bill'), parents: [id('d')] },
    ],
    signatures: [{ document: id('f'), content: base64('for an earlier one') }],
    allowUnknownReferences: true,
  }
  form.append('act', new Blob([file]), 'whatever.bin')
  form.append('message', new Blob([JSON.stringify(message)], { type: 'application/json' }), 'm.json')
  form.append('act.sig', 'a signature as a plain field')
  const told = await api.ask('/api/v1/messages', { body: form, headers: { 'idempotency-key': newKey() } })
  t.equal(told.status, 201, told.text)
  const [submission] = api.submissions
  t.same(Buffer.from(submission?.documents[0]?.body ?? []), file)
  t.match(submission?.documents, [
    { id: id('d'), answerExpected: true, date: new Date().toISOString().slice(0, 10) },
    { parents: [id('d')] },
  ])
  t.match(submission?.signatures, [
    { id: id('e'), signer: '2AB-director', document: id('d') },
    { document: id('f'), signer: '2AB-sender' },
  ])
  t.equal(submission?.recipientUnit, 'Склад')
  t.equal(submission?.allowsUnknownReferences, true)
})

t.test('a message may hold signatures alone, or a refusal of another document', async (t) => {
  const api = await startTestApi(t)
  const only = { documents: undefined, signatures: [{ document: id('a'), content: base64('s') }] }
  const refusal = {
    documents: [
      {
        type: 'ОтказПодписи',
        fileName: 'отказ.xml',
        parents: [id('a')],
        content: base64('<x/>'),
        signatures: [{ content: base64('s') }],
      },
    ],
  }
  for (const over of [only, refusal]) {
    const asking = { body: rightMessage(over), headers: { 'idempotency-key': newKey() } }
    const told = await api.ask('/api/v1/messages', asking)
    t.equal(told.status, 201, told.text)
  }
  t.equal(api.submissions[0]?.documents.length, 0)
})

t.test('a document without a date keeps the day it was first taken on', async (t) => {
  const api = await startTestApi(t)
  const key = newKey()
  const body = rightMessage({ documents: [{ type: 'Счет', fileName: 'a.txt', content: base64('a') }] })
  await api.admin.context.store.query(
    'insert into package_seen (peer, name_key, package, sha256, status, code, answer, seen_at) ' +
      "values ('home:2AB', $1, $2, '', 201, 'accepted', '', '2026-01-02T23:59:59Z')",
    [key, '0199c7a0-0000-7000-8000-000000000001'],
  )
  await api.ask('/api/v1/messages', { body, headers: { 'idempotency-key': key } })
  await api.ask('/api/v1/messages', { body, headers: { 'idempotency-key': newKey() } })
  const today = new Date().toISOString().slice(0, 10)
  t.same(
    api.submissions.map(({ documents }) => documents[0]?.date),
    ['2026-01-02', today],
  )
})

t.test('every type of the published schema says what it needs, and is refused without it', async (t) => {
  t.same([...documentNeeds.keys()].sort(), [...documentTypes].sort())
  const api = await startTestApi(t)
  const codesOf = async (document: object) => {
    const headers = { 'idempotency-key': newKey() }
    const body = rightMessage({ documents: [{ fileName: 'a.xml', content: base64('a'), ...document }] })
    const told = await api.ask('/api/v1/messages', { body, headers })
    const { code, errors } = told.json() as { code?: string; errors?: { code: string }[] }
    return told.status === 201 ? [] : (errors?.map((one) => one.code) ?? [code]).sort()
  }
  for (const [type, { needsParent, needsSignature }] of documentNeeds) {
    const wanted = [
      ...(needsParent ? ['api.parent-missing'] : []),
      ...(needsSignature ? ['api.signature-missing'] : []),
    ]
    t.same(await codesOf({ type }), wanted, type)
    const whole = { type, parents: [id('a')], signatures: [{ content: base64('s') }] }
    t.same(await codesOf(whole), [], `${type}, whole`)
  }
})

t.test('what the desk refuses is told with its code, its fault and what to do', async (t) => {
  const api = await startTestApi(t, { desk: () => refuse('route.no-peer', 'Оператор Б (b): не активен') })
  const asking = { body: rightMessage(), headers: { 'idempotency-key': newKey() } }
  const told = await api.ask('/api/v1/messages', asking)
  t.equal(told.status, 422)
  t.match(told.headers.get('content-type'), 'application/problem+json')
  const problem = fits<{ type: string }>(t, 'Problem', told.json())
  t.match(problem, {
    type: '/api/v1/problems/route.no-peer',
    title: /С оператором получателя нет обмена \(There is no exchange/,
    detail: 'Оператор Б (b): не активен',
    fault: 'configuration',
    faultText: /настройках/,
    advice:
      'Узнайте у оператора хаба, какие операторы подключены. (Ask the hub which operators are connected.)',
  })
  const page = await api.ask(problem.type, { key: '' })
  t.equal(page.status, 200)
  t.match(page.text, /С оператором получателя нет обмена/)
  t.match(page.text, /^Узнайте у оператора хаба.*\. \(Ask the hub .*\.\)$/m)
  t.equal((await api.ask('/api/v1/problems/no.such', { key: '' })).status, 404)
})

t.test('messages are found by what a service knows of them, page by page', async (t) => {
  const api = await startTestApi(t)
  const day = 86_400_000
  const at = (days: number) => new Date(Date.now() - days * day)
  const inward = await api.receive('2AB', {
    row: { received_at: at(3), sender: '2ZA-Иванов', state: 'delivered' },
    documents: [{ id: id('a'), number: 'СФ-1/Б' }],
  })
  const outward = await api.receive('2AB', {
    row: { received_at: at(2), peer: 'home:2AB', next_peer: 'pb', sender: '2AB-s', recipient: '2ZB-Петров' },
    documents: [{ id: id('b'), number: '№ 7' }],
  })
  const later = await api.receive('2AB', { row: { received_at: at(1) }, documents: [{ id: id('c') }] })
  const list = async (query: string) => {
    const told = await api.ask(`/api/v1/messages?${query}`)
    t.equal(told.status, 200, told.text)
    return fits<MessagePage>(t, 'MessagePage', told.json())
  }
  const ids = async (query: string) => (await list(query)).items.map((item) => item.id)
  t.same(await ids(''), [later.id, outward.id, inward.id])
  t.same(await ids('direction=out'), [outward.id])
  t.same(await ids('direction=in'), [later.id, inward.id])
  t.same(await ids('state=delivered'), [inward.id])
  t.same(await ids(`from=${at(2.5).toISOString()}&to=${at(1.5).toISOString()}`), [outward.id])
  t.same(await ids(`counterparty=${encodeURIComponent('2za-иванов')}`), [inward.id])
  t.same(await ids(`counterparty=${encodeURIComponent('2ZB-ПЕТРОВ')}`), [outward.id])
  t.same(await ids('counterparty=2AB-s'), [], 'its own side is no counterparty')
  t.same(await ids(`number=${encodeURIComponent('сф-1/б')}`), [inward.id])
  t.same(await ids(`number=${encodeURIComponent('№ 7')}&direction=in`), [])
  t.same(await ids(`document=${id('c')}`), [later.id])
  const first = await list('limit=2')
  t.match(first.items[1]?.documents, [{ id: id('b'), number: '№ 7', fileName: 'письмо.txt' }])
  const second = await list(`limit=2&after=${first.next}`)
  t.same([second.items.map((item) => item.id), second.next], [[inward.id], null])
  const other = await api.ask(`/api/v1/messages?limit=2&direction=in&after=${first.next}`)
  t.match([other.status, other.json()], [400, { code: 'api.cursor' }], 'a cursor is of its filters')
  for (const wrong of [
    'limit=201',
    'to=2026-02-30',
    'from=2026-02-02&to=2026-02-01',
    'state=odd',
    'x=1',
    'number=%00',
  ]) {
    t.match((await api.ask(`/api/v1/messages?${wrong}`)).json(), { code: 'api.invalid' }, wrong)
  }
})

t.test('bodies and signatures come as they are, with digests, and never as a page', async (t) => {
  const api = await startTestApi(t)
  const body = Buffer.from('<script>alert(1)</script>\0\xff', 'latin1')
  const fileName = 'счёт "№ 1" (копия)\'*.html'.replace('*', '')
  const row = await api.receive('2AB', {
    documents: [{ id: id('a'), fileName: fileName.replaceAll('"', ''), body }],
    signatures: [{ id: id('b'), document: id('a'), bytes: Buffer.from('sig') }],
  })
  const told = await api.ask(`/api/v1/messages/${row.id}/documents/${id('a')}`)
  t.equal(told.status, 200, told.text)
  t.same(told.bytes, body)
  const digest = createHash('sha256').update(body).digest('base64')
  t.match(Object.fromEntries(told.headers), {
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'repr-digest': `sha-256=:${digest}:`,
    digest: `SHA-256=${digest}`,
    etag: `"${sha256(body)}"`,
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'content-disposition': /^attachment; filename="[\w ._-]+"; filename\*=UTF-8''%D1%81/,
  })
  const signature = await api.ask(`/api/v1/messages/${row.id}/signatures/${id('b')}`)
  t.equal(signature.text, 'sig')
  t.match(signature.headers.get('content-disposition'), `filename="${id('b')}.p7s"`)
  for (const path of [
    `documents/${id('b')}`,
    `signatures/${id('a')}`,
    'documents/..%2f..%2fdescription',
    'documents/',
  ]) {
    t.equal((await api.ask(`/api/v1/messages/${row.id}/${path}`)).status, 404, path)
  }
  t.equal(dispositionOf('a"\r\nb.txt'), `attachment; filename="a___b.txt"; filename*=UTF-8''a%22%0D%0Ab.txt`)
})

t.test('a message tells its attempts and its end in words, and nothing of its neighbours', async (t) => {
  const api = await startTestApi(t)
  const row = await api.receive('2AB', {
    row: {
      peer: 'home:2AB',
      next_peer: 'pb',
      sender: '2AB-s',
      recipient: '2ZB-r',
      state: 'refused',
      reason: 'next.error',
      answer: 'told',
      answer_code: 'error',
      answer_text: 'Нет такого договора',
    },
  })
  const out = packageOutRow([row])
  const attempts = [
    { number: 1, class: 'transient', reason: 'answer.500', status: 500 },
    { number: 2, class: 'accepted', reason: 'answer.200', status: 200 },
  ].map((one) => {
    const at = new Date()
    return { id: newRowId(), package_out: out.id, started_at: at, ended_at: at, answer: null, ...one }
  })
  await api.admin.write({ packagesOut: [out], attempts })
  await api.store.query('update message set package_out = $2 where id = $1', [row.id, out.id])
  const told = await api.ask(`/api/v1/messages/${row.id}`)
  const details = fits<MessageDetails>(t, 'MessageDetails', told.json())
  t.match(details, {
    isFinal: true,
    reason: {
      code: 'next.error',
      title: /Оператор получателя сообщил об ошибке/,
      advice: 'Прочитайте текст ошибки. (See the text of the error.)',
    },
    answer: { outcome: 'error', text: 'Нет такого договора', isTold: true, words: { ru: /Ошибка/ } },
    attempts: [
      { number: 1, carries: 'message', outcome: { ru: 'Не удалось, попытка будет повторена' }, status: 500 },
      { number: 2, outcome: { ru: 'Принято' } },
    ],
  })
  t.notMatch(told.text, 'of-somebody-else', 'facts of the journal may name messages of others')
})

t.test('the address book tells who is reached, and by what reason who is not', async (t) => {
  const api = await startTestApi(t)
  await api.admin.registry.apply(
    {
      operators: [
        { id: 'c', name: 'Оператор В', active: true, codes: [{ code: '2ZC' }] },
        { id: 'own', name: 'Свой', active: true, codes: [{ code: '2AB' }] },
      ],
    },
    { actor: 'tests', reason: 'tests' },
  )
  await api.admin.registry.setPeerState('pb' as never, 'suspended', { actor: 'tests', reason: 'tests' })
  const told = await api.ask('/api/v1/operators')
  const { items } = fits<{ items: Record<string, unknown>[] }>(t, 'OperatorList', told.json())
  t.match(
    items.map(({ id, state, isReachable, codes }) => [id, state, isReachable, codes]),
    [
      ['a', 'active', true, ['2ZA']],
      ['b', 'suspended', true, ['2ZB']],
      ['c', 'not-set-up', false, ['2ZC']],
      ['own', 'home', true, ['2AB']],
    ],
  )
  t.notMatch(told.text, /CERTIFICATE|https:/, 'neither certificates nor addresses')
  const about = async (participant: string) => {
    const answer = await api.ask(`/api/v1/participants/${encodeURIComponent(participant)}`)
    return fits<Record<string, unknown>>(t, 'ParticipantAnswer', answer.json())
  }
  t.match(await about('2ZA-кто/то?'), { state: 'active', via: 'pa', operator: { id: 'a', code: '2ZA' } })
  t.match(await about('2ZB-1'), { state: 'suspended', isReachable: true, reason: /код 2ZB принадлежит/ })
  t.match(await about('2AB-1'), { state: 'home', via: 'home:2AB' })
  t.match(await about('2ZC-1'), {
    isReachable: false,
    refusal: { code: 'route.no-peer' },
    reason: /Оператор В/,
  })
  t.match(await about('2QQ-1'), { operator: null, refusal: { code: 'route.unknown-operator' } })
  t.match((await api.ask('/api/v1/participants/ab')).json(), { code: 'api.invalid' })
})

t.test('the document and its pages are open, served from here alone', async (t) => {
  const api = await startTestApi(t)
  const open = (path: string) => api.ask(path, { key: '' })
  t.same((await open('/api/v1/health')).json(), { status: 'ok' })
  for (const path of ['/api/v1/docs', '/api/v1/docs/', '/api/v1/docs/static/swagger-ui.css']) {
    const page = await open(path)
    t.equal(page.status, 200, path)
    t.match(page.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self';/)
    t.equal(page.headers.get('x-frame-options'), 'DENY')
    if (!path.endsWith('.css')) t.notMatch(page.text, /(?:src|href)="(?:https?:)?\/\/[a-z]/)
  }
  const bundle = await open('/api/v1/docs/static/swagger-ui-bundle.js')
  t.equal(bundle.status, 200)
  t.equal((await open('/api/v1/openapi.json')).status, 200)
  t.equal((await open('/api/v1/docs/json')).status, 200)
})

t.test('the plane speaks TLS when it has a certificate', async (t) => {
  const api = await startTestApi(t, { tls: devTls })
  const status = await new Promise((resolve, reject) => {
    request(`${api.address}/api/v1/health`, { ca: devTls.cert, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  t.equal(status, 200)
})
