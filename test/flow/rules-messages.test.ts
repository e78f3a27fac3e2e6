// RULES 12, 15, 17, 18 and 22: repeats, parents, final answers. In the end every row of the machine was taken.

import t, { type Test } from 'tap'
import { refuseMessage, releaseMessage } from '../../hub/pipeline/run/control.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, composeSignature, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import { rowName } from '../../routing/machine.ts'
import { messageMachine } from '../../routing/machines/message.ts'
import { homeRows } from '../../routing/machines/message-home.ts'
import { interventionRows } from '../../routing/machines/message-interventions.ts'
import { linkRows } from '../../routing/machines/message-link.ts'
import { settleRows } from '../../routing/machines/message-settle.ts'
import { verdictRows } from '../../routing/machines/message-verdict.ts'
import type { OperatorCode, PeerId } from '../../schemas/ids.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { closeGate } from '../support/gates.ts'
import { failure, success, unknown } from '../support/receipt-items.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

const relay = await startRelay(t, {
  partners: [
    // One answer at a time is told to it, so that others gather meanwhile.
    { code: '2ZA', policy: { connectionsMax: 1 } },
    { code: '2ZB' },
    { code: '2ZC' },
    { code: '2ZL', policy: { receiptWithinMs: 1000, overdueHoldMs: 1000 } },
    { code: '2ZN', policy: { idempotentByName: false } },
    { code: '2ZX', policy: { retryMs: [100], retryForMs: 1000 } },
    { code: '2ZU', policy: { unknownParent: 'refuse' } },
    { code: '2ZW', policy: { receiptWithinMs: 7_200_000 } },
  ],
  settings: ['deliver.breakerFailures=1000'],
})
const a = relay.partner('2ZA')
const b = relay.partner('2ZB')
const c = relay.partner('2ZC')
// Nobody answers by himself here: the tests say who tells what, and when.
for (const partner of relay.partners) partner.behave('no-receipt')
const by = { actor: 'test', reason: 'проба' }
/** Rows of the machine that were taken, as `from event to`. */
const taken = new Set<string>()

const refersTo = (to: RelayPartner, ...parents: string[]) => a.message(to, { size: 200, parents })
const documentOf = (message: SimulatedMessage) => message.documents[0]?.id ?? ''
const tell = async (from: RelayPartner, ...items: ReceiptItem[]) => {
  await from.deliver(from.packReceipts(items, a.code as OperatorCode))
}
const put = async (...messages: SimulatedMessage[]) => {
  const prepared = a.pack(messages)
  await a.deliver(prepared)
  return prepared
}
/** Sends a message, until the hub knows that the partner has it. */
const sentTo = async (to: RelayPartner, message = a.message(to)) => {
  await put(message)
  await relay.waitForState(message.id, 'sent')
  return message
}
const statesOf = async ({ id }: SimulatedMessage) => (await relay.messages(id)).map(({ state }) => state)
const outcomesAt = (partner: RelayPartner, { id }: SimulatedMessage) =>
  partner.record.receiptsOf(id).map(({ item }) => item.outcome)
const decide = async (verb: typeof releaseMessage, message: SimulatedMessage, on: Relay = relay) => {
  const done = await verb(on.hub.context, { id: (await on.message(message.id)).id, ...by })
  if (isRefusal(done)) throw new Error(done.seen)
}
const packagesOf = (partner: RelayPartner, { id }: SimulatedMessage) =>
  partner.record.messagesOf(id).map((message) => message.package)
/** A message to 2ZN whose first attempt it took, while the hub cannot know: held. */
const heldInDoubt = async (): Promise<SimulatedMessage> => {
  const n = relay.partner('2ZN')
  const message = a.message(n)
  n.behave('answer-lost', { receipts: 'none' })
  await put(message)
  await relay.waitForState(message.id, 'held')
  n.behave('no-receipt')
  return message
}
/** Everything that was owed to the partners was told; nothing more comes of what they did. */
const toldAll = async () => {
  const underWay =
    "select id from work where hop in ('process', 'settle', 'deliver', 'send') " +
    "union all select id from message where answer = 'owed'"
  const ask = async () => ((await relay.rows(underWay)).length === 0 ? true : undefined)
  await relay.until(ask, 'no answers under way')
}

