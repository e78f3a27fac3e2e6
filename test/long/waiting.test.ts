// Messages between subscribers without a link: held, refused, passed, woken, between a real hub and partners.

import t from 'tap'
import { refuseMessage, releaseMessage } from '../../hub/pipeline/run/control.ts'
import { composeInvitation } from '../../hub/simulate/messages.ts'
import { homeParty } from '../support/home-party.ts'
import type { Relay } from '../support/relay.ts'
import { home, sender, standIn, start, submit, to } from '../support/waiting.ts'
import { inviteUnknown, linkTwo, moveInviteTo, sayTo, settleStandIn } from '../support/waiting-invites.ts'

t.test('a held message goes once when the link opens, and its children wait with it', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  const { context } = relay.hub
  await sayTo(context, sender, a.subscriber.id)
  const parent = home.document()
  const message = await submit(relay, home.submission(a, { signed: [parent], waitsForLink: true }))
  const parked = await relay.waitForState(message.wireId, 'awaiting-link')
  t.ok(parked.deadline_at && parked.deadline_at > new Date(), 'it has a deadline')
  t.equal(parked.reason, 'link.awaited')
  const child = home.document({ parents: [parent.document.id] })
  const later = await submit(relay, home.submission(a, { signed: [child] }))
  await relay.waitForState(later.wireId, 'waiting')
  t.equal(a.record.messages.length, 0)

  await sayTo(context, a.subscriber.id, sender)
  await relay.waitForState(message.wireId, 'delivered')
  await relay.waitForState(later.wireId, 'delivered')
  await relay.idle()
  t.equal(a.record.messages.length, 2)
  t.strictSame(await relay.rows('select * from link_wait'), [], 'nothing waits any more')
})

t.test('a message that wants to wait and finds the link goes at once', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  await linkTwo(relay.hub.context, sender, a.subscriber.id)
  const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
  await relay.waitForState(wireId, 'delivered')
  t.strictSame(await relay.rows('select * from link_wait'), [])
})

t.test(
  'a message that waits is refused when the counterparty says Разрыв, and the sender reads why',
  async (t) => {
    const relay = await start(t)
    const [a] = relay.partners
    await sayTo(relay.hub.context, sender, a.subscriber.id)
    const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
    await relay.waitForState(wireId, 'awaiting-link')
    await sayTo(relay.hub.context, a.subscriber.id, sender, 'break')
    const refused = await relay.waitForState(wireId, 'refused')
    t.match(refused, { answer: 'told', answer_code: 'error', reason: 'link.refused' })
    t.match(refused.answer_text, /Контрагент отклонил приглашение.*declined the invitation/)
    t.equal(a.record.messages.length, 0)
    t.strictSame(await relay.rows('select * from link_wait'), [])
  },
)

t.test('a message that waits for nothing that comes goes back when its time is over', async (t) => {
  const relay = await start(t, { settings: ['links.messageWaitMs=1000'] })
  const [a] = relay.partners
  const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
  t.match(await relay.waitForState(wireId, 'refused'), { reason: 'link.overdue', answer_code: 'error' })
})

t.test('the policy of a partner refuses messages without a link in words a person understands', async (t) => {
  const relay = await start(t, {
    partners: [{ code: '2ZA', policy: { linkless: 'refuse' } }, { code: '2ZB' }],
  })
  const [a, b] = relay.partners
  const sent = await relay.send(a, b)
  const { item } = await a.record.waitForReceipt(sent.message.id)
  t.equal(item.outcome, 'error')
  t.match('text' in item ? item.text : '', /^link\.none: Связи с контрагентом нет.*There is no link/)
  const back = await relay.send(b, a)
  await relay.waitForState(back.message.id, 'delivered')
  await linkTwo(relay.hub.context, a.subscriber.id, b.subscriber.id)
  const linked = await relay.send(a, b)
  await relay.waitForState(linked.message.id, 'delivered')
  const outbound = await submit(relay, home.submission(a))
  t.match(await relay.waitForState(outbound.wireId, 'refused'), { reason: 'link.none' })
})

t.test('under a policy that holds, what answers a delivered document goes on after a Разрыв', async (t) => {
  const relay = await start(t, { policy: { linkless: 'hold' } })
  const [a, b] = relay.partners
  const { context } = relay.hub
  await linkTwo(context, a.subscriber.id, b.subscriber.id)
  const first = await relay.send(a, b)
  await relay.waitForState(first.message.id, 'delivered')
  await sayTo(context, b.subscriber.id, a.subscriber.id, 'break')
  const [document] = first.message.documents
  const answer = b.message(a, { parents: [document?.id ?? ''] })
  await b.deliver(b.pack([answer]))
  await relay.waitForState(answer.id, 'delivered')
  const fresh = await relay.send(a, b)
  t.match(await relay.waitForState(fresh.message.id, 'refused'), { reason: 'link.refused' })
  const other = await relay.send(b, a)
  t.match(await relay.waitForState(other.message.id, 'refused'), { reason: 'link.broken' })
})

/** A partner says Запрос and sends its first document in one package; the document waits until the Запрос is said. */
async function askAndSend(relay: Relay) {
  const [a] = relay.partners
  const at = new Date()
  const parties = { from: a.subscriber, to: home.subscriber, at }
  const asks = composeInvitation({ ...parties, type: 'ask' })
  const message = a.message({ subscriber: home.subscriber })
  await a.deliver(a.pack([asks, message]))
  await relay.waitForState(asks.id, 'delivered')
  await relay.waitForEntry(
    'message.moved',
    ({ facts }) => facts['event'] === 'link-awaited' && facts['wireId'] === message.id,
  )
  return message
}

