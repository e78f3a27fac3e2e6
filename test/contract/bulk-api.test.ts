// Bulk jobs over the internal API: a list comes in whole, its rows and result are given, for the home code of the key alone.

import t from 'tap'
import { searchRound } from '../../hub/bulk/search.ts'
import { limits } from '../../schemas/limits.ts'
import { waitingInvite } from '../support/applications.ts'
import { fakeDirectory, hitOf } from '../support/bulk.ts'
import { newKey, startTestApi, type TestApi } from '../support/internal-plane.ts'
import { in1251, innOf, workbookOf } from '../support/lists.ts'

const sender = '2AB-sender'
const open = new AbortController().signal
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

type Upload = { type?: string; key?: string; idempotency?: string; query?: string; sender?: string }

function upload(api: TestApi, body: unknown, over: Upload = {}) {
  const query = `sender=${over.sender ?? sender}${over.query ?? ''}`
  return api.ask(`/api/v1/bulk?${query}`, {
    method: 'POST',
    body,
    headers: {
      'idempotency-key': over.idempotency ?? newKey(),
      ...(over.type === '' ? {} : { 'content-type': over.type ?? 'text/csv' }),
    },
    ...(over.key === undefined ? {} : { key: over.key }),
  })
}

const search = (api: TestApi) =>
  searchRound(
    {
      context: api.admin.context,
      directory: fakeDirectory({ byInn: (inn) => (inn === innOf(3) ? [] : [hitOf(inn, 'invitable')]) }),
      onFault: (_, error) => {
        throw error
      },
    },
    undefined,
    open,
  )

t.test('takes a list as the body or as a part of a form, in every form of list', async (t) => {
  const api = await startTestApi(t)
  const text = `ИНН;Название\n${innOf(1)};Ёлка\n${innOf(2)};\n12;\n`
  const form = new FormData()
  form.set('list', new Blob([text], { type: 'text/csv' }), 'список.csv')
  const sheet = workbookOf(
    [innOf(1), innOf(2), '12'].map((inn) => `<row><c><v>${inn}</v></c></row>`).join(''),
  )
  const answers = [
    await upload(api, text),
    await upload(api, in1251(text), { type: 'application/octet-stream' }),
    await upload(api, `${innOf(1)}\n${innOf(2)}\n12`, { type: 'text/plain; charset=utf-8' }),
    await upload(api, sheet, { type: xlsx }),
    await upload(api, form, { type: '' }),
  ]
  for (const answer of answers) {
    t.equal(answer.status, 201, answer.text)
    t.match(answer.json(), {
      state: 'running',
      phase: 'searching',
      rows: 3,
      groups: { waiting: 2, faulty: 1 },
    })
    t.equal(answer.headers.get('location'), answer.json()['href'])
  }
})

t.test(
  'answers a repeat with the job it made, and other content under its key with a conflict',
  async (t) => {
    const api = await startTestApi(t)
    const first = await upload(api, innOf(1), { idempotency: 'one' })
    const again = await upload(api, innOf(1), { idempotency: 'one' })
    t.equal(again.status, 200)
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.equal(again.json()['id'], first.json()['id'])
    t.match(await upload(api, innOf(2), { idempotency: 'one' }), { status: 409 })
    t.match(await upload(api, innOf(1), { idempotency: 'one', query: '&lookUp=false' }), { status: 409 })
  },
)

t.test('refuses what is no list, is too large, or is not of the caller', async (t) => {
  const api = await startTestApi(t)
  const code = async (answer: ReturnType<typeof upload>) => {
    const { status, json } = await answer
    return `${status} ${json()['code']}`
  }
  t.equal(await code(upload(api, 'имя\nа\n')), '422 list.columns')
  t.equal(await code(upload(api, '{}', { type: 'application/json' })), '415 api.content-type')
  t.equal(await code(upload(api, innOf(1), { type: 'text/html' })), '415 api.content-type')
  t.equal(await code(upload(api, innOf(1), { sender: '2CD-sender' })), '422 api.sender')
  t.equal(
    await code(upload(api, innOf(1), { idempotency: 'а'.replace('а', 'a b') })),
    '400 api.idempotency-key',
  )
  t.equal(await code(upload(api, Buffer.alloc(limits.listBytesMax + 1, '1'))), '413 api.too-large')
  const form = new FormData()
  form.set('other', new Blob(['x']), 'x')
  t.equal(await code(upload(api, form, { type: '' })), '400 api.part')
  const key = await api.makeKey({ verbs: ['read'] })
  t.equal(await code(upload(api, innOf(1), { key })), '403 api.scope')
})

