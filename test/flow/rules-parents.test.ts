// RULES 12, 13, 15, 18: who is whose parent, circles, answers under way, receipts that come too late.

import t from 'tap'
import { releaseMessage } from '../../hub/pipeline/run/control.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { closeGate } from '../support/gates.ts'
import { failure, success, unknown } from '../support/receipt-items.ts'
import { startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

const relay = await startRelay(t, {
  partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2ZC' }],
  settings: ['deliver.breakerFailures=1000'],
})
const a = relay.partner('2ZA')
const b = relay.partner('2ZB')
const c = relay.partner('2ZC')
for (const partner of relay.partners) partner.behave('no-receipt')
const by = { actor: 'test', reason: 'проба' }

const compose = (of: { from?: string; to?: string; parents?: string[]; id?: string }) => {
  const at = new Date()
  const document = freeDocument({ at, size: 200, parents: (of.parents ?? []) as [] })
  const from = { ...a.subscriber, id: (of.from ?? a.subscriber.id) as ParticipantId }
  const to = { id: (of.to ?? b.subscriber.id) as ParticipantId }
  return composeMessage({ from, to, at, documents: [document] })
}
const documentOf = (message: SimulatedMessage) => message.documents[0]?.id ?? ''
const put = async (...messages: SimulatedMessage[]) => {
  await a.deliver(a.pack(messages))
}
const sent = async (message = compose({})) => {
  await put(message)
  await relay.waitForState(message.id, 'sent')
  return message
}
const tell = async (from: RelayPartner, ...items: ReceiptItem[]) => {
  await from.deliver(from.packReceipts(items, a.code as OperatorCode))
}
const statesOf = async ({ id }: SimulatedMessage) => (await relay.messages(id)).map(({ state }) => state)
const decide = async (message: SimulatedMessage) => {
  const done = await releaseMessage(relay.hub.context, { id: (await relay.message(message.id)).id, ...by })
  if (isRefusal(done)) throw new Error(done.seen)
}
const packagesAt = (partner: RelayPartner, { id }: SimulatedMessage) =>
  partner.record.messagesOf(id).map((message) => message.package)

t.test("RULES 15: an operator's own message waits for the document of its subscriber", async (t) => {
  b.behave('answer-500', { receipts: 'none' })
  const invoice = compose({})
  await put(invoice)
  await relay.waitForState(invoice.id, 'sending')
  const confirmation = compose({ from: '2ZA', parents: [documentOf(invoice)] })
  const stranger = compose({ from: '2ZA-another', parents: [documentOf(invoice)] })
  await put(confirmation, stranger)
  await relay.waitForState(confirmation.id, 'waiting')
  await relay.waitForState(stranger.id, 'sending')
  b.behave('no-receipt')
  await relay.waitForState(confirmation.id, 'sent')
  const order = b.record.messages.map(({ id }) => id)
  t.ok(order.indexOf(invoice.id) < order.indexOf(confirmation.id))
})

t.test('RULES 15: messages of a package that refer to each other in a circle go together', async (t) => {
  const messages = [compose({}), compose({}), compose({})]
  const [first, second, third] = messages.map(documentOf)
  const circle = [second, third, first].map((parent) => compose({ parents: [String(parent)] }))
  // Each of the circle bears the document of the one at its place, and refers to the next one's.
  const turned = circle.map((message, place) =>
    renamed(message, documentOf(message), String([first, second, third][place])),
  )
  await put(...turned)
  for (const message of turned) await relay.waitForState(message.id, 'sent')
  t.equal(new Set(turned.flatMap((message) => packagesAt(b, message))).size, 1)
  const waits = await relay.rows('select * from parent_wait')
  t.strictSame(waits, [], 'nobody waits any more')
})

/** The same message with a document under another id. */
function renamed(message: SimulatedMessage, from: string, to: string): SimulatedMessage {
  const parts = message.parts.map((part) => {
    if (!('bytes' in part)) throw new Error('a composed message is not packed yet')
    const { name, bytes } = part
    const isDescription = name.endsWith('.xml')
    const text = isDescription ? Buffer.from(bytes).toString().replaceAll(from, to) : ''
    return { name: name.replace(from, to), bytes: isDescription ? Buffer.from(text) : bytes }
  })
  return { ...message, parts }
}

t.test(
  'RULES 12: a repeat while the error is on its way waits until that was taken, then goes',
  async (t) => {
    const message = await sent()
    a.behave('answer-500', { receipts: 'none' })
    await tell(b, failure(message))
    await relay.waitForState(message.id, 'refused')
    await relay.waitForEntry(
      'attempt.ended',
      ({ facts }) => facts['peer'] === a.peer && facts['status'] === 500,
    )
    await put(message)
    await relay.until(async () => ((await statesOf(message)).length === 2 ? true : undefined), 'the repeat')
    const repeat = await relay.message(message.id)
    await sent()
    const [work] = await relay.rows<{ due_at: Date; created_at: Date }>('select * from work where id = $1', [
      repeat.id,
    ])
    t.ok(work !== undefined && work.due_at > work.created_at, 'it was looked at and put off')
    t.strictSame(await statesOf(message), ['refused', 'accepted'])
    a.behave('no-receipt')
    await relay.waitForState(message.id, 'sent')
    t.equal(packagesAt(b, message).length, 2)
    await tell(b, success(message))
    await a.record.waitFor(() => a.record.receiptsOf(message.id).length === 2 || undefined, 'two answers')
    t.strictSame(
      a.record.receiptsOf(message.id).map((receipt) => receipt.item.outcome),
      ['error', 'success'],
    )
  },
)

t.test('RULES 18: an unknown id told of an earlier sending does not touch the one sent since', async (t) => {
  const parent = await sent()
  const child = await sent(compose({ parents: [documentOf(parent)] }))
  await tell(b, unknown(child, documentOf(parent)))
  await relay.waitForState(child.id, 'waiting')
  const gate = closeGate(t, relay.hub.context, 'readReceipts')
  await tell(b, unknown(child, documentOf(parent)))
  await gate.reached
  const row = await relay.message(child.id)
  await decide(child)
  await relay.waitForState(child.id, 'sent')
  // Time has passed since it was told, more than clocks may differ.
  await relay.rows(
    "update package_out set created_at = created_at + $1::float8 * interval '1 ms' where id = $2",
    [limits.clockSkewMs + 1, (await relay.message(child.id)).package_out],
  )
  gate.open()
  const noted = await relay.waitForEntry(
    'message.noted',
    ({ facts, subject }) => subject === row.id && facts['event'] === 'receipt-unknown-id',
  )
  t.ok(noted)
  t.strictSame(await statesOf(child), ['sent'])
  await tell(b, success(child))
  await relay.waitForState(child.id, 'delivered')
})

t.test(
  'RULES 13 and 6: an id reserved at a peer that got no package neither answers there nor follows elsewhere',
  async (t) => {
    const gate = closeGate(t, relay.hub.context, 'packMessages')
    const message = compose({ to: '2ZB-moves' })
    await put(message)
    await gate.reached
    const moved = { participant: '2ZB-moves', operator: 'op-2zc', reason: 'перешёл' }
    await relay.hub.registry.apply({ overrides: [moved] }, by)
    await decide(message)
    gate.open()
    const there = await c.record.waitForMessage(message.id)
    await relay.waitForState(message.id, 'sent')
    await tell(b, failure(message))
    await relay.waitForEntry('receipts.unmatched', ({ facts }) => facts['wireId'] === there.id)
    t.strictSame(await statesOf(message), ['sent'])
    t.strictSame(packagesAt(b, message), [], 'nothing was sent there')
    await tell(c, success(message))
    await relay.waitForState(message.id, 'delivered')
  },
)
