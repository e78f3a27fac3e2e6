// Links of subscribers through a real hub: who asks, who answers, and what either side is told.

import t from 'tap'
import { newApiKey } from '../../hub/api/key-text.ts'
import { formInvitation } from '../../hub/links/form-invitation.ts'
import { composeInvitation } from '../../hub/simulate/messages.ts'
import { insertApiKey } from '../../hub/store/home/keys.ts'
import type { LinkRow } from '../../hub/store/links/rows.ts'
import type { LinkEventView } from '../../schemas/api-links.ts'
import { apiVerbs } from '../../schemas/home.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(120_000)

const withHome = { partners: [{ code: '2ZA' }, { code: '2AB', over: 'home' as const }] }

async function staged(t: Parameters<typeof startRelay>[0], settings: string[] = []) {
  const relay = await startRelay(t, { ...withHome, settings })
  const [a, home] = relay.partners
  return { relay, a, home }
}

/** A Запрос or Разрыв of a partner, delivered; `at` is its @ДатаОтправки. */
async function say(from: RelayPartner, to: RelayPartner, type: 'ask' | 'break', at = new Date()) {
  const message = composeInvitation({ type, from: from.subscriber, to: to.subscriber, comment: 'Просим', at })
  await from.deliver(from.pack([message]))
  await from.record.waitForReceipt(message.id)
  return message
}

/** The link of two once it has so many sayings. */
function linkOf(relay: Relay, one: RelayPartner, other: RelayPartner, sayings: number): Promise<LinkRow> {
  const keys = [one, other].map(({ subscriber }) => subscriber.id.toLowerCase()).sort()
  const ask = async () => {
    const text = 'select * from link where first_key = $1 and second_key = $2'
    const [row] = await relay.rows<LinkRow>(text, keys)
    return row?.sayings.length === sayings ? row : undefined
  }
  return relay.until(ask, `a link with ${sayings} sayings`)
}

const told = (partner: RelayPartner, news: LinkEventView['news'], saidBy: LinkEventView['saidBy']) =>
  partner.record.waitForEvent(
    (event) => event.news === news && event.saidBy === saidBy,
    `${news} by ${saidBy}`,
  )

t.test(
  'a partner asks, and the service of ours is told who, of what organisation and what it may do',
  async (t) => {
    const { relay, a, home } = await staged(t)
    await say(a, home, 'ask')
    const event = await told(home, 'invited', 'counterparty')
    const { id, inn, name } = a.subscriber
    t.match(event, {
      newsText: { ru: 'Контрагент приглашает нас' },
      invite: null,
      link: {
        own: home.subscriber.id,
        counterparty: id,
        inn,
        name,
        status: 'InvitesMe',
        cell: 'asked-by-them',
      },
    })
    await say(a, home, 'break')
    const withdrawn = await told(home, 'withdrawn', 'counterparty')
    t.match(withdrawn, { link: { status: 'NotInCounteragentList', linkedAt: null } })
    t.equal((await linkOf(relay, a, home, 2)).cell, 'none')
  },
)

t.test('what two partners say to each other through the hub is tracked', async (t) => {
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
  const [a, b] = relay.partners
  await say(a, b, 'ask')
  t.equal((await linkOf(relay, a, b, 1)).cell, 'asked-by-us')
  await say(b, a, 'ask')
  t.match(await linkOf(relay, a, b, 2), { cell: 'linked', linked_at: Date })
  await say(b, a, 'break')
  t.equal((await linkOf(relay, a, b, 3)).cell, 'broken-by-them')
  await relay.waitForEntry('link.moved', ({ facts }) => facts['news'] === 'broken')
})

t.test('a late older Запрос opens nothing after a newer Разрыв', async (t) => {
  const { relay, a, home } = await staged(t)
  const now = Date.now()
  await say(a, home, 'ask', new Date(now - 60_000))
  await say(a, home, 'break', new Date(now))
  await linkOf(relay, a, home, 2)
  await say(a, home, 'ask', new Date(now - 30_000))
  t.equal((await linkOf(relay, a, home, 3)).cell, 'none')
})

t.test('a request without an answer is told after its time, and stands', async (t) => {
  const { relay, a, home } = await staged(t, ['links.answerWithinMs=1000'])
  await say(a, home, 'ask')
  const event = await told(home, 'unanswered', 'clock')
  t.match(event, { link: { status: 'InvitesMe' }, message: null })
  t.match(await linkOf(relay, a, home, 1), { deadline_at: null, cell: 'asked-by-them' })
})

type Told = { status: number; body: Record<string, unknown> }