t.test('RULES 12: a repeat of a message in progress is ignored, its first one is answered', async (t) => {
  const message = await sentTo(b)
  await put(message)
  await relay.waitForState(message.id, 'ignored')
  await tell(b, success(message))
  await a.record.waitForReceipt(message.id)
  await toldAll()
  t.strictSame(await statesOf(message), ['delivered', 'ignored'])
  t.strictSame(outcomesAt(a, message), ['success'])
  t.equal(b.record.countOf(message.contentSha256), 1)
})

t.test(
  'RULES 12: a repeat of a delivered message is told success again and delivered to nobody',
  async (t) => {
    const message = await sentTo(b)
    await tell(b, success(message))
    await relay.waitForState(message.id, 'delivered')
    await put(message)
    await relay.waitForState(message.id, 'repeated')
    await a.record.waitFor(() => outcomesAt(a, message).length === 2 || undefined, 'two receipts')
    await put(message)
    await a.record.waitFor(() => outcomesAt(a, message).length === 3 || undefined, 'three receipts')
    t.strictSame(outcomesAt(a, message), ['success', 'success', 'success'])
    t.equal(b.record.countOf(message.contentSha256), 1)
  },
)

for (const [outcome, item] of [
  ['error', failure],
  ['unknown-id', (message: SimulatedMessage) => unknown(message, 'f'.repeat(32))],
] as const) {
  t.test(
    `RULES 12: after ${outcome} was told the same message is processed again under its own id`,
    async (t) => {
      const message = await sentTo(b)
      await tell(b, item(message))
      await a.record.waitForReceipt(message.id)
      await put(message)
      await relay.waitForState(message.id, 'sent')
      t.equal(
        b.record.messagesOf(message.id).length,
        2,
        'the next operator gets it under the same id (RULES 6)',
      )
      const [first, second] = packagesOf(b, message)
      t.not(first, second, 'in a package of another name')
      await tell(b, success(message))
      await relay.waitForState(message.id, 'delivered')
      await toldAll()
      t.strictSame(outcomesAt(a, message), [outcome, 'success'])
      t.strictSame(await statesOf(message), ['refused', 'delivered'])
    },
  )
}

t.test('RULES 12: two repeats of a refused message at the same moment are one delivery', async (t) => {
  const message = await sentTo(b)
  await tell(b, failure(message))
  await a.record.waitForReceipt(message.id)
  const gate = closeGate(t, relay.hub.context, 'examine')
  await Promise.all([put(message), put(message), put(message)])
  await gate.reached
  gate.open()
  await relay.waitForState(message.id, 'sent')
  await relay.until(
    async () => ((await statesOf(message)).includes('accepted') ? undefined : true),
    'all processed',
  )
  await toldAll()
  t.strictSame((await statesOf(message)).sort(), ['ignored', 'ignored', 'refused', 'sent'])
  t.equal(b.record.countOf(message.contentSha256), 2, 'once before, once again')
})

t.test(
  'RULES 12: another content under the id of a message is an error, and the first one goes its way',
  async (t) => {
    const message = await sentTo(b)
    const other = composeMessage({
      from: a.subscriber,
      to: b.subscriber,
      at: new Date(),
      documents: [freeDocument({ at: new Date(), size: 100 })],
      id: message.id,
    })
    await put(other)
    const { item } = await a.record.waitForReceipt(message.id)
    t.match(item, { outcome: 'error', text: 'message.differs: ' })
    await tell(b, success(message))
    await relay.waitForState(message.id, 'delivered')
    await put(other)
    await a.record.waitFor(() => outcomesAt(a, message).length === 3 || undefined, 'three receipts')
    t.strictSame(outcomesAt(a, message), ['error', 'success', 'error'])
    t.equal(b.record.countOf(other.contentSha256), 0)
    t.equal(b.record.countOf(message.contentSha256), 1)
  },
)

t.test('RULES 12 and 17: two answers under one id are told in two packages', async (t) => {
  const message = await sentTo(b)
  const other = a.message(b)
  const parts = other.parts.map((part) => ({ ...part, name: part.name.replace(/^[^/]+/, message.id) }))
  await toldAll()
  const gate = closeGate(t, relay.hub.context, 'packReceipts')
  const before = await sentTo(b)
  await tell(b, success(before))
  await gate.reached
  await put({ ...other, parts })
  await tell(b, success(message))
  const areOwed = async () =>
    (await relay.messages(message.id)).every(({ answer }) => answer === 'owed') || undefined
  await relay.until(areOwed, 'both answers owed')
  gate.open()
  await a.record.waitFor(() => outcomesAt(a, message).length === 2 || undefined, 'two receipts')
  t.strictSame(outcomesAt(a, message).sort(), ['error', 'success'])
  const packages = a.record.receiptsOf(message.id).map((receipt) => receipt.package)
  t.equal(new Set(packages).size, 2)
})

