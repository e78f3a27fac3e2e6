// What happens between two partners whatever carries it: each scenario runs over every pair of transports.

import assert from 'node:assert/strict'
import type { Test } from 'tap'
import { freeDocument } from '../../hub/simulate/documents.ts'
import {
  composeInvitation,
  composeMessage,
  composeSignature,
  type SimulatedMessage,
} from '../../hub/simulate/messages.ts'
import { tamper } from '../../hub/simulate/packages.ts'
import type { Relay } from './relay.ts'
import type { RelayPartner } from './relay-partners.ts'

/** Who sends to whom. */
export type Pair = { relay: Relay; a: RelayPartner; b: RelayPartner }

/** One scenario; throws when something is not as it must be. */
type Scenario = {
  name: string
  /** Partners that pack and sign themselves; a home service does not. */
  packsItself?: true
  /** The receiver loses answers: over SFTP that takes a server of its own. */
  losesAnswers?: true
  /** The receiver tells what becomes of a message: a home service does so only where it answers itself. */
  run(pair: Pair): Promise<void>
}

/** Waits until a message is with the receiver, and compares what came with what was sent. */
async function arrives({ a, b }: Pair, message: SimulatedMessage): Promise<void> {
  const got = await b.record.waitForMessage(message.id)
  assert.equal(b.record.messagesOf(message.id).length, 1, 'it came once')
  assert.deepEqual([got.sender, got.recipient], [message.sender, message.recipient])
  assert.deepEqual(
    got.documents.map(({ id, sha256 }) => ({ id, sha256 })),
    message.documents.map(({ id, sha256 }) => ({ id, sha256 })),
    'every body came byte for byte',
  )
  const signatures = message.documents.flatMap(({ signature }) => signature ?? [])
  for (const { id, bytes } of signatures) {
    const came = got.signatures.find((one) => one.id === id)
    assert.ok(came !== undefined && Buffer.compare(came.bytes, bytes) === 0, 'so did every signature')
  }
  // The description of a home service's message is written by the hub.
  if (a.over !== 'home') assert.equal(got.contentSha256, message.contentSha256)
}

async function told(from: RelayPartner, message: SimulatedMessage, outcome: string): Promise<void> {
  const { item } = await from.record.waitForReceipt(message.id)
  assert.equal(item.outcome, outcome)
}

async function toldOnce(from: RelayPartner, message: SimulatedMessage): Promise<void> {
  await told(from, message, 'success')
  assert.equal(from.record.receiptsOf(message.id).length, 1, 'it was told once')
}

async function sendAll(from: RelayPartner, ...messages: SimulatedMessage[]): Promise<void> {
  const outcome = await from.deliver(from.pack(messages))
  assert.equal(outcome.class, 'accepted', outcome.text)
}

