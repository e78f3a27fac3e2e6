// Links of subscribers through a real hub: who asks, who answers, and what either side is told.

import t from 'tap'
import { newApiKey } from '../../hub/api/key-text.ts'
import { formInvitation } from '../../hub/links/form-invitation.ts'
import { composeInvitation } from '../../hub/simulate/messages.ts'
import type { SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { insertApiKey } from '../../hub/store/home/keys.ts'
import { linkChannel } from '../../hub/store/links/channels.ts'
import type { LinkRow } from '../../hub/store/links/rows.ts'
import { apiVerbs } from '../../schemas/home.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import type { LinkEventView } from '../../schemas/links/api.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(120_000)

type Party = { partner: RelayPartner; subscriber: SimulatedSubscriber }

/** One hub for all tests that need no other settings: each takes a subscriber of the partner nobody else takes. */
const relay = await startRelay(t, {
  partners: [
    { code: '2ZA', subscribers: 12 },
    { code: '2AB', over: 'home' },
  ],
})
const [partner, home] = relay.partners
const ours: Party = { partner: home, subscriber: home.subscriber }
let taken = 0

function nextPartner(): Party {
  const subscriber = partner.subscribers[taken]
  taken += 1
  if (subscriber === undefined) throw new Error('the partner has too few subscribers')
  return { partner, subscriber }
}

/** A Запрос or Разрыв of a partner, delivered; `at` is its @ДатаОтправки. */
async function say(from: Party, to: Party, type: 'ask' | 'break', at = new Date()) {
  const message = composeInvitation({ type, from: from.subscriber, to: to.subscriber, comment: 'Просим', at })
  await from.partner.deliver(from.partner.pack([message]))
  await from.partner.record.waitForReceipt(message.id)
  return message
}

/** The link of two once it has so many sayings. */
function linkOf(one: Party, other: Party, sayings: number, at: Relay = relay): Promise<LinkRow> {
  const keys = [one, other].map(({ subscriber }) => subscriber.id.toLowerCase()).sort()
  const ask = async () => {
    const text = 'select * from link where first_key = $1 and second_key = $2'
    const [row] = await at.rows<LinkRow>(text, keys)
    return row?.sayings.length === sayings ? row : undefined
  }
  return at.until(ask, `a link with ${sayings} sayings`)
}

/** What our service is told of the link with somebody. */
function eventsOf(them: Party, service: RelayPartner = home): LinkEventView[] {
  return service.record.events.filter(({ link }) => link?.counterparty === them.subscriber.id)
}

function told(
  them: Party,
  news: LinkEventView['news'],
  saidBy: LinkEventView['saidBy'],
  service: RelayPartner = home,
) {
  const find = () => eventsOf(them, service).find((event) => event.news === news && event.saidBy === saidBy)
  return service.record.waitFor(find, `${news} by ${saidBy}`)
}

/** What came for a subscriber of the partner, once there are so many. */
function got({ subscriber }: Party, count: number) {
  const find = () => {
    const own = partner.record.messages.filter(({ recipient }) => recipient === subscriber.id)
    return own.length >= count ? own : undefined
  }
  return partner.record.waitFor(find, `${count} messages for ${subscriber.id}`)
}

type Told = { status: number; body: Record<string, unknown> }
const { id, text: keyText, digest } = newApiKey()
const dates = { created_at: new Date(), created_by: 'test', expires_at: null }
const verbs = Object.keys(apiVerbs)
await insertApiKey(relay.hub.store, { id, home: '2AB', name: 'test', digest, verbs, ...dates })
let keys = 0

/** Calls the internal API, every time under a key of its own unless one is given. */
async function api(path: string, body?: object, of: { key?: string; method?: string } = {}): Promise<Told> {
  keys += 1
  const { key = `own-${keys}`, method = body === undefined ? 'GET' : 'POST' } = of
  const response = await fetch(`${relay.hub.internalAddress}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${keyText}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const organisation = { inn: '7712345678', kpp: '771201001', name: 'ООО "Свой"' }
const pairOf = (them: Party) => ({ own: ours.subscriber.id, counterparty: them.subscriber.id })

/** A Запрос of ours, formed and committed as the desk of invitations does it. */
async function askOf(to: Party) {
  const { context } = relay.hub
  const sideOf = ({ subscriber: { id, inn, kpp, name } }: Party) => ({ id, inn, kpp, name })
  const formed = await formInvitation(context, {
    home: '2AB' as OperatorCode,
    type: 'ask',
    from: sideOf(ours),
    to: sideOf(to),
    comment: undefined,
    remote: 'test',
    apiKey: undefined,
    at: new Date(),
  })
  if (isRefusal(formed)) throw new Error(formed.code)
  await context.committer.submit(formed.change)
  return formed
}

t.test(
  'our service accepts by the API: the partner gets a Запрос, and both sides have one truth',
  async (t) => {
    const a = nextPartner()
    await say(a, ours, 'ask')
    const { inn, name } = a.subscriber
    t.match(await told(a, 'invited', 'counterparty'), {
      newsText: { ru: 'Контрагент приглашает нас' },
      invite: null,
      link: { ...pairOf(a), inn, name, status: 'InvitesMe', cell: 'asked-by-them', linkedAt: null },
    })
    const accept = { ...pairOf(a), answer: 'accept', comment: 'Согласны' }
    t.match(await api('/links/answer', accept), { status: 422, body: { code: 'link.organisation-unknown' } })
    const answered = await api('/links/answer', { ...accept, organisation }, { key: 'once' })
    t.match(answered, { status: 201, body: { link: { status: 'IsMyCounteragent' }, isRepeated: false } })
    t.match(await got(a, 1), [{ kind: 'invitation', invitation: 'ask', sender: ours.subscriber.id }])
    t.match(await told(a, 'accepted', 'us'), { link: { linkedAt: String } })
    await relay.idle()
    t.equal((await linkOf(a, ours, 2)).cell, 'linked')

    const again = await api('/links/answer', { ...accept, organisation }, { key: 'once' })
    t.match(again, { status: 200, body: { message: answered.body['message'], isRepeated: true } })
    const other = await api('/links/answer', { ...pairOf(a), answer: 'break' }, { key: 'once' })
    t.match(other, { status: 409, body: { code: 'home.key-reused' } })
    t.match(await api('/links/answer', accept), { status: 200, body: { message: null, isRepeated: false } })
    t.equal((await got(a, 1)).length, 1, 'nothing was sent twice')

    const page = await api(`/links?own=${ours.subscriber.id}&status=IsMyCounteragent`)
    t.match(page, { status: 200, body: { items: [{ ...pairOf(a), inn }], next: null } })
    const { items } = page.body as { items: { id: string }[] }
    t.match(await api(`/links/${items[0]?.id}`), {
      status: 200,
      body: {
        comment: 'Просим',
        sayings: [
          { by: 'counterparty', type: 'ask' },
          { by: 'us', type: 'ask' },
        ],
        events: [
          { news: 'invited', saidBy: 'counterparty' },
          { news: 'accepted', saidBy: 'us' },
        ],
      },
    })
    t.same((await api(`/links?own=${ours.subscriber.id}&status=InvitesMe`)).body, { items: [], next: null })

    // The organisation that was given once is known from then on.
    const broken = await api('/links/answer', { ...pairOf(a), answer: 'break' })
    t.match(broken, { status: 201, body: { link: { status: 'IsRejectedByMe' } } })
    t.match(await got(a, 2), [{}, { invitation: 'break' }])
  },
)

t.test('our service declines: the partner gets a Разрыв, and may ask again', async (t) => {
  const a = nextPartner()
  await say(a, ours, 'ask')
  await told(a, 'invited', 'counterparty')
  const decline = { ...pairOf(a), organisation, answer: 'decline' }
  const declined = await api('/links/answer', decline)
  t.match(declined, { status: 201, body: { link: { status: 'IsRejectedByMe' } } })
  t.match(await got(a, 1), [{ invitation: 'break' }])
  t.match(await api('/links/answer', decline), { status: 200, body: { message: null } })
  await say(a, ours, 'ask')
  t.equal((await linkOf(a, ours, 3)).cell, 'asked-again-by-them')
})

t.test('we ask, the partner accepts by its own Запрос, and ours sees the link open', async (t) => {
  const a = nextPartner()
  const { message } = await askOf(a)
  await told(a, 'invited', 'us')
  await relay.waitForState(message.wire_id, 'delivered')
  await say(a, ours, 'ask')
  t.match(await told(a, 'accepted', 'counterparty'), { link: { status: 'IsMyCounteragent' } })
})

t.test('requests that cross make one link', async (t) => {
  const a = nextPartner()
  await Promise.all([askOf(a), say(a, ours, 'ask')])
  t.match(await linkOf(a, ours, 2), { cell: 'linked' })
  await Promise.race([told(a, 'accepted', 'us'), told(a, 'accepted', 'counterparty')])
  t.equal(eventsOf(a).filter(({ news }) => news === 'accepted').length, 1)
})

t.test('our request is withdrawn by a Разрыв, once', async (t) => {
  const a = nextPartner()
  await askOf(a)
  const withdraw = { ...pairOf(a), organisation, answer: 'withdraw' }
  const withdrawn = await api('/links/answer', withdraw)
  t.match(withdrawn, { status: 201, body: { link: { status: 'NotInCounteragentList' } } })
  await got(a, 2)
  t.match(await api('/links/answer', withdraw), { status: 409, body: { code: 'link.nothing-to-withdraw' } })
})

t.test('a Запрос of the partner again changes nothing, and its Разрыв withdraws it', async (t) => {
  const a = nextPartner()
  await say(a, ours, 'ask')
  await say(a, ours, 'ask')
  t.match(await linkOf(a, ours, 2), { cell: 'asked-by-them' })
  await say(a, ours, 'break')
  t.match(await told(a, 'withdrawn', 'counterparty'), { link: { status: 'NotInCounteragentList' } })
  t.equal(eventsOf(a).length, 2)
})

t.test('a late older Запрос opens nothing after a newer Разрыв', async (t) => {
  const a = nextPartner()
  const now = Date.now()
  await say(a, ours, 'ask', new Date(now - 60_000))
  await say(a, ours, 'break', new Date(now))
  await linkOf(a, ours, 2)
  await say(a, ours, 'ask', new Date(now - 30_000))
  t.equal((await linkOf(a, ours, 3)).cell, 'none')
})

t.test('a rule accepts without a person, those it names and no others', async (t) => {
  const [a, other] = [nextPartner(), nextPartner()]
  const path = `/links/rules/${ours.subscriber.id}`
  t.match(await api(path), { status: 404, body: { code: 'api.not-found' } })
  const rule = { accepts: 'listed', operators: ['2zb'], inns: [a.subscriber.inn], organisation }
  const put = await api(path, rule, { method: 'PUT' })
  t.match(put, { status: 200, body: { accepts: 'listed', operators: ['2ZB'], organisation } })
  t.same((await api(path)).body, put.body)
  const ask = await say(a, ours, 'ask')
  await say(other, ours, 'ask')
  t.match(await got(a, 1), [{ invitation: 'ask', sender: ours.subscriber.id }])
  t.match(await told(a, 'accepted', 'us'), { link: { status: 'IsMyCounteragent' } })
  const { id: message } = await relay.message(ask.id)
  const entry = await relay.waitForEntry('link.rule-applied', ({ subject }) => subject === message)
  t.match(entry.facts, { accepts: 'listed' })
  // Followed again, as after a crash: nothing more is sent.
  const news = [{ message, outcome: 'delivered' as const, at: new Date() }]
  await relay.hub.context.committer.submit({ linkNews: news })
  const left = () => relay.rows('select message from link_news')
  await relay.until(async () => ((await left()).length === 0 ? true : undefined), 'news to be followed')
  t.equal((await got(a, 1)).length, 1)
  t.match(await linkOf(other, ours, 1), { cell: 'asked-by-them' })
  t.match(await api(path, undefined, { method: 'DELETE' }), { status: 200, body: { accepts: 'listed' } })
  t.match(await api(path, undefined, { method: 'DELETE' }), { status: 404 })
})

t.test('a Запрос of ours that the partner refuses on its way is taken back', async (t) => {
  const a = nextPartner()
  partner.behave('receipt-error')
  const { message } = await askOf(a)
  await relay.waitForState(message.wire_id, 'refused')
  t.match(await told(a, 'undelivered', 'hub'), { link: { status: 'NotInCounteragentList' } })
  await linkOf(a, ours, 0)
})

t.test(
  'links of two partners are tracked in transit, and unanswered requests are told in their time',
  async (t) => {
    const answerWithinMs = 60_000
    const own = await startRelay(t, {
      partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2AB', over: 'home' }],
      settings: [`links.answerWithinMs=${answerWithinMs}`],
    })
    const [a, b, service] = own.partners.map((one): Party => ({ partner: one, subscriber: one.subscriber }))
    if (a === undefined || b === undefined || service === undefined) throw new Error('three partners')
    await say(a, b, 'ask')
    await say(b, a, 'ask')
    t.match(await linkOf(a, b, 2, own), { cell: 'linked', linked_at: Date })
    await say(b, a, 'break')
    t.equal((await linkOf(a, b, 3, own)).cell, 'broken-by-them')
    await own.waitForEntry('link.moved', ({ facts }) => facts['news'] === 'broken')

    const before = Date.now()
    await say(a, service, 'ask')
    const { id, deadline_at: deadline } = await linkOf(a, service, 1, own)
    const waitsMs = (deadline?.getTime() ?? 0) - before
    t.ok(waitsMs >= answerWithinMs && waitsMs <= answerWithinMs + Date.now() - before, `${waitsMs} ms`)
    // Its time is over at once, and the loop is woken rather than waited for.
    await own.rows('update link set deadline_at = now() where id = $1', [id])
    await own.rows("select pg_notify($1, '')", [linkChannel])
    const event = await told(a, 'unanswered', 'clock', service.partner)
    t.match(event, { link: { status: 'InvitesMe' }, message: null })
    t.match(await linkOf(a, service, 1, own), { deadline_at: null, cell: 'asked-by-them' })
  },
)