t.test('RULES 12 and 17: a repeat before its first one was told waits for that answer', async (t) => {
  const gate = closeGate(t, relay.hub.context, 'packReceipts')
  const before = await sentTo(b)
  await tell(b, success(before))
  await gate.reached
  const message = await sentTo(b)
  await tell(b, failure(message))
  await relay.waitForState(message.id, 'refused')
  await put(message)
  await relay.waitForState(message.id, 'ignored')
  gate.open()
  await a.record.waitForReceipt(message.id)
  await toldAll()
  t.strictSame(outcomesAt(a, message), ['error'])
  await put(message)
  await relay.waitForState(message.id, 'sent')
  t.equal(b.record.countOf(message.contentSha256), 2, 'told and sent again, it is processed again')
})

t.test(
  'RULES 12 and 15: what was refused as another content does not stand for the document it names',
  async (t) => {
    const message = await sentTo(b)
    const [document] = message.documents
    if (document === undefined) throw new Error('no document')
    const body = `${message.id}/${document.id}.bin`
    const parts = message.parts.map((part) =>
      part.name === body ? { name: body, bytes: Buffer.from('другое') } : part,
    )
    const forged = { ...message, parts }
    await put(forged)
    await a.record.waitFor(() => outcomesAt(a, message).length === 1 || undefined, 'the error')
    const child = await sentTo(b, refersTo(b, document.id))
    t.strictSame(await statesOf(child), ['sent'])
  },
)

t.test('RULES 15: a message waits for the document it refers to and goes after it', async (t) => {
  b.behave('answer-500', { receipts: 'none' })
  const parent = a.message(b)
  await put(parent)
  await relay.waitForState(parent.id, 'sending')
  const child = refersTo(b, documentOf(parent))
  const [document] = parent.documents
  if (document === undefined) throw new Error('no document')
  const at = new Date()
  const signature = composeSignature({ from: a.subscriber, to: b.subscriber, at, document })
  await put(child)
  await put(signature)
  await relay.waitForState(child.id, 'waiting')
  await relay.waitForState(signature.id, 'waiting')
  t.equal(b.record.messagesOf(child.id).length, 0)
  b.behave('no-receipt')
  await relay.waitForState(child.id, 'sent')
  await relay.waitForState(signature.id, 'sent')
  const order = b.record.messages.map(({ id }) => id)
  t.ok(order.indexOf(parent.id) < order.indexOf(child.id))
  t.ok(order.indexOf(parent.id) < order.indexOf(signature.id))
})

t.test('RULES 15: the children of a refused message share its refusal, which names the parent', async (t) => {
  b.behave('answer-400', { packages: 1 })
  const parent = a.message(b)
  await put(parent)
  await relay.waitForState(parent.id, 'held')
  b.behave('no-receipt')
  const child = refersTo(b, documentOf(parent))
  await put(child)
  await relay.waitForState(child.id, 'waiting')
  const grandchild = refersTo(b, documentOf(child))
  await put(grandchild)
  await relay.waitForState(grandchild.id, 'waiting')
  await decide(refuseMessage, parent)
  for (const [message, named] of [
    [child, parent],
    [grandchild, child],
  ] as const) {
    const { item } = await a.record.waitForReceipt(message.id)
    t.match(item, { outcome: 'error', text: 'message.parent-refused: ' })
    t.match(item, { text: new RegExp(documentOf(named)) }, 'it names the document')
  }
  const late = refersTo(b, documentOf(parent))
  await put(late)
  t.match((await a.record.waitForReceipt(late.id)).item, {
    outcome: 'error',
    text: 'message.parent-refused',
  })
  await toldAll()
  for (const message of [parent, child, grandchild, late]) t.equal(b.record.messagesOf(message.id).length, 0)
})