/** All of them, in an order that leaves everything as it was. */
const scenarios: readonly Scenario[] = [
  {
    name: 'a message arrives unchanged and its receipt comes back',
    async run(pair) {
      const message = pair.a.message(pair.b)
      await sendAll(pair.a, message)
      await arrives(pair, message)
      await toldOnce(pair.a, message)
      await pair.relay.waitForState(message.id, 'delivered')
    },
  },
  {
    name: 'several messages at once, small and large',
    async run(pair) {
      const messages = [1, 300, 5000, 65_536, 250_000, 1_000_000].map((size) =>
        pair.a.message(pair.b, { size }),
      )
      await sendAll(pair.a, ...messages)
      await Promise.all(messages.map((message) => arrives(pair, message)))
      await Promise.all(messages.map((message) => toldOnce(pair.a, message)))
    },
  },
  {
    name: 'an invitation',
    packsItself: true,
    async run({ a, b }) {
      const at = new Date()
      const ask = composeInvitation({
        type: 'ask',
        from: a.subscriber,
        to: b.subscriber,
        comment: 'Просим',
        at,
      })
      await sendAll(a, ask)
      const got = await b.record.waitForMessage(ask.id)
      assert.equal(got.kind, 'invitation')
      await toldOnce(a, ask)
    },
  },
  {
    name: 'a document, what answers it, and a signature alone, in their order',
    async run(pair) {
      const { a, b } = pair
      const at = new Date()
      const parent = a.message(b)
      const [document] = parent.documents
      assert.ok(document !== undefined)
      const child = a.message(b, { parents: [document.id] })
      const alone = composeSignature({ from: a.subscriber, to: b.subscriber, at, document })
      for (const message of [parent, child, alone]) await sendAll(a, message)
      await Promise.all([parent, child].map((message) => arrives(pair, message)))
      const signed = await b.record.waitForMessage(alone.id)
      assert.equal(signed.signatures[0]?.document, document.id)
      for (const message of [parent, child, alone]) await toldOnce(a, message)
      const order = b.record.messages.map(({ id }) => id)
      assert.ok(order.indexOf(parent.id) < order.indexOf(child.id), 'the parent came first')
    },
  },
  {
    name: 'the recipient says no, and the sender is told in its words',
    async run({ a, b }) {
      const message = a.message(b)
      b.behave('receipt-error', { packages: 1, text: 'Нет такого договора' })
      await sendAll(a, message)
      await b.record.waitForMessage(message.id)
      const { item } = await a.record.waitForReceipt(message.id)
      assert.equal(item.outcome, 'error')
      assert.match(item.outcome === 'error' ? item.text : '', /Нет такого договора/)
    },
  },
  {
    name: 'the recipient does not know a document, and the sender is told which',
    async run({ a, b }) {
      const ids = ['0123456789abcdef'.repeat(2)]
      const message = a.message(b)
      b.behave('receipt-unknown-id', { packages: 1, ids })
      await sendAll(a, message)
      const { item } = await a.record.waitForReceipt(message.id)
      assert.equal(item.outcome, 'unknown-id')
      assert.deepEqual(item.outcome === 'unknown-id' ? item.ids : [], ids)
    },
  },
  {
    name: 'success told twice counts once',
    async run(pair) {
      const message = pair.a.message(pair.b)
      pair.b.behave('duplicate-receipts', { packages: 1 })
      await sendAll(pair.a, message)
      await arrives(pair, message)
      await pair.b.settled()
      await pair.relay.idle()
      await toldOnce(pair.a, message)
    },
  },
  {
    name: 'the very same sent again has no second effect',
    async run(pair) {
      const message = pair.a.message(pair.b)
      const prepared = pair.a.pack([message])
      for (let time = 0; time < 3; time++) {
        const outcome = await pair.a.deliver(prepared)
        assert.equal(outcome.class, 'accepted', outcome.text)
      }
      await arrives(pair, message)
      await pair.relay.idle()
      await toldOnce(pair.a, message)
    },
  },
  {
    name: 'the same message in another package is told again, not delivered again',
    packsItself: true,
    async run(pair) {
      const message = pair.a.message(pair.b)
      await sendAll(pair.a, message)
      await toldOnce(pair.a, message)
      await sendAll(pair.a, message)
      await pair.a.record.waitFor(
        () => (pair.a.record.receiptsOf(message.id).length === 2 ? true : undefined),
        'a second receipt',
      )
      await arrives(pair, message)
    },
  },
  {
    name: 'a tampered package is refused with its code, the good one is welcome',
    packsItself: true,
    async run(pair) {
      const message = pair.a.message(pair.b)
      const good = pair.a.pack([message])
      const refused = await pair.a.send(tamper(good))
      assert.equal(refused.class, 'rejected')
      assert.match(refused.text, /cms\.digest/)
      assert.equal((await pair.a.deliver(good)).class, 'accepted')
      await arrives(pair, message)
      await toldOnce(pair.a, message)
    },
  },
  {
    name: 'to nobody: the hub says no',
    async run({ a }) {
      const at = new Date()
      const message = composeMessage({
        from: a.subscriber,
        to: { id: '2ZX-7700000000-770001001-1' as never },
        at,
        documents: [freeDocument({ at, size: 300 })],
      })
      const outcome = await a.deliver(a.pack([message]))
      if (a.over === 'home') assert.match(outcome.text, /route\.unknown-operator/)
      else {
        await told(a, message, 'error')
      }
    },
  },
  {
    name: 'a receiver that asks for a package again gets it once in the end',
    async run(pair) {
      const message = pair.a.message(pair.b)
      pair.b.behave('answer-500', { packages: 2 })
      await sendAll(pair.a, message)
      await arrives(pair, message)
      await toldOnce(pair.a, message)
    },
  },
  {
    name: 'a receiver whose answer is lost has one effect',
    losesAnswers: true,
    async run(pair) {
      const message = pair.a.message(pair.b)
      pair.b.behave('answer-lost', { packages: 1 })
      await sendAll(pair.a, message)
      await arrives(pair, message)
      await toldOnce(pair.a, message)
      await pair.relay.idle()
      assert.equal(pair.b.record.messagesOf(message.id).length, 1)
    },
  },
]

/** Runs every scenario that can be between two partners, and looks that nothing came twice in the end. */
export async function runScenarios(t: Pick<Test, 'resolves' | 'equal'>, pair: Pair): Promise<void> {
  const { relay, a, b } = pair
  const hasOwnServer = b.over !== 'sftp' || b.sftp?.server !== undefined
  for (const { name, packsItself, losesAnswers, run } of scenarios) {
    if ((packsItself === true && a.over === 'home') || (losesAnswers === true && !hasOwnServer)) continue
    await t.resolves(run(pair), name)
  }
  await relay.idle()
  const ids = b.record.messages.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length, 'nothing came twice')
}
