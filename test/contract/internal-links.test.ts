// Links over real HTTP: pages, the sides of home codes, and requests that are wrong or not theirs to make.

import t from 'tap'
import { Compile } from 'typebox/compile'
import { commitFresh } from '../../hub/links/follow.ts'
import { say } from '../../hub/links/say.ts'
import { InboxPage } from '../../schemas/api.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { LinkDetails, LinkPage } from '../../schemas/links/api.ts'
import { startTestApi, type TestApi } from '../support/internal-plane.ts'

t.setTimeout(120_000)
const own = '2AB-7712345678'
const organisation = { inn: '7712345678', name: 'ООО "Свой"' }
const path = '/api/v1/links'

async function ask(api: TestApi, by: string, to: string, type: 'ask' | 'break' = 'ask') {
  const { context } = api.admin
  await commitFresh(context, async () => {
    const at = new Date()
    const sides = { by: by as ParticipantId, to: to as ParticipantId }
    return (await say(context, { ...sides, type, sentAt: at.toISOString(), at })).change
  })
}

const post = (api: TestApi, body: unknown, headers: Record<string, string> = { 'idempotency-key': 'k' }) =>
  api.ask(`${path}/answer`, { body, headers })

t.test('links come page by page, each once, as their own side sees them', async (t) => {
  const api = await startTestApi(t)
  const others = ['2ZA-one', '2ZB-two', '0AA-three', '2ZA-four', '2CD-five']
  for (const other of others) await ask(api, other, own)
  await ask(api, own, '2ZA-one')
  const seen: { counterparty: string; status: string }[] = []
  let after = ''
  for (let pages = 0; pages < 4; pages += 1) {
    const told = await api.ask(`${path}?own=${own.toLowerCase()}&limit=2${after}`)
    if (!Compile(LinkPage).Check(told.json())) throw new Error(told.text)
    const page = told.json() as unknown as { items: typeof seen; next: string | null }
    seen.push(...page.items)
    if (page.next === null) break
    after = `&after=${page.next}`
  }
  t.same(
    seen.map(({ counterparty }) => counterparty),
    others.toReversed(),
  )
  t.same(
    seen.map(({ status }) => status),
    [...Array(4).fill('InvitesMe'), 'IsMyCounteragent'],
  )
  const linked = await api.ask(`${path}?own=${own}&status=IsMyCounteragent`)
  t.match(linked.json(), { items: [{ counterparty: '2ZA-one' }], next: null })
  const foreign = await api.ask(`${path}?own=2AB-other&limit=2${after}`)
  t.match(foreign.json(), { code: 'api.cursor' }, 'a cursor belongs to its question')
  t.equal((await api.ask(`${path}?own=${own}&limit=${limits.pageRowsMax}`)).status, 200)
  t.equal((await api.ask(`${path}?own=${own}&limit=${limits.pageRowsMax + 1}`)).status, 400)
})

t.test('RULES 4: a link is shown to the home codes of its sides, and is unknown to others', async (t) => {
  const api = await startTestApi(t)
  await ask(api, '2CD-theirs', own)
  await ask(api, '2ZA-one', '2CD-theirs')
  await ask(api, '2ZA-one', '2ZB-two')
  const { rows } = await api.store.query('select id, first_id, second_id from link order by id')
  const [shared = '', theirs = '', transit = ''] = rows.map(({ id }) => String(id))
  const read = (id: string, key = api.keys['2AB']) => api.ask(`${path}/${id}`, { key })
  const mine = await read(shared)
  t.ok(Compile(LinkDetails).Check(mine.json()), mine.text)
  t.match(mine.json(), {
    own,
    counterparty: '2CD-theirs',
    status: 'InvitesMe',
    events: [{ saidBy: 'counterparty' }],
  })
  t.match((await read(shared, api.keys['2CD'])).json(), {
    own: '2CD-theirs',
    status: 'IsInvitedByMe',
    events: [{ saidBy: 'us' }],
  })
  for (const id of [theirs, transit, '0199c7a0-0000-7000-8000-000000000001', 'nothing']) {
    t.match(await read(id), { status: 404 }, id)
  }
  t.equal((await read(theirs, api.keys['2CD'])).status, 200)
  t.match((await api.ask(`${path}/${shared}?own=2CD-theirs`)).json(), { code: 'api.sender' })
  t.equal((await api.ask(`${path}/${shared}?own=2AB-other`)).status, 404)
  for (const key of [api.keys['2AB'], api.keys['2CD']]) {
    const inbox = await api.ask('/api/v1/inbox', { key })
    t.ok(Compile(InboxPage).Check(inbox.json()), inbox.text)
    t.match(inbox.json(), {
      items: [{ kind: 'link', message: null, event: { news: 'invited', message: null } }],
    })
  }
})

