// Messages between two operators through a real hub: carried byte for byte, answered end to end.

import t, { type Test } from 'tap'
import { freeDocument, receiptNotice, transferDocument } from '../../hub/simulate/documents.ts'
import {
  composeInvitation,
  composeMessage,
  composeSignature,
  type SimulatedMessage,
} from '../../hub/simulate/messages.ts'
import { tamper } from '../../hub/simulate/packages.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(120_000)

const pair = { partners: [{ code: '2ZA' }, { code: '2ZB', curve: 'TC26-512-A' }] }

/** Sends messages in one package and waits until each was taken and its receipt told. */
async function exchange(from: RelayPartner, to: RelayPartner, messages: readonly SimulatedMessage[]) {
  const outcome = await from.deliver(from.pack(messages))
  const got = await Promise.all(messages.map(({ contentSha256 }) => to.record.waitForContent(contentSha256)))
  const receipts = await Promise.all(messages.map(({ id }) => from.record.waitForReceipt(id)))
  return { outcome, got, receipts }
}

async function stagedPair(t: Parameters<typeof startRelay>[0]) {
  const relay = await startRelay(t, pair)
  const [a, b] = relay.partners
  return { relay, a, b, at: new Date() }
}

/** Nothing is left to do, and the other side has each message once. */
async function endsOnce(t: Pick<Test, 'equal'>, relay: Relay, to: RelayPartner, sent: SimulatedMessage[]) {
  await relay.idle()
  for (const { contentSha256 } of sent) t.equal(to.record.countOf(contentSha256), 1)
  t.equal(to.record.messages.length, sent.length)
}

t.test('carries a message byte for byte and brings its receipt back', async (t) => {
  const { relay, a, b } = await stagedPair(t)
  const { message, outcome } = await relay.send(a, b)
  t.equal(outcome.status, 200)
  const got = await b.record.waitForContent(message.contentSha256)
  t.equal(got.id, message.id, 'the ИдЛС is kept')
  t.equal(got.documents[0]?.sha256, message.documents[0]?.sha256)
  t.equal(got.signatures[0]?.isRight, true)
  const { item } = await a.record.waitForReceipt(message.id)
  t.same(item, { outcome: 'success', message: message.id })
  await relay.waitForState(message.id, 'delivered')
  await endsOnce(t, relay, b, [message])
  t.equal(a.record.receipts.length, 1)
})

t.test('carries an invitation, its answer and its end, and records who asked whom', async (t) => {
  const { relay, a, b, at } = await stagedPair(t)
  const ask = composeInvitation({ type: 'ask', from: a.subscriber, to: b.subscriber, comment: 'Просим', at })
  const answer = composeInvitation({ type: 'ask', from: b.subscriber, to: a.subscriber, at })
  const end = composeInvitation({ type: 'break', from: b.subscriber, to: a.subscriber, at })
  t.match(await exchange(a, b, [ask]), { got: [{ kind: 'invitation', invitation: 'ask' }] })
  t.match(await exchange(b, a, [answer]), { got: [{ kind: 'invitation', invitation: 'ask' }] })
  t.match(await exchange(b, a, [end]), { got: [{ kind: 'invitation', invitation: 'break' }] })
  await relay.idle()
  const rows = await relay.rows<{ type: string; from_id: string; to_id: string }>(
    'select type, from_id, to_id from invitation order by message',
  )
  t.same(rows, [
    { type: 'ask', from_id: a.subscriber.id, to_id: b.subscriber.id },
    { type: 'ask', from_id: b.subscriber.id, to_id: a.subscriber.id },
    { type: 'break', from_id: b.subscriber.id, to_id: a.subscriber.id },
  ])
})

