// RULES 17 and 20: what people decide about messages that wait, and what the hub holds because it fails at it.

import t from 'tap'
import { refuseMessage, releaseMessage } from '../../hub/pipeline/run/control.ts'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import { rowName } from '../../routing/machine.ts'
import { interventionRows } from '../../routing/machines/message-interventions.ts'
import type { PeerId } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { runLine } from '../support/cli.ts'
import { closeGate, nothingExamined } from '../support/gates.ts'
import { startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(180_000)

const relay = await startRelay(t, {
  partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2ZC' }],
  settings: ['deliver.breakerFailures=1000'],
})
const [a, b] = relay.partners
const c = relay.partner('2ZC')
const by = { actor: 'test', reason: 'проба' }

const put = (...messages: SimulatedMessage[]) => a.deliver(a.pack(messages))
const refersTo = (to: RelayPartner, { documents }: SimulatedMessage) =>
  a.message(to, { size: 200, parents: documents.map(({ id }) => id) })
const decide = async (verb: typeof releaseMessage, message: SimulatedMessage) => {
  const done = await verb(relay.hub.context, { id: (await relay.message(message.id)).id, ...by })
  if (isRefusal(done)) throw new Error(done.seen)
}
const setState = (peer: string, state: 'active' | 'suspended' | 'inactive') =>
  relay.hub.registry.setPeerState(peer as PeerId, state, by)
const errorOf = async (message: SimulatedMessage) => {
  const { item } = await a.record.waitForReceipt(message.id)
  return item.outcome === 'error' ? (item.text.split(':')[0] ?? '') : item.outcome
}

t.test('messages that stand before a closed peer are refused or routed anew by a person', async (t) => {
  await setState('2zc', 'suspended')
  const [kept, refused, rerouted] = [a.message(c), a.message(c), a.message(c)]
  await put(kept, refused, rerouted)
  for (const message of [kept, refused, rerouted]) await relay.waitForState(message.id, 'ready')
  const line = ['messages', 'release', kept.id, '--reason', 'проверка', '--address', relay.hub.adminAddress]
  t.match(await runLine(relay.settings.data.folder, line), { exit: 0 }, 'the command takes it by its ИдЛС')
  const again = async () => ((await relay.message(kept.id)).version > 3 ? relay.message(kept.id) : undefined)
  t.equal((await relay.until(again, 'routed anew')).state, 'ready')
  await setState('2zc', 'inactive')
  await decide(refuseMessage, refused)
  t.equal(await errorOf(refused), 'message.refused-by-person')
  await decide(releaseMessage, rerouted)
  t.equal(await errorOf(rerouted), 'route.no-peer')
  await setState('2zc', 'active')
  await a.record.waitForReceipt(kept.id)
  await relay.idle()
  t.strictSame(
    [kept, refused, rerouted].map(({ contentSha256 }) => c.record.countOf(contentSha256)),
    [1, 0, 0],
  )
})

t.test('messages that wait for a parent are refused or sent on without it by a person', async (t) => {
  await setState('2zc', 'suspended')
  const parent = a.message(c)
  await put(parent)
  await relay.waitForState(parent.id, 'ready')
  const [refused, released] = [refersTo(c, parent), refersTo(c, parent)]
  await put(refused, released)
  await relay.waitForState(refused.id, 'waiting')
  await relay.waitForState(released.id, 'waiting')
  const grandchild = refersTo(c, refused)
  await put(grandchild)
  await relay.waitForState(grandchild.id, 'waiting')
  await decide(releaseMessage, released)
  await relay.waitForState(released.id, 'ready')
  await decide(refuseMessage, refused)
  t.equal(await errorOf(refused), 'message.refused-by-person')
  t.equal(await errorOf(grandchild), 'message.parent-refused')
  await setState('2zc', 'active')
  await relay.waitForState(parent.id, 'delivered')
  await relay.waitForState(released.id, 'delivered')
  await relay.idle()
})

t.test('a message that is being packed when a person decides leaves by that decision alone', async (t) => {
  const gate = closeGate(t, relay.hub.context, 'packMessages')
  const [refused, released, bystander] = [a.message(b), a.message(b), a.message(b)]
  await put(refused, released, bystander)
  await gate.reached
  await decide(refuseMessage, refused)
  await decide(releaseMessage, released)
  gate.open()
  t.equal(await errorOf(refused), 'message.refused-by-person')
  for (const message of [released, bystander]) await relay.waitForState(message.id, 'delivered')
  await relay.idle()
  const counts = [refused, released, bystander].map(({ contentSha256 }) => b.record.countOf(contentSha256))
  t.strictSame(counts, [0, 1, 1])
})

/** Makes the hub fail at messages: where they are examined, or packed. */
const failAt = (place: 'examine' | 'packMessages', ...bad: SimulatedMessage[]) => {
  const { workers, examinedAtDoor } = relay.hub.context
  const ids = new Set<string>(bad.map(({ id }) => id))
  let failures = 0
  const fail = () => {
    failures += 1
    return Promise.reject(new TypeError('a fault of ours'))
  }
  relay.hub.context.workers = {
    ...workers,
    examine: (source, wanted) =>
      place === 'examine' && wanted.some((id) => ids.has(id)) ? fail() : workers.examine(source, wanted),
    packMessages: (job) =>
      place === 'packMessages' && job.members.some(({ wireId }) => ids.has(wireId))
        ? fail()
        : workers.packMessages(job),
  }
  if (place === 'examine') relay.hub.context.examinedAtDoor = nothingExamined
  return {
    failures: () => failures,
    mend() {
      relay.hub.context.workers = workers
      relay.hub.context.examinedAtDoor = examinedAtDoor
    },
  }
}
/** Makes the hub fail at a message that waits. */
const failWaiting = (id: string) => {
  const { store } = relay.hub.context
  relay.hub.context.store = {
    transaction: (work) => store.transaction(work),
    query: (statement, values) =>
      typeof statement === 'object' && statement.name === 'read_awaited' && `${statement.values}`.includes(id)
        ? Promise.reject(new TypeError('a fault of ours'))
        : store.query(statement, values),
  }
  return {
    mend() {
      relay.hub.context.store = store
    },
  }
}
/** The work of a message after so many faults and more; its next try is due in so many milliseconds. */
const workAfter = (message: SimulatedMessage, faults: number) =>
  relay.until(async () => {
    const text =
      'select w.attempt, extract(epoch from w.due_at - now())::float * 1000 as "dueMs" from work w ' +
      'join message m on m.id = w.id where m.wire_id = $1 and w.owner = 0 and w.attempt >= $2'
    const [work] = await relay.rows<{ attempt: number; dueMs: number }>(text, [message.id, faults])
    return work
  }, `${faults} faults`)
const skipTo = (message: SimulatedMessage, faults: number) =>
  relay.rows(
    'update work w set attempt = $2, due_at = now() from message m where m.id = w.id and m.wire_id = $1 and w.owner = 0',
    [message.id, faults],
  )

t.test('what cannot be packed is put off alone, ever longer, and held in the end', async (t) => {
  const [good, bad, other] = [a.message(b), a.message(b), a.message(b)]
  const lasting = failAt('packMessages', bad)
  await put(good, bad, other)
  for (const message of [good, other]) await relay.waitForState(message.id, 'delivered')
  t.ok(lasting.failures() >= 1)
  await workAfter(bad, 2)
  await skipTo(bad, 7)
  const { dueMs, attempt } = await workAfter(bad, 8)
  t.equal(attempt, 8)
  t.ok(dueMs > 100_000 && dueMs <= limits.faultPauseMaxMs, `minutes at last: ${dueMs}`)
  await skipTo(bad, limits.faultsMax - 1)
  await relay.waitForState(bad.id, 'held')
  t.equal((await relay.message(bad.id)).reason, 'hub.faulted')
  lasting.mend()
  await decide(releaseMessage, bad)
  await relay.waitForState(bad.id, 'delivered')
  await relay.idle()
})

t.test('what cannot be examined, or looked after while it waits, is held in the end', async (t) => {
  await setState('2zc', 'suspended')
  const parent = a.message(c)
  await put(parent)
  await relay.waitForState(parent.id, 'ready')
  const child = refersTo(c, parent)
  await put(child)
  await relay.waitForState(child.id, 'waiting')
  const fresh = a.message(b)
  const fault = failAt('examine', fresh)
  const waiting = failWaiting((await relay.message(child.id)).id)
  await put(fresh)
  for (const message of [child, fresh]) {
    await workAfter(message, 1)
    await skipTo(message, limits.faultsMax - 1)
    await relay.waitForState(message.id, 'held')
    t.equal((await relay.message(message.id)).reason, 'hub.faulted')
  }
  fault.mend()
  waiting.mend()
  await decide(refuseMessage, fresh)
  t.equal(await errorOf(fresh), 'message.refused-by-person')
  await setState('2zc', 'active')
  await decide(releaseMessage, child)
  await relay.waitForState(child.id, 'delivered')
  await relay.idle()
})

t.test('an answer that cannot be packed is put off alone, and never given up', async (t) => {
  const { workers } = relay.hub.context
  const [good, bad] = [a.message(b), a.message(b)]
  relay.hub.context.workers = {
    ...workers,
    packReceipts: (job) =>
      job.items.some(({ message }) => message === bad.id)
        ? Promise.reject(new TypeError('a fault of ours'))
        : workers.packReceipts(job),
  }
  await put(good, bad)
  await a.record.waitForReceipt(good.id)
  await workAfter(bad, 1)
  await skipTo(bad, limits.faultsMax + 5)
  const { dueMs } = await workAfter(bad, limits.faultsMax + 6)
  t.ok(dueMs > limits.faultPauseMaxMs / 2, 'the longest pause')
  relay.hub.context.workers = workers
  await skipTo(bad, 0)
  await a.record.waitForReceipt(bad.id)
  await relay.idle()
})

t.test('a disk without room counts against no message', async (t) => {
  const { context } = relay.hub
  const { blobs } = context
  const message = a.message(b)
  const prepared = a.pack([message])
  const gate = closeGate(t, context, 'packMessages')
  await a.deliver(prepared)
  await gate.reached
  const { promise: met, resolve: meet } = Promise.withResolvers<void>()
  context.blobs = {
    ...blobs,
    put: () => {
      meet()
      return Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
    },
  }
  gate.open()
  await met
  context.blobs = blobs
  await workAfter(message, 0)
  t.equal((await workAfter(message, 0)).attempt, 0)
  await relay.waitForState(message.id, 'delivered')
  await relay.idle()
})

t.test('every row of people and of faults was taken on the way', async (t) => {
  const moved = await relay.entries('message.moved')
  const taken = new Set(moved.map(({ facts }) => `${facts['from']} ${facts['event']} ${facts['to']}`))
  const missing = interventionRows.filter(({ from, on, to }) => !taken.has(`${from} ${on} ${to}`))
  // Held messages are decided in rules-messages.test.ts too; here they are those of repeated faults.
  t.strictSame(missing.map(rowName), [])
})
