// The inbox over real HTTP: cursors, waiting, waking, and what a service says of what it got (RULES 19, 27).

import { request } from 'node:http'
import t from 'tap'
import { Compile } from 'typebox/compile'
import { InboxPage } from '../../schemas/api.ts'
import { startTestApi, type TestApi, until } from '../support/internal-plane.ts'

type Page = {
  items: { position: number; kind: string; cursor: string; message: { id: string; answer: object } | null }[]
  next: string
}

const id = (letter: string) => letter.repeat(32)
const check = Compile(InboxPage)

async function read(api: TestApi, query = '', key = api.keys['2AB']): Promise<Page> {
  const told = await api.ask(`/api/v1/inbox?${query}`, { key })
  if (told.status !== 200 || !check.Check(told.json())) throw new Error(told.text)
  return told.json() as Page
}

t.test('RULES 27: entries come in one order, each once, from any cursor that was given', async (t) => {
  const api = await startTestApi(t)
  const empty = await read(api)
  t.same(empty.items, [])
  t.ok(empty.next, 'a cursor is there also when nothing came')
  const rows = []
  for (let n = 0; n < 5; n++) rows.push(await api.receive('2AB'))
  await api.arrive('2AB', rows[0]?.id ?? '', 'answer')
  const all = await read(api, `after=${empty.next}`)
  t.same(
    all.items.map(({ position, kind, message }) => [position, kind, message?.id]),
    [...rows.map(({ id }, i) => [i + 1, 'message', id]), [6, 'answer', rows[0]?.id]],
  )
  t.equal(all.next, all.items.at(-1)?.cursor)
  const first = await read(api, 'limit=2')
  const second = await read(api, `limit=2&after=${first.next}`)
  const third = await read(api, `limit=9&after=${second.items[0]?.cursor}`)
  t.same(
    [first, second, third].map(({ items }) => items.map(({ position }) => position)),
    [
      [1, 2],
      [3, 4],
      [4, 5, 6],
    ],
  )
  t.same((await read(api, `after=${all.next}`)).next, all.next)
  t.match(all.items[0]?.message, { direction: 'in', sender: '2ZA-sender', documents: [{ type: String }] })
})

t.test('RULES 4: the inbox of another home code is another one, and its cursors are none here', async (t) => {
  const api = await startTestApi(t)
  await api.receive('2AB')
  const other = await api.receive('2CD')
  const [own, theirs] = [await read(api), await read(api, '', api.keys['2CD'])]
  t.same(
    theirs.items.map(({ message }) => message?.id),
    [other.id],
  )
  const wrong = [
    own.next,
    `${theirs.next}A`,
    theirs.next.slice(1),
    'x',
    Buffer.from('1'.repeat(17)).toString('base64url'),
  ]
  const answers = await Promise.all(
    wrong.map((cursor) => api.ask(`/api/v1/inbox?after=${cursor}`, { key: api.keys['2CD'] })),
  )
  for (const answer of answers) {
    t.equal(answer.status, 400)
    t.same(answer.json(), answers[0]?.json(), 'one answer for all that are none')
    t.match(answer.json(), { code: 'api.cursor' })
  }
  await api.store.query("update home_head set last = 0 where home = '2CD'")
  const restored = await api.ask(`/api/v1/inbox?after=${theirs.next}`, { key: api.keys['2CD'] })
  t.match(restored.json(), { code: 'api.cursor' }, 'a position that was never given would skip rows')
})

t.test('a reader that waits is woken by what comes, and by nothing else', async (t) => {
  const api = await startTestApi(t)
  const { next } = await read(api)
  const from = performance.now()
  const waiting = read(api, `after=${next}&waitS=30`)
  const others = read(api, `after=${(await read(api, '', api.keys['2CD'])).next}&waitS=1`, api.keys['2CD'])
  const row = await api.receive('2AB')
  const got = await waiting
  t.ok(performance.now() - from < 20_000)
  t.same(
    got.items.map(({ message }) => message?.id),
    [row.id],
  )
  t.same((await others).items, [], 'and the one whose time is over gets an empty page')
  const wrong = await api.ask('/api/v1/inbox?waitS=61')
  t.match(wrong.json(), { code: 'api.invalid', at: 'querystring/waitS' })
})