t.test(
  'a link of two subscribers of one home code comes once, as the side sees it that is told',
  async (t) => {
    const api = await startTestApi(t)
    await ask(api, own, '2AB-other')
    await ask(api, '2AB-other', own)
    const { items } = (await api.ask('/api/v1/inbox')).json() as { items: { event: object }[] }
    t.match(items, [
      { event: { saidBy: 'counterparty', link: { own: '2AB-other', status: 'InvitesMe' } } },
      { event: { saidBy: 'counterparty', link: { own, status: 'IsMyCounteragent' } } },
    ])
    const { rows } = await api.store.query('select id from link')
    const id = String(rows[0]?.['id'])
    t.match((await api.ask(`${path}/${id}`)).json(), { own }, 'the first of both')
    t.match((await api.ask(`${path}/${id}?own=2ab-OTHER`)).json(), { own: '2AB-other' })
  },
)

t.test('of the events of a link the last are shown', async (t) => {
  const api = await startTestApi(t)
  for (let n = 0; n <= limits.linkEventsShownMax; n += 1) {
    await ask(api, '2ZA-one', own, n % 2 === 0 ? 'ask' : 'break')
    const { rows } = await api.store.query('select id from link')
    if (n < limits.linkEventsShownMax - 1) continue
    const { events } = (await api.ask(`${path}/${rows[0]?.['id']}`)).json() as { events: { news: string }[] }
    t.equal(events.length, limits.linkEventsShownMax)
    t.equal(events.at(-1)?.news, n % 2 === 0 ? 'invited' : 'withdrawn')
  }
})

t.test('an answer that has nothing to answer is refused by its own code', async (t) => {
  const api = await startTestApi(t)
  const answer = (answer: string, counterparty: string) =>
    post(
      api,
      { own, counterparty, answer, organisation },
      { 'idempotency-key': `${answer} ${counterparty}`.replace(' ', '-') },
    )
  await ask(api, own, '2ZA-asked')
  await ask(api, '2ZA-asking', own)
  await ask(api, '2ZA-linked', own)
  await ask(api, own, '2ZA-linked')
  const codes: Record<string, string> = {
    accept: 'link.nothing-to-accept',
    decline: 'link.nothing-to-decline',
    break: 'link.nothing-to-break',
    withdraw: 'link.nothing-to-withdraw',
  }
  const wanted = {
    '2ZA-nobody': ['accept', 'decline', 'break', 'withdraw'],
    '2ZA-asked': ['accept', 'decline', 'break'],
    '2ZA-asking': ['break', 'withdraw'],
    '2ZA-linked': ['decline', 'withdraw'],
  }
  for (const [counterparty, answers] of Object.entries(wanted)) {
    for (const one of answers) {
      t.match(await answer(one, counterparty), { status: 409 })
      t.match((await answer(one, counterparty)).json(), { code: codes[one] })
    }
  }
  const same = await answer('accept', '2ZA-linked')
  t.match(same, { status: 200 })
  t.match(same.json(), { message: null, isRepeated: false, link: { status: 'IsMyCounteragent' } })
})

