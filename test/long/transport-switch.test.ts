// A partner that changes between HTTP and SFTP while packages are on their way (RULES 11, 20, 24).

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startSimulatedOperator } from '../../hub/simulate/operator.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(120_000)

const startPair = (t: Parameters<typeof startRelay>[0]) =>
  startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB', over: 'sftp' }] })

/** The same partner, reachable over HTTP as well. */
async function overHttp(t: Parameters<typeof startRelay>[0], relay: Relay, partner: RelayPartner) {
  const twin = await startSimulatedOperator({ party: partner.party })
  t.teardown(() => twin.close())
  twin.connect({ address: relay.hub.partnerAddress })
  return twin
}

/** Says where packages to a peer go from now on; what is picked up over SFTP stays as it is. */
async function moveTo(relay: Relay, partner: RelayPartner, address: string): Promise<void> {
  const peer = relay.hub.registry.book().peers.get(partner.peer)
  if (peer === undefined) throw new Error(`no peer ${partner.peer}`)
  const applied = await relay.hub.registry.apply(
    { peers: [{ ...peer, address }] },
    { actor: 'test', reason: 'another transport' },
  )
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
}

t.test('RULES 11: one package over both transports has one effect and one answer', async (t) => {
  const relay = await startPair(t)
  const [a, b] = relay.partners
  const twin = await overHttp(t, relay, b)
  for (const [first, second] of [
    [b, twin],
    [twin, b],
  ] as const) {
    const message = b.message(a)
    const prepared = b.pack([message])
    t.equal((await first.deliver(prepared)).class, 'accepted')
    t.equal((await second.deliver(prepared)).class, 'accepted')
    await a.record.waitForMessage(message.id)
    await relay.waitForEntry('package.repeated', ({ facts }) => facts['name'] === prepared.name)
    await relay.waitForState(message.id, 'delivered')
    t.equal(a.record.messagesOf(message.id).length, 1)
  }
  const reused = { ...b.pack([b.message(a)]), name: b.pack([]).name }
  t.equal((await twin.deliver(reused)).class, 'accepted')
  const other = { ...b.pack([b.message(a)]), name: reused.name }
  t.match(await b.deliver(other), { class: 'rejected', text: /door\.name-reused/ })
  await relay.idle()
})

t.test('RULES 20, 24: what surely did not arrive goes over the new transport, the rest waits', async (t) => {
  const relay = await startPair(t)
  const [a, b] = relay.partners
  const twin = await overHttp(t, relay, b)
  const { address } = b

  // Placed over SFTP before the change: it stays there, and is taken there.
  b.behave('slow', { packages: 1, pauseMs: 1500 })
  const placed = await relay.send(a, b)
  await relay.waitForState(placed.message.id, 'sent')
  await moveTo(relay, b, twin.address)

  twin.behave('answer-500')
  const moved = await relay.send(a, b)
  await relay.waitForEntry('attempt.ended', ({ facts }) => facts['outcome'] === 'transient')
  await moveTo(relay, b, address)
  await b.record.waitForMessage(moved.message.id)
  await b.record.waitForMessage(placed.message.id)
  t.equal(twin.record.messages.length, 0)

  // It may have arrived over HTTP: nobody at the SFTP side would know its name.
  await moveTo(relay, b, twin.address)
  twin.behave('answer-lost', { packages: 1, forMs: 10_000 })
  const doubtful = await relay.send(a, b)
  await relay.waitForEntry('attempt.ended', ({ facts }) => facts['outcome'] === 'ambiguous')
  await moveTo(relay, b, address)
  await twin.record.waitForMessage(doubtful.message.id)
  await relay.until(async () => {
    const { state } = await relay.message(doubtful.message.id)
    return state === 'delivered' || state === 'held' ? state : undefined
  }, 'an end')
  await a.record.waitForReceipt(doubtful.message.id)
  t.equal(b.record.messagesOf(doubtful.message.id).length, 0, 'it is not put as well')
  for (const { message } of [placed, moved]) {
    await a.record.waitForReceipt(message.id)
    t.equal(b.record.messagesOf(message.id).length, 1)
  }
})

t.test('RULES 24: a refusal that comes as a file holds the messages for a person', async (t) => {
  const relay = await startPair(t)
  const [a, b] = relay.partners
  b.behave('answer-400', { packages: 1, text: 'не читается' })
  const { message } = await relay.send(a, b)
  const row = await relay.waitForState(message.id, 'held')
  t.match(row, { reason: 'deliver.rejected', answer: 'none' })
  const entry = await relay.waitForEntry('out.answered')
  t.match(entry.facts, { outcome: 'refused', status: 400, peer: b.peer })
  const [attempt] = await relay.rows('select class, status, answer from attempt')
  t.match(attempt, { class: 'rejected', status: 400, answer: /не читается/ })
})

t.test('RULES 24: answers are told only when their package was taken', async (t) => {
  const relay = await startPair(t)
  const [a, b] = relay.partners
  const message = b.message(a)
  b.behave('hang', { packages: 1 })
  t.equal((await b.deliver(b.pack([message]))).class, 'accepted')
  await relay.waitForState(message.id, 'delivered')
  const placed = await relay.until(
    async () => (await relay.rows("select id from package_out where state = 'placed'"))[0],
    'a placed package of receipts',
  )
  t.ok(placed)
  t.equal((await relay.message(message.id)).answer, 'owed')
  t.strictSame(b.record.receipts.length, 0)
})

t.test('RULES 18, 24: a refusal that comes when the receipt is overdue holds the message too', async (t) => {
  const relay = await startRelay(t, {
    partners: [{ code: '2ZA' }, { code: '2ZB', over: 'sftp' }],
    policy: { receiptWithinMs: 1000 },
  })
  const [a, b] = relay.partners
  b.behave('hang', { packages: 1 })
  const { message } = await relay.send(a, b)
  await relay.waitForState(message.id, 'overdue')
  const [out] = await relay.rows<{ name: string }>("select name from package_out where state = 'placed'")
  const answer = join(b.sftp?.folder ?? '', 'to-hub-answers', `${out?.name}.txt`)
  writeFileSync(`${answer}.tmp`, '422 не то\n')
  renameSync(`${answer}.tmp`, answer)
  t.match(await relay.waitForState(message.id, 'held'), { reason: 'deliver.rejected' })
})