t.test('a notification that was lost costs a look by the clock, not the row', async (t) => {
  const api = await startTestApi(t)
  const row = await api.receive('2AB')
  const { next } = await read(api)
  const waiting = read(api, `after=${next}&waitS=30`)
  await api.store.query(
    "insert into home_arrival (id, home, kind, message, at) values ($1, '2AB', 'answer', $1, now())",
    [row.id],
  )
  t.same(
    (await waiting).items.map(({ kind }) => kind),
    ['answer'],
  )
})

t.test('waiting ends with the plane, and with a client that goes', async (t) => {
  const api = await startTestApi(t)
  const { next } = await read(api)
  const headers = { authorization: `Bearer ${api.keys['2AB']}` }
  const gone = request(`${api.address}/api/v1/inbox?waitS=60&after=${next}`, { headers, agent: false })
  gone.on('error', () => undefined).end()
  await until(() => api.plane.inFlight().readers === 1)
  gone.destroy()
  await until(() => api.plane.inFlight().readers === 0)
  const waiting = read(api, `after=${next}&waitS=60`)
  await until(() => api.plane.inFlight().readers === 1)
  t.equal(api.plane.inFlight().requests, 0, 'those who wait take no place of others')
  const from = performance.now()
  await api.plane.close()
  t.same((await waiting).items, [])
  t.ok(performance.now() - from < 10_000, 'nobody waits for the end of sixty seconds')
})

t.test('RULES 19: a service says success, an error, or unknown ids of what it got', async (t) => {
  const api = await startTestApi(t)
  const say = (row: { id: string }, body: object, key = api.keys['2AB']) =>
    api.ask(`/api/v1/messages/${row.id}/acknowledgement`, { body, key })
  const rows = [await api.receive('2AB'), await api.receive('2AB'), await api.receive('2AB')] as const
  const success = await say(rows[0], { outcome: 'success' })
  t.match([success.status, success.json()], [200, { id: rows[0].id, state: 'delivered' }])
  t.equal((await say(rows[0], { outcome: 'success' })).status, 200, 'the same may be said again')
  t.match(await statusAndBody(say(rows[0], { outcome: 'error', text: 'x' })), [
    409,
    { code: 'home.already-answered' },
  ])
  const error = await say(rows[1], { outcome: 'error', text: 'Договор не найден' })
  t.match(error.json(), { answer: { outcome: 'error', text: 'Договор не найден' } })
  const unknown = await say(rows[2], { outcome: 'unknown-ids', ids: [id('a')] })
  t.match(unknown.json(), { answer: { outcome: 'unknown-id', ids: [id('a')] } })
  t.match(api.acknowledgements.at(-1), {
    home: '2AB',
    apiKey: /^[a-z0-9]{12}$/,
    outcome: { is: 'unknown-id' },
  })

  const another = await api.receive('2CD')
  const own = await api.receive('2AB', { row: { peer: 'home:2AB', next_peer: 'pb' } })
  for (const row of [another, own, { id: rows[0].id.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }]) {
    t.match(await statusAndBody(say(row, { outcome: 'success' })), [404, { code: 'api.not-found' }])
  }
  for (const wrong of [
    {},
    { outcome: 'maybe' },
    { outcome: 'error' },
    { outcome: 'success', text: 'x' },
    { outcome: 'success', ids: [id('a')] },
    { outcome: 'unknown-ids' },
    { outcome: 'unknown-ids', ids: [] },
    { outcome: 'unknown-ids', ids: ['short'] },
    { outcome: 'error', text: 'x'.repeat(2001) },
    { outcome: 'error', text: 'a\0b' },
  ]) {
    t.match(await statusAndBody(say(rows[1], wrong)), [400, { code: 'api.invalid' }], JSON.stringify(wrong))
  }
})

async function statusAndBody(told: ReturnType<TestApi['ask']>): Promise<[number, object]> {
  const { status, json } = await told
  return [status, json()]
}