t.test(
  'RULES 15: what refers to a document told unknown is told unknown too, so that it is repeated',
  async (t) => {
    const parent = await sentTo(b)
    await tell(b, unknown(parent, 'e'.repeat(32)))
    await a.record.waitForReceipt(parent.id)
    const child = refersTo(b, documentOf(parent))
    await put(child)
    const { item } = await a.record.waitForReceipt(child.id)
    t.match(item, { outcome: 'unknown-id', ids: [documentOf(parent)] })
    const foreign = refersTo(relay.partner('2ZU'), 'd'.repeat(32))
    await put(foreign)
    t.match((await a.record.waitForReceipt(foreign.id)).item, {
      outcome: 'unknown-id',
      ids: ['d'.repeat(32)],
      text: 'message.parent-unknown: ',
    })
    const forwarded = await sentTo(b, refersTo(b, 'd'.repeat(32)))
    t.equal(b.record.messagesOf(forwarded.id).length, 1, 'the default is to forward it')
  },
)

t.test('RULES 15: a child that waits while its parent is told unknown gets the same answer', async (t) => {
  const u = relay.partner('2ZU')
  const parent = refersTo(u, 'e'.repeat(32))
  const child = refersTo(u, documentOf(parent))
  await put(child, parent)
  const { item } = await a.record.waitForReceipt(child.id)
  t.match(item, { outcome: 'unknown-id', ids: [documentOf(parent)], text: 'message.parent-refused: ' })
  t.match((await a.record.waitForReceipt(parent.id)).item, { outcome: 'unknown-id', ids: ['e'.repeat(32)] })
  const entries = await relay.entries('message.moved')
  const waited = entries.filter(({ facts }) => facts['wireId'] === child.id && facts['to'] === 'waiting')
  t.equal(waited.length, 1, 'it waited for its parent')
})

t.test('RULES 15: a document that came twice counts by the one that got through', async (t) => {
  const parent = await sentTo(b)
  await tell(b, failure(parent))
  await a.record.waitForReceipt(parent.id)
  await put(parent)
  await relay.waitForState(parent.id, 'sent')
  const child = await sentTo(b, refersTo(b, documentOf(parent)))
  t.strictSame(await statesOf(child), ['sent'])
})

t.test(
  'RULES 18: an unknown id is sent again by the hub while its parent is on its way, else told on',
  async (t) => {
    const parent = await sentTo(b)
    const child = await sentTo(b, refersTo(b, documentOf(parent)))
    await tell(b, unknown(child, documentOf(parent)))
    await relay.waitForState(child.id, 'waiting')
    await tell(b, unknown(child, documentOf(parent)))
    await tell(b, success(parent))
    await relay.waitForState(child.id, 'sent')
    await toldAll()
    t.strictSame(outcomesAt(a, child), [], 'its sender was not troubled')
    const [first, second] = packagesOf(b, child)
    t.equal(packagesOf(b, child).length, 2)
    t.not(first, second, 'under a new package name')
    await tell(b, unknown(child, documentOf(parent), 'f'.repeat(32)))
    const { item } = await a.record.waitForReceipt(child.id)
    t.same(item, unknown(child, documentOf(parent), 'f'.repeat(32)))
  },
)

t.test('RULES 18: whoever waits after an unknown id takes a later answer of the next operator', async (t) => {
  const parent = await sentTo(b)
  const [first, second] = [refersTo(b, documentOf(parent)), refersTo(b, documentOf(parent))]
  await Promise.all([sentTo(b, first), sentTo(b, second)])
  await tell(b, unknown(first, documentOf(parent)), unknown(second, documentOf(parent)))
  await relay.waitForState(first.id, 'waiting')
  await relay.waitForState(second.id, 'waiting')
  await tell(b, success(first), failure(second))
  await relay.waitForState(first.id, 'delivered')
  await relay.waitForState(second.id, 'refused')
  await tell(b, success(parent))
  await relay.waitForState(parent.id, 'delivered')
  await toldAll()
  t.strictSame([outcomesAt(a, first), outcomesAt(a, second)], [['success'], ['error']])
  t.equal(packagesOf(b, first).length, 1)
})