t.test(
  'acceptance and first document in one package: the document waits until the Запрос is said',
  async (t) => {
    const relay = await start(t, { policy: { linkless: 'refuse' } })
    await sayTo(relay.hub.context, sender, relay.partners[0].subscriber.id)
    const message = await askAndSend(relay)
    t.match(await relay.waitForState(message.id, 'delivered'), { reason: null })
  },
)

t.test('a Запрос that makes no link lets the policy decide after it was said', async (t) => {
  const relay = await start(t, { policy: { linkless: 'refuse' } })
  const message = await askAndSend(relay)
  t.match(await relay.waitForState(message.id, 'refused'), { reason: 'link.none' })
  t.strictSame(await relay.rows('select * from link_wait'), [])
})

t.test('a person releases or refuses what waits for a link, but sends nothing to a stand-in', async (t) => {
  const relay = await start(t, { policy: { linkless: 'hold' } })
  const [a, b] = relay.partners
  const { context } = relay.hub
  const [released, refused] = [await relay.send(a, b), await relay.send(a, b)]
  const order = { actor: 'test', reason: 'оператор подтвердил' }
  const one = await relay.waitForState(released.message.id, 'awaiting-link')
  const other = await relay.waitForState(refused.message.id, 'awaiting-link')
  await releaseMessage(context, { ...order, id: one.id })
  await refuseMessage(context, { ...order, id: other.id })
  await relay.waitForState(released.message.id, 'delivered')
  t.match(await relay.waitForState(refused.message.id, 'refused'), { reason: 'message.refused-by-person' })
  t.strictSame(await relay.rows('select * from link_wait'), [])

  await inviteUnknown(context, { home: home.code, sender, standIn })
  const { id, wireId } = await submit(relay, home.submission(to(standIn)))
  await relay.waitForState(wireId, 'awaiting-link')
  await releaseMessage(context, { ...order, id })
  await relay.waitForEntry(
    'message.moved',
    ({ facts }) => facts['event'] === 'released' && facts['wireId'] === wireId,
  )
  await relay.waitForState(wireId, 'awaiting-link')
})

t.test('a hub that is started again goes on with what waits', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  await sayTo(relay.hub.context, sender, a.subscriber.id)
  const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
  await relay.waitForState(wireId, 'awaiting-link')
  await relay.restart()
  await sayTo(relay.hub.context, a.subscriber.id, sender)
  await relay.waitForState(wireId, 'delivered')
  t.equal(a.record.messages.length, 1)
})

t.test('a Разрыв after the message left changes nothing for it', async (t) => {
  const relay = await start(t, { policy: { linkless: 'hold' } })
  const [a, b] = relay.partners
  const { context } = relay.hub
  await linkTwo(context, a.subscriber.id, b.subscriber.id)
  b.behave('answer-500', { forMs: 700 })
  const sent = await relay.send(a, b)
  await relay.waitForState(sent.message.id, 'sending')
  await sayTo(context, b.subscriber.id, a.subscriber.id, 'break')
  await relay.waitForState(sent.message.id, 'delivered')
  t.equal(b.record.messages.length, 1)
})

t.test('who joined us under the id that stood in gets what waited, also of the same home code', async (t) => {
  const relay = await start(t)
  const { context } = relay.hub
  const invite = await inviteUnknown(context, { home: home.code, sender, standIn })
  const { wireId } = await submit(relay, home.submission(to(standIn)))
  await relay.waitForState(wireId, 'awaiting-link')
  await settleStandIn(context, standIn, { state: 'active' })
  await moveInviteTo(context, invite, { state: 'asked' })
  await linkTwo(context, sender, standIn)
  await relay.waitForState(wireId, 'delivered')
  await relay.idle()
})

t.test('a stranger learns nothing from an id that stood in for somebody', async (t) => {
  const relay = await start(t)
  const { context } = relay.hub
  const foreign = homeParty('2AC')
  await inviteUnknown(context, { home: home.code, sender, standIn })
  const early = await submit(relay, foreign.submission(to(standIn)))
  t.match(await relay.waitForState(early.wireId, 'refused'), { reason: 'link.not-invited' })
  await settleStandIn(context, standIn, { state: 'retired', movedTo: '2ZA-secret' })
  const late = await submit(relay, foreign.submission(to(standIn)))
  const refused = await relay.waitForState(late.wireId, 'refused')
  t.equal(refused.reason, 'link.retired')
  t.notMatch(refused.answer_text, /secret/)
})

t.test('how an invitation ends decides what its messages are told', async (t) => {
  const relay = await start(t)
  const { context } = relay.hub
  const ends = ['refused', 'lapsed', 'withdrawn', 'undelivered'] as const
  for (const state of ends) {
    const id = `2AB-stand-in-${state}`
    const invite = await inviteUnknown(context, { home: home.code, sender, standIn: id })
    const { wireId } = await submit(relay, home.submission(to(id)))
    await relay.waitForState(wireId, 'awaiting-link')
    await moveInviteTo(context, invite, { state })
    t.match(await relay.waitForState(wireId, 'refused'), { reason: `link.${state}`, answer: 'told' }, state)
  }
})
