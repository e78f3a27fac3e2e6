// Links of subscribers through a real hub: who asks, who answers, and what either side is told.

import t from 'tap'
import { composeInvitation } from '../../hub/simulate/messages.ts'
import type { LinkRow } from '../../hub/store/links/rows.ts'
import type { LinkEventView } from '../../schemas/api-links.ts'
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