t.test(
  'RULES 17: one final answer for each message, whatever receipts come late, twice or contradict',
  async (t) => {
    const [good, bad, mixed] = [await sentTo(b), await sentTo(b), await sentTo(b)]
    await tell(b, success(good))
    await tell(b, failure(bad, 'первая ошибка'))
    await relay.waitForState(good.id, 'delivered')
    await relay.waitForState(bad.id, 'refused')
    await tell(b, success(good), success(bad))
    await tell(b, failure(good), failure(bad, 'вторая ошибка'))
    await tell(b, unknown(good, 'f'.repeat(32)), unknown(bad, 'f'.repeat(32)))
    // Two answers to one message in one package: the first one counts, the other is on record.
    await tell(b, failure(mixed), success(mixed))
    await a.record.waitForReceipt(mixed.id)
    await relay.waitForEntry('message.noted', ({ facts }) => facts['wireId'] === mixed.id)
    await toldAll()
    t.strictSame(
      [good, bad, mixed].map((message) => outcomesAt(a, message)),
      [['success'], ['error'], ['error']],
    )
    t.match(a.record.receiptsOf(bad.id)[0]?.item, { text: 'первая ошибка' })
    t.equal((await relay.message(bad.id)).reason, 'next.error')
    const noted = (await relay.entries('message.noted')).map(({ facts }) => facts['wireId'])
    t.equal(noted.filter((id) => id === good.id).length, 3, 'each of them is on record')
  },
)

t.test('RULES 17: no error is told by itself of what may have arrived', async (t) => {
  const message = await heldInDoubt()
  await relay.hub.registry.setPeerState('2zn' as PeerId, 'inactive', by)
  await decide(releaseMessage, message)
  await relay.until(
    async () => ((await relay.message(message.id)).reason === 'route.no-peer' ? true : undefined),
    'held again',
  )
  await toldAll()
  t.equal((await relay.message(message.id)).state, 'held')
  t.strictSame(outcomesAt(a, message), [])
  await decide(refuseMessage, message)
  const { item } = await a.record.waitForReceipt(message.id)
  t.match(item, { outcome: 'error', text: /^message\.refused-by-person: .*проба$/ })
  const decided = (await relay.entries('person.decided')).filter(({ subject }) => subject !== undefined)
  t.ok(decided.length >= 2, 'the decisions are recorded')
  await relay.hub.registry.setPeerState('2zn' as PeerId, 'active', by)
})

t.test(
  'RULES 17 and 18: a late answer ends what an engineer has let go, at every step of its new way',
  async (t) => {
    const n = relay.partner('2ZN')
    const cases = [
      ['accepted', 'examine'],
      ['ready', 'packMessages'],
    ] as const
    for (const [state, place] of cases) {
      const [good, bad] = [await heldInDoubt(), await heldInDoubt()]
      const gate = closeGate(t, relay.hub.context, place)
      await Promise.all([decide(releaseMessage, good), decide(releaseMessage, bad)])
      await gate.reached
      await relay.waitForState(good.id, state)
      await relay.waitForState(bad.id, state)
      await tell(n, success(good), failure(bad))
      await relay.waitForState(good.id, 'delivered')
      await relay.waitForState(bad.id, 'refused')
      gate.open()
      await toldAll()
      t.strictSame([outcomesAt(a, good), outcomesAt(a, bad)], [['success'], ['error']])
      t.strictSame(
        [packagesOf(n, good).length, packagesOf(n, bad).length],
        [1, 1],
        `not sent again from ${state}`,
      )
    }
  },
)

t.test('RULES 18: an answer may overtake what the hub knows of its own sending', async (t) => {
  const parent = await sentTo(b)
  const gate = closeGate(t, relay.hub.context, 'sent')
  const [good, bad, lost, early] = [a.message(b), a.message(b), a.message(b), refersTo(b, documentOf(parent))]
  for (const message of [good, bad, lost, early]) {
    await put(message)
    await b.record.waitForMessage(message.id)
  }
  await tell(
    b,
    success(good),
    failure(bad),
    unknown(lost, 'f'.repeat(32)),
    unknown(early, documentOf(parent)),
  )
  await relay.waitForState(good.id, 'delivered')
  await relay.waitForState(bad.id, 'refused')
  await relay.waitForState(lost.id, 'refused')
  await relay.waitForState(early.id, 'waiting')
  gate.open()
  await tell(b, success(parent))
  await relay.waitForState(early.id, 'sent')
  await tell(b, success(early))
  await relay.waitForState(early.id, 'delivered')
  await toldAll()
  const told = [good, bad, lost, early].map((message) => outcomesAt(a, message))
  t.strictSame(told, [['success'], ['error'], ['unknown-id'], ['success']])
})