t.test('shows a job, its rows and its result, orders invitations, pauses, resumes and cancels', async (t) => {
  const api = await startTestApi(t)
  const made = await upload(api, `ИНН;Почта\n${[1, 2, 3, 4].map((n) => `${innOf(n)};`).join('\n')}\n12;\n`)
  const href = String(made.json()['href'])
  await search(api)
  t.match((await api.ask(href)).json(), { phase: 'done', searched: 5, groups: { ready: 3, notFound: 1 } })
  const page = (await api.ask(`${href}/rows?group=ready&limit=2`)).json()
  t.match(page, { items: [{ number: 2, operator: 'Оператор Б' }, { number: 3 }], next: 3 })
  t.match((await api.ask(`${href}/rows?group=ready&after=3`)).json(), { items: [{ number: 5 }], next: null })
  const faulty = (await api.ask(`${href}/rows?group=faulty`)).json()
  t.match(faulty, { items: [{ number: 6, inn: '12', code: 'inn.form', text: /ИНН/ }] })
  t.match(await api.ask(`${href}/rows?group=all`), { status: 400 })

  const csv = await api.ask(`${href}/result`)
  t.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8')
  t.match(csv.headers.get('content-disposition'), /^attachment; filename="bulk-/)
  t.match(csv.text, `Можно пригласить;2;${innOf(1)};`)
  t.equal((await api.ask(`${href}/result?format=xlsx`)).bytes.toString('latin1', 0, 2), 'PK')

  const order = (body: unknown) => api.ask(`${href}/invite`, { method: 'POST', body })
  const message = 'я'.repeat(limits.bulkTextLengthMax)
  t.match((await order({ rows: [2], message })).json(), { queued: 1, job: { phase: 'inviting' } })
  t.match(await order({ rows: [2], message: `${message}я` }), { status: 400 })
  t.match((await order({ rows: 'all-ready' })).json(), { queued: 2 })
  t.match(await order({ rows: [6] }), { status: 422, text: /bulk\.rows/ })
  t.match(await order({ rows: [] }), { status: 400 })

  const act = (verb: string) => api.ask(`${href}/${verb}`, { method: 'POST' })
  t.match((await act('pause')).json(), { state: 'paused' })
  t.match((await act('resume')).json(), { state: 'running' })
  t.match((await act('cancel')).json(), { state: 'cancelled' })
  t.match(await act('resume'), { status: 409, text: /bulk\.state/ })
})

t.test('a job of another home code is as unknown as none', async (t) => {
  const api = await startTestApi(t)
  const href = String((await upload(api, innOf(1))).json()['href'])
  const key = api.keys['2CD']
  for (const path of ['', '/rows?group=ready', '/result'])
    t.match(await api.ask(href + path, { key }), { status: 404 })
  for (const path of ['/invite', '/pause', '/resume', '/cancel']) {
    const body = path === '/invite' ? { body: { rows: 'all-ready' } } : {}
    t.match(await api.ask(href + path, { method: 'POST', key, ...body }), { status: 404 }, path)
  }
  t.match((await api.ask('/api/v1/bulk', { key })).json(), { items: [], next: null })
  t.match(await api.ask('/api/v1/bulk/none'), { status: 404 })
})

t.test('lists jobs page by page, newest first', async (t) => {
  const api = await startTestApi(t)
  const ids = []
  for (const n of [1, 2, 3]) ids.unshift((await upload(api, innOf(n))).json()['id'])
  const first = (await api.ask('/api/v1/bulk?limit=2')).json()
  const idsOf = ({ items }: Record<string, unknown>) => (items as { id: string }[]).map(({ id }) => id)
  t.strictSame(idsOf(first), ids.slice(0, 2))
  t.strictSame(idsOf((await api.ask(`/api/v1/bulk?after=${first['next']}`)).json()), ids.slice(2))
})

t.test(
  'services see how the applications of their home code stand, and no accounts of engineers',
  async (t) => {
    const api = await startTestApi(t)
    const at = new Date()
    const { sender, sender_inn, sender_kpp, sender_name } = waitingInvite(1)
    const application = {
      ...{
        id: api.admin.context.clock.newId(),
        home: '2AB',
        operator: 'b',
        sender_key: sender.toLowerCase(),
      },
      ...{ sender, sender_inn, sender_kpp, sender_name, state: 'sent' as const, number: '17', rows: 1 },
      ...{ is_filling: false, made_at: at, sent_at: at, sent_by: 'petrov', ended_at: null, ended_by: null },
      version: 1,
    }
    await api.admin.write({ applications: [application] })
    const { text, json } = await api.ask('/api/v1/applications')
    t.match(json(), {
      items: [{ state: 'sent', number: '17', operator: { name: 'Оператор Б' } }],
      next: null,
    })
    t.notMatch(text, 'petrov')
    t.match((await api.ask('/api/v1/applications', { key: api.keys['2CD'] })).json(), { items: [] })
  },
)