t.test('wrong requests and those of others are refused, and nothing is said', async (t) => {
  const api = await startTestApi(t)
  await ask(api, '2ZA-one', own)
  const right = { own, counterparty: '2ZA-one', answer: 'accept', organisation }
  const long = 'я'.repeat(limits.organisationNameLengthMax)
  const wrong: [unknown, number, string][] = [
    [{ ...right, own: '2CD-theirs' }, 422, 'api.sender'],
    [{ ...right, own: '2ZA-one' }, 422, 'api.sender'],
    [{ ...right, counterparty: own.toLowerCase() }, 422, 'link.own'],
    [{ ...right, counterparty: 'ab' }, 400, 'api.invalid'],
    [{ ...right, counterparty: 'x'.repeat(47) }, 400, 'api.invalid'],
    [{ ...right, counterparty: '2ZA-\u0001' }, 400, 'api.invalid'],
    [{ ...right, answer: 'ask' }, 400, 'api.invalid'],
    [{ ...right, home: '2CD' }, 400, 'api.invalid'],
    [{ ...right, comment: '' }, 400, 'api.invalid'],
    [{ ...right, comment: ' \t' }, 400, 'api.invalid'],
    [{ ...right, comment: 'a\0b' }, 400, 'api.invalid'],
    [{ ...right, comment: '\ud800' }, 400, 'api.invalid'],
    [{ ...right, comment: 'я'.repeat(limits.receiptTextLengthMax + 1) }, 400, 'api.invalid'],
    [{ ...right, organisation: { ...organisation, inn: '77123456789' } }, 400, 'api.invalid'],
    [{ ...right, organisation: { ...organisation, kpp: "1' or 1=1" } }, 400, 'api.invalid'],
    [{ ...right, organisation: { ...organisation, name: `${long}я` } }, 400, 'api.invalid'],
    [{ ...right, organisation: { inn: organisation.inn } }, 400, 'api.invalid'],
    [{ ...right, organisation: undefined }, 422, 'link.organisation-unknown'],
    [[right], 400, 'api.invalid'],
    ['{"own":', 400, 'api.invalid'],
    [`${'['.repeat(100)}${']'.repeat(100)}`, 400, 'api.invalid'],
  ]
  for (const [body, status, code] of wrong) {
    const told = await post(api, body)
    t.match({ status: told.status, ...told.json() }, { status, code }, JSON.stringify(body)?.slice(0, 100))
  }
  t.match((await post(api, right, {})).json(), { code: 'api.idempotency-key' })
  t.match((await post(api, right, { 'idempotency-key': 'with a space' })).json(), {
    code: 'api.idempotency-key',
  })
  const reader = await api.makeKey({ verbs: ['read', 'inbox'] })
  const unallowed = await api.ask(`${path}/answer`, {
    body: right,
    key: reader,
    headers: { 'idempotency-key': 'k' },
  })
  t.match(unallowed.json(), { code: 'api.scope' })
  t.match((await api.ask(`${path}?own=2CD-theirs`)).json(), { code: 'api.sender' })
  t.match((await api.ask(`${path}?own=${own}&status=linked`)).json(), { code: 'api.invalid' })
  t.match((await api.ask(path)).json(), { code: 'api.invalid' })
  const { rows } = await api.store.query('select jsonb_array_length(sayings) as said from link')
  t.same(rows, [{ said: 1 }])
})

t.test('rules are those of own subscribers, and name somebody or everybody', async (t) => {
  const api = await startTestApi(t)
  const put = (body: unknown, of = own, key = api.keys['2AB']) =>
    api.ask(`${path}/rules/${encodeURIComponent(of)}`, { method: 'PUT', body, key })
  const names = (count: number) => Array.from({ length: count }, (_, n) => String(7_700_000_000 + n))
  const right = { accepts: 'listed', inns: names(limits.linkRuleNamesMax), organisation }
  const wrong: [unknown, string][] = [
    [{ ...right, inns: names(limits.linkRuleNamesMax + 1) }, 'api.invalid'],
    [{ ...right, inns: [] }, 'api.invalid'],
    [{ ...right, operators: ['??/'] }, 'api.invalid'],
    [{ ...right, accepts: 'all' }, 'api.invalid'],
    [{ accepts: 'nobody', organisation }, 'api.invalid'],
    [{ accepts: 'all' }, 'link.organisation-unknown'],
  ]
  for (const [body, code] of wrong) t.match((await put(body)).json(), { code })
  t.match((await put(right, '2CD-theirs')).json(), { code: 'api.sender' })
  t.match((await put(right, '2ZA-one')).json(), { code: 'api.sender' })
  t.match((await put(right, own, await api.makeKey({ verbs: ['read'] }))).json(), { code: 'api.scope' })
  t.equal((await api.store.query('select * from link_rule')).rows.length, 0)
  t.equal((await put(right)).status, 200)
  t.match((await put({ accepts: 'all', organisation }, own.toUpperCase())).json(), {
    accepts: 'all',
    inns: [],
  })
  t.equal((await api.store.query('select * from link_rule')).rows.length, 1)
  const { rows } = await api.store.query(
    "select entry from journal where kind = 'link.rule-changed' order by id",
  )
  t.equal(rows.length, 2)
  t.notOk(String(rows[0]?.['entry']).includes('ООО'), 'a name is no fact of the journal')
  const theirs = await api.ask(`${path}/rules/${own}`, { key: api.keys['2CD'] })
  t.match(theirs.json(), { code: 'api.sender' })
})