t.test(
  'RULES 18: without a receipt a message is overdue, then held, and answered late all the same',
  async (t) => {
    const l = relay.partner('2ZL')
    const overdue = await Promise.all([sentTo(l), sentTo(l), sentTo(l)])
    for (const message of overdue) await relay.waitForState(message.id, 'overdue')
    const held = [a.message(l), a.message(l), a.message(l), a.message(l)]
    const [first, second, third] = overdue
    if (first === undefined || second === undefined || third === undefined) throw new Error('three messages')
    await tell(l, success(first), failure(second), unknown(third, 'f'.repeat(32)))
    await put(...held)
    for (const message of held) await relay.waitForState(message.id, 'held')
    const [one, two, three, four] = held as [
      SimulatedMessage,
      SimulatedMessage,
      SimulatedMessage,
      SimulatedMessage,
    ]
    t.equal((await relay.message(one.id)).reason, 'receipt.overdue')
    t.strictSame(outcomesAt(a, one), [], 'nobody is told anything meanwhile')
    await tell(l, success(one), failure(two), unknown(three, 'f'.repeat(32)))
    await decide(releaseMessage, four)
    await relay.waitForState(four.id, 'sent')
    t.equal(new Set(packagesOf(l, four)).size, 2, 'asked again only under a new name')
    await tell(l, success(four))
    for (const message of [first, one, four]) await relay.waitForState(message.id, 'delivered')
    for (const message of [second, two, third, three]) await relay.waitForState(message.id, 'refused')
    await toldAll()
    const told = [first, second, third, one, two, three, four].map((message) => outcomesAt(a, message))
    t.strictSame(told, [
      ['success'],
      ['error'],
      ['unknown-id'],
      ['success'],
      ['error'],
      ['unknown-id'],
      ['success'],
    ])
  },
)

t.test('RULES 18: a late unknown id too waits for a parent on its way', async (t) => {
  const l = relay.partner('2ZL')
  const parent = await sentTo(l)
  const [early, late] = [refersTo(l, documentOf(parent)), refersTo(l, documentOf(parent))]
  await Promise.all([sentTo(l, early), sentTo(l, late)])
  await relay.waitForState(early.id, 'overdue')
  await tell(l, unknown(early, documentOf(parent)))
  await relay.waitForState(early.id, 'waiting')
  await relay.waitForState(late.id, 'held')
  await tell(l, unknown(late, documentOf(parent)))
  await relay.waitForState(late.id, 'waiting')
  await tell(l, success(parent))
  for (const message of [early, late]) {
    await relay.until(
      async () => (packagesOf(l, message).length === 2 ? true : undefined),
      'sent again under a new name',
    )
    await tell(l, success(message))
    await relay.waitForState(message.id, 'delivered')
  }
  await toldAll()
  t.strictSame([outcomesAt(a, early), outcomesAt(a, late)], [['success'], ['success']])
})

t.test('RULES 18: after an unknown id the parent has as long as its receipt may take', async (t) => {
  const w = relay.partner('2ZW')
  const parent = await sentTo(w)
  const child = await sentTo(w, refersTo(w, documentOf(parent)))
  await tell(w, unknown(child, documentOf(parent)))
  const { state_at, deadline_at } = await relay.waitForState(child.id, 'waiting')
  t.equal((deadline_at?.getTime() ?? 0) - state_at.getTime(), 7_200_000, 'longer than process.parentWithinMs')
  await tell(w, success(parent))
  await relay.waitForState(child.id, 'sent')
})

t.test('RULES 18: a container of ours that is refused is held for us, not told', async (t) => {
  b.behave('answer-400', { packages: 1, text: 'не понимаем' })
  const message = a.message(b)
  await put(message)
  await relay.waitForState(message.id, 'held')
  await toldAll()
  t.equal((await relay.message(message.id)).reason, 'deliver.rejected')
  t.strictSame(outcomesAt(a, message), [])
  b.behave('no-receipt')
  await decide(releaseMessage, message)
  await relay.waitForState(message.id, 'sent')
})