/** The internal API with a key of the home code; every call of an answer under a key of its own unless given. */
async function apiOf(relay: Relay) {
  const { id, text, digest } = newApiKey()
  const verbs = Object.keys(apiVerbs)
  const dates = { created_at: new Date(), created_by: 'test', expires_at: null }
  await insertApiKey(relay.hub.store, { id, home: '2AB', name: 'test', digest, verbs, ...dates })
  let keys = 0
  const ask = async (path: string, body?: object, key?: string): Promise<Told> => {
    keys += 1
    const response = await fetch(`${relay.hub.internalAddress}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${text}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'idempotency-key': key ?? `own-${keys}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return ask
}

const organisation = { inn: '7712345678', kpp: '771201001', name: 'ООО "Свой"' }

t.test(
  'our service accepts by the API: the partner gets a Запрос, and both sides have one truth',
  async (t) => {
    const { relay, a, home } = await staged(t)
    const api = await apiOf(relay)
    await say(a, home, 'ask')
    await told(home, 'invited', 'counterparty')
    const [own, counterparty] = [home.subscriber.id, a.subscriber.id]
    const accept = { own, counterparty, answer: 'accept', comment: 'Согласны' }
    t.match(await api('/links/answer', accept), { status: 422, body: { code: 'link.organisation-unknown' } })
    const answered = await api('/links/answer', { ...accept, organisation }, 'once')
    t.match(answered, { status: 201, body: { link: { status: 'IsMyCounteragent' }, isRepeated: false } })
    const got = await a.record.waitForMessages(1)
    t.match(got, [{ kind: 'invitation', invitation: 'ask', sender: own, recipient: counterparty }])
    t.match(await told(home, 'accepted', 'us'), { link: { linkedAt: String } })
    await relay.idle()
    t.equal((await linkOf(relay, a, home, 2)).cell, 'linked')

    const again = await api('/links/answer', { ...accept, organisation }, 'once')
    t.match(again, { status: 200, body: { message: answered.body['message'], isRepeated: true } })
    const other = await api('/links/answer', { own, counterparty, answer: 'break' }, 'once')
    t.match(other, { status: 409, body: { code: 'home.key-reused' } })
    t.match(await api('/links/answer', accept), { status: 200, body: { message: null, isRepeated: false } })
    t.equal(a.record.messages.length, 1, 'nothing was sent twice')

    const page = await api(`/links?own=${own}&status=IsMyCounteragent`)
    t.match(page, {
      status: 200,
      body: { items: [{ own, counterparty, inn: a.subscriber.inn }], next: null },
    })
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
    t.same((await api(`/links?own=${own}&status=InvitesMe`)).body, { items: [], next: null })

    // What was given once is known from then on.
    t.match(await api('/links/answer', { own, counterparty, answer: 'break' }), {
      status: 201,
      body: { link: { status: 'IsRejectedByMe' } },
    })
    await a.record.waitForMessages(2)
    t.match(a.record.messages[1], { invitation: 'break' })
  },
)

t.test('our service declines: the partner gets a Разрыв, and may ask again', async (t) => {
  const { relay, a, home } = await staged(t)
  const api = await apiOf(relay)
  await say(a, home, 'ask')
  await told(home, 'invited', 'counterparty')
  const answer = { own: home.subscriber.id, counterparty: a.subscriber.id, organisation }
  t.match(await api('/links/answer', { ...answer, answer: 'decline' }), {
    status: 201,
    body: { link: { status: 'IsRejectedByMe' } },
  })
  await a.record.waitForMessages(1)
  t.match(a.record.messages, [{ invitation: 'break' }])
  t.match(await api('/links/answer', { ...answer, answer: 'decline' }), {
    status: 200,
    body: { message: null },
  })
  await say(a, home, 'ask')
  const link = await linkOf(relay, a, home, 3)
  t.equal(link.cell, 'asked-again-by-them')
})

/** A Запрос of ours, formed and committed as the desk of invitations does it. */
async function askOf(relay: Relay, home: RelayPartner, to: RelayPartner) {
  const { context } = relay.hub
  const [from, other] = [home, to].map(({ subscriber: { id, inn, kpp, name } }) => ({ id, inn, kpp, name }))
  if (from === undefined || other === undefined) throw new Error('two sides')
  const formed = await formInvitation(context, {
    home: '2AB' as OperatorCode,
    type: 'ask',
    from,
    to: other,
    comment: undefined,
    remote: 'test',
    apiKey: undefined,
    at: new Date(),
  })
  if (isRefusal(formed)) throw new Error(formed.code)
  await context.committer.submit(formed.change)
  return formed
}

t.test('we ask, the partner accepts by its own Запрос, and ours sees the link open', async (t) => {
  const { relay, a, home } = await staged(t)
  const { message } = await askOf(relay, home, a)
  await told(home, 'invited', 'us')
  await a.record.waitForMessages(1)
  await relay.waitForState(message.wire_id, 'delivered')
  await say(a, home, 'ask')
  t.match(await told(home, 'accepted', 'counterparty'), { link: { status: 'IsMyCounteragent' } })
})

t.test('requests that cross make one link', async (t) => {
  const { relay, a, home } = await staged(t)
  await Promise.all([askOf(relay, home, a), say(a, home, 'ask')])
  t.match(await linkOf(relay, a, home, 2), { cell: 'linked' })
  await relay.idle()
  t.equal(home.record.events.filter(({ news }) => news === 'accepted').length, 1)
})

t.test('our request is withdrawn by a Разрыв, and may be withdrawn but once', async (t) => {
  const { relay, a, home } = await staged(t)
  const api = await apiOf(relay)
  await askOf(relay, home, a)
  const withdraw = {
    own: home.subscriber.id,
    counterparty: a.subscriber.id,
    answer: 'withdraw',
    organisation,
  }
  t.match(await api('/links/answer', withdraw), {
    status: 201,
    body: { link: { status: 'NotInCounteragentList' } },
  })
  await a.record.waitForMessages(2)
  t.match(await api('/links/answer', withdraw), { status: 409, body: { code: 'link.nothing-to-withdraw' } })
})

t.test('the same Запрос from the partner again changes nothing', async (t) => {
  const { relay, a, home } = await staged(t)
  await say(a, home, 'ask')
  await say(a, home, 'ask')
  t.match(await linkOf(relay, a, home, 2), { cell: 'asked-by-them' })
  await relay.idle()
  t.equal(home.record.events.length, 1)
})

t.test('a Запрос of ours that the partner refuses on its way is taken back', async (t) => {
  const { relay, a, home } = await staged(t)
  a.behave('receipt-error')
  const { message } = await askOf(relay, home, a)
  await relay.waitForState(message.wire_id, 'refused')
  t.match(await told(home, 'undelivered', 'hub'), { link: { status: 'NotInCounteragentList' } })
  await linkOf(relay, a, home, 0)
})
