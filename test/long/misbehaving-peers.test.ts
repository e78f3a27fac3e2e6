// Peers that fail in every way a peer can: each message still arrives once, and no other peer waits for them.

import t from 'tap'
import { type BehaviourName, behaviours } from '../../hub/simulate/behaviours.ts'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(240_000)

const messagesEach = 5
/** Of the sick peer alone: a well one may be slow on a busy machine. */
const impatient = { deliverTimeoutMs: 300 }
/** Longer than that, so that the hub has given up when the answer comes. */
const pauseMs = 900

async function startThree(t: Parameters<typeof startRelay>[0], sickCode = '2ZB') {
  const codes = ['2ZA', '2ZB', '2ZC'] as const
  const partners = codes.map((code) => (code === sickCode ? { code, policy: impatient } : { code }))
  const relay = await startRelay(t, { partners, policy: { packageMessagesMax: 1 } })
  const [a, b] = relay.partners
  return { relay, a, b, c: relay.partner('2ZC') }
}

/** Hands the hub messages, each in a package of its own. */
async function handIn(from: RelayPartner, to: RelayPartner): Promise<SimulatedMessage[]> {
  const messages = Array.from({ length: messagesEach }, () => from.message(to))
  const outcomes = await Promise.all(messages.map((message) => from.deliver(from.pack([message]))))
  if (outcomes.some(({ status }) => status !== 200))
    throw new Error('the hub takes packages for sick peers too')
  return messages
}

const told = (from: RelayPartner, messages: readonly SimulatedMessage[]) =>
  Promise.all(messages.map(({ id }) => from.record.waitForReceipt(id)))

/** RULES 20: whatever arrived under one name had the same bytes. */
function namesOf(partner: RelayPartner): { names: number; variants: number } {
  const whole = partner.record.arrivals.filter(({ sha256 }) => sha256 !== undefined)
  return {
    names: new Set(whole.map(({ name }) => name)).size,
    variants: new Set(whole.map(({ name, sha256 }) => `${name} ${sha256}`)).size,
  }
}

async function failures(relay: Relay, peer: string): Promise<number> {
  const entries = await relay.entries('attempt.ended')
  return entries.filter(({ facts }) => facts['peer'] === peer && facts['outcome'] !== 'accepted').length
}

const sick: BehaviourName[] = [
  'answer-500',
  'answer-503',
  'hang',
  'drop-mid-body',
  'late-answer',
  'answer-lost',
  'slow',
]

for (const name of sick) {
  t.test(`a peer that behaves as ${name} gets everything once, and nobody waits for it`, async (t) => {
    const { relay, a, b, c } = await startThree(t)
    b.behave(name, { pauseMs })
    t.comment(behaviours[name].about)
    const toSick = await handIn(a, b)
    const toWell = await handIn(a, c)
    await told(a, toWell)
    await relay.waitForEntry(
      'attempt.ended',
      ({ facts }) => facts['peer'] === b.peer && facts['outcome'] !== 'accepted',
    )
    t.ok(await failures(relay, b.peer), 'the sick peer is sick')
    t.equal(await failures(relay, c.peer), 0, 'the well peer was served meanwhile')
    b.behave('ok')
    await told(a, toSick)
    await relay.idle()
    for (const { contentSha256 } of toSick) t.equal(b.record.countOf(contentSha256), 1)
    for (const { contentSha256 } of toWell) t.equal(c.record.countOf(contentSha256), 1)
    t.equal(a.record.receipts.length, toSick.length + toWell.length, 'each message was answered once')
    const { names, variants } = namesOf(b)
    t.equal(variants, names, 'a name always carried the same bytes')
  })
}

t.test('a sender that is down when its answers come is told all of them later', async (t) => {
  const { relay, a, b } = await startThree(t, '2ZA')
  a.behave('hang')
  const messages = await handIn(a, b)
  await b.record.waitForMessages(messages.length)
  await relay.waitForEntry('attempt.ended', ({ facts }) => facts['peer'] === a.peer)
  a.behave('ok')
  await told(a, messages)
  await relay.idle()
  t.equal(a.record.receipts.length, messages.length)
})

t.test('receipts told twice, or for messages the hub never sent, change nothing', async (t) => {
  const { relay, a, b } = await startThree(t)
  b.behave('duplicate-receipts')
  const messages = await handIn(a, b)
  await told(a, messages)
  await b.settled()
  const stray = a.message(b)
  const { status } = await b.deliver(b.packReceipts([{ outcome: 'success', message: stray.id }], a.code))
  t.equal(status, 200, 'a stray receipt is no reason to refuse its package (RULES 13)')
  await relay.waitForEntry('receipts.unmatched', ({ facts }) => facts['wireId'] === stray.id)
  await relay.idle()
  t.equal(a.record.receipts.length, messages.length)
  t.ok(a.record.receipts.every(({ item }) => item.outcome === 'success'))
})

t.test('an error told by the recipient is told on with its text, once and for good', async (t) => {
  const { relay, a, b } = await startThree(t)
  b.behave('receipt-error', { text: 'Участник не обслуживается' })
  const [message] = await handIn(a, b)
  if (message === undefined) throw new Error('messages were sent')
  const { item } = await a.record.waitForReceipt(message.id)
  t.match(item, { outcome: 'error', text: /Участник не обслуживается/ })
  await relay.waitForState(message.id, 'refused')
})