t.test(
  'RULES 22: what may have arrived is sent again only to a peer that is idempotent by name',
  async (t) => {
    const message = await heldInDoubt()
    t.equal((await relay.message(message.id)).reason, 'deliver.ambiguous')
    t.equal(relay.partner('2ZN').record.messagesOf(message.id).length, 1)
    await tell(relay.partner('2ZN'), success(message))
    await relay.waitForState(message.id, 'delivered')

    b.behave('answer-lost', { packages: 1, receipts: 'none' })
    const again = await sentTo(b)
    t.equal(b.record.messagesOf(again.id).length, 1, 'no second effect')
    const [name] = packagesOf(b, again)
    const arrivals = b.record.arrivals.filter((arrival) => arrival.name === name)
    t.equal(arrivals.length, 2)
    t.equal(new Set(arrivals.map(({ sha256 }) => sha256)).size, 1, 'the same bytes')
  },
)

t.test(
  'nothing is dropped when attempts are exhausted or an address is forbidden: a person decides',
  async (t) => {
    const x = relay.partner('2ZX')
    x.behave('answer-500')
    const exhausted = a.message(x)
    await put(exhausted)
    const peer = relay.hub.registry.book().peers.get('2zc')
    const move = (address: string | undefined) =>
      relay.hub.registry.apply({ peers: [{ ...peer, address }] }, by)
    t.notMatch(await move('http://192.0.2.1/'), { refusals: [] })
    const forbidden = a.message(c)
    await put(forbidden)
    await relay.waitForState(forbidden.id, 'held')
    t.equal((await relay.message(forbidden.id)).reason, 'deliver.address')
    t.notMatch(await move(c.address), { refusals: [] })
    await decide(releaseMessage, forbidden)
    await relay.waitForState(forbidden.id, 'sent')
    await relay.waitForState(exhausted.id, 'held')
    t.equal((await relay.message(exhausted.id)).reason, 'deliver.exhausted')
    x.behave('no-receipt')
    await decide(releaseMessage, exhausted)
    await relay.waitForState(exhausted.id, 'sent')
  },
)

t.test(
  'RULES 15: a parent that does not get through in time brings its children before a person',
  async (t) => {
    const impatient = await startRelay(t, {
      partners: [{ code: '2ZA' }, { code: '2ZB', state: 'suspended' }],
      settings: ['process.parentWithinMs=1000'],
    })
    const [from, to] = impatient.partners
    const parent = from.message(to)
    await from.deliver(from.pack([parent]))
    await impatient.waitForState(parent.id, 'ready')
    const child = from.message(to, { size: 100, parents: [documentOf(parent)] })
    await from.deliver(from.pack([child]))
    await impatient.waitForState(child.id, 'held')
    t.equal((await impatient.message(child.id)).reason, 'parent.overdue')
    await decide(releaseMessage, child, impatient)
    await impatient.waitForState(child.id, 'ready')
    await impatient.hub.registry.setPeerState('2zb' as PeerId, 'active', by)
    await from.record.waitForReceipt(child.id)
    await collectRows(impatient)
  },
)

t.test('RULES 22: a fault of ours while a package leaves counts as ambiguous', async (t) => {
  const { courier } = relay.hub.context
  const n = relay.partner('2ZN')
  const message = a.message(n)
  relay.hub.context.courier = {
    ...courier,
    async send(departure) {
      await courier.send(departure)
      throw new TypeError('a fault of ours')
    },
  }
  await put(message)
  await relay.waitForState(message.id, 'held')
  relay.hub.context.courier = courier
  t.equal((await relay.message(message.id)).reason, 'deliver.ambiguous')
  await tell(n, success(message))
  await relay.waitForState(message.id, 'delivered')
})

t.test('every row of the message machine was taken on the way', async (t: Test) => {
  await collectRows(relay)
  // Rows of faults and of people are taken in rules-people.test.ts, of home in rules-home.test.ts, of verdicts in
  // rules-verdicts.test.ts, of links in waiting.test.ts and readdressing.test.ts, of files that are refused late in
  // transport-switch.test.ts.
  const late = settleRows.filter(({ on }) => on === 'rejected')
  const others = new Set<object>([...interventionRows, ...homeRows, ...verdictRows, ...linkRows, ...late])
  const missing = messageMachine.rows.filter(
    (row) => !others.has(row) && !taken.has(`${row.from} ${row.on} ${row.to}`),
  )
  t.strictSame(missing.map(rowName), [])
})

async function collectRows(on: Relay): Promise<void> {
  for (const { facts } of await on.entries('message.moved')) {
    taken.add(`${facts['from']} ${facts['event']} ${facts['to']}`)
  }
}