t.test('a УПД, the ИОП on it and the signature of its buyer find each other by their ids', async (t) => {
  const { relay, a, b, at } = await stagedPair(t)
  const [seller, buyer] = [a.subscriber, b.subscriber]
  const document = transferDocument({ seller, buyer, operator: a.party, number: '7', at })
  const transfer = composeMessage({ from: seller, to: buyer, at, documents: [document] })
  const { got } = await exchange(a, b, [transfer])
  const [sent] = transfer.documents
  const signature = got[0]?.signatures[0]?.bytes
  if (sent === undefined || signature === undefined) throw new Error('the УПД came without its parts')
  t.equal(got[0]?.documents[0]?.fileName, document.fileName, 'the name of the file is kept (RULES 8)')

  const notice = composeMessage({
    from: buyer,
    to: seller,
    at,
    documents: [receiptNotice({ from: buyer, to: seller, received: { ...sent, signature }, at })],
  })
  const own = composeSignature({ from: buyer, to: seller, at, document: sent })
  const back = await exchange(b, a, [notice, own])
  t.same(back.got[0]?.documents[0]?.parents, [sent.id], 'КДокументу is kept (RULES 6)')
  t.equal(back.got[1]?.signatures[0]?.document, sent.id)
  t.equal(back.got[1]?.documents.length, 0)
  t.same(
    back.receipts.map(({ item }) => item.outcome),
    ['success', 'success'],
  )
  await endsOnce(t, relay, a, [notice, own])
})

t.test('eight messages of one package arrive once each and are answered once each', async (t) => {
  const { relay, a, b, at } = await stagedPair(t)
  const messages = [1, 300, 5000, 20_000, 65_536, 100_000, 250_000, 1_000_000].map((size) =>
    composeMessage({ from: a.subscriber, to: b.subscriber, at, documents: [freeDocument({ at, size })] }),
  )
  await exchange(a, b, messages)
  await endsOnce(t, relay, b, messages)
  t.equal(a.record.receipts.length, messages.length)
  t.equal(b.record.packages.length, 1, 'they went on in one package')
})

t.test('a tampered package is refused at the door and nothing of it goes on', async (t) => {
  const { relay, a, b } = await stagedPair(t)
  const message = a.message(b)
  const good = a.pack([message])
  const bad = tamper(good)
  const outcome = await a.send(bad)
  t.match(outcome, { status: 400, class: 'rejected', text: /^cms\.digest/ })
  await relay.waitForEntry('package.refused', ({ facts }) => facts['sha256'] === bad.sha256)
  t.same(await relay.messages(message.id), [])
  t.equal((await a.deliver(good)).status, 200, 'the untouched package is welcome')
  await a.record.waitForReceipt(message.id)
  await endsOnce(t, relay, b, [message])
})

t.test('several partners exchange crosswise, each message reaching its own', async (t) => {
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2ZC' }] })
  const routes = relay.partners.flatMap((from) =>
    relay.partners
      .filter((to) => to !== from)
      .map((to) => ({ from, to, messages: [from.message(to), from.message(to)] })),
  )
  await Promise.all(routes.map(({ from, to, messages }) => exchange(from, to, messages)))
  await relay.idle()
  for (const partner of relay.partners) {
    const wanted = routes.filter(({ to }) => to === partner).flatMap(({ messages }) => messages)
    t.same(
      partner.record.messages.map(({ contentSha256 }) => contentSha256).sort(),
      wanted.map(({ contentSha256 }) => contentSha256).sort(),
    )
    t.equal(partner.record.receipts.length, 4)
  }
})

t.test('a hub that is started again goes on where it was', async (t) => {
  const { relay, a, b } = await stagedPair(t)
  b.behave('answer-500')
  const { message } = await relay.send(a, b)
  await relay.waitForEntry('attempt.ended', ({ facts }) => facts['outcome'] === 'transient')
  await relay.restart()
  b.behave('ok')
  await a.record.waitForReceipt(message.id)
  await endsOnce(t, relay, b, [message])
  const names = new Set(b.record.arrivals.map(({ name, sha256 }) => `${name} ${sha256}`))
  t.equal(names.size, 1, 'every attempt carried the same bytes under the same name (RULES 20)')
})
