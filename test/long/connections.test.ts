// A peer's connections are shared by everything that is sent to it: deliveries, further attempts and answers.

import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { AttemptRow } from '../../hub/store/hot/rows.ts'
import { type Relay, startRelay } from '../support/relay.ts'

const pauseMs = 100
const each = 6

/** So many messages, each in a package of its own, each way between the first two partners; until all are answered. */
async function sendBothWays(relay: Relay, count: number): Promise<void> {
  const [a, b] = relay.partners
  const out = Array.from({ length: count }, () => a.message(b, { size: 100 }))
  const back = Array.from({ length: count }, () => b.message(a, { size: 100 }))
  await Promise.all([
    ...out.map((message) => a.deliver(a.pack([message]))),
    ...back.map((message) => b.deliver(b.pack([message]))),
  ])
  await Promise.all([
    ...out.map(({ id }) => a.record.waitForReceipt(id)),
    ...back.map(({ id }) => b.record.waitForReceipt(id)),
  ])
  await relay.idle()
}

t.test(
  'no more requests at a time than the policy says, whatever they carry, also once it has changed',
  async (t) => {
    const policy = { connectionsMax: 2, packageMessagesMax: 1, deliverTimeoutMs: 5000 }
    const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB', policy }] })
    const [, b] = relay.partners
    const { courier } = relay.hub.context
    let [inFlight, most] = [0, 0]
    relay.hub.context.courier = {
      ...courier,
      async send(departure) {
        if (departure.address !== b.address) return courier.send(departure)
        inFlight += 1
        most = Math.max(most, inFlight)
        // A slow peer: the others wait meanwhile.
        await pause(pauseMs)
        return courier.send(departure).finally(() => {
          inFlight -= 1
        })
      },
    }
    const exchange = async () => {
      b.behave('answer-500', { packages: 2 })
      await sendBothWays(relay, each)
    }
    await exchange()
    t.equal(most, 2)
    const row = relay.hub.registry.book().peers.get(b.peer)
    const changed = { peers: [{ ...row, policy: { ...row?.policy, connectionsMax: 1 } }] }
    const applied = await relay.hub.registry.apply(changed, { actor: 'test', reason: 'тише' })
    t.notOk('refusals' in applied)
    most = 0
    await exchange()
    t.equal(most, 1)
  },
)

t.test('waiting for a connection takes nothing of the time of an attempt', async (t) => {
  const policy = { connectionsMax: 1, packageMessagesMax: 1, deliverTimeoutMs: 2500 }
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB', policy }] })
  const [, b] = relay.partners
  // Three in a row take longer than one may, and each by itself far less, also on a busy machine.
  b.behave('slow', { pauseMs: 1000 })
  await sendBothWays(relay, each / 2)
  const ended = await relay.entries('attempt.ended')
  t.strictSame([...new Set(ended.map(({ facts }) => facts['outcome']))], ['accepted'], 'and none timed out')
})

t.test('a stop ends what waits for a connection: it was not sent', async (t) => {
  const policy = { connectionsMax: 1, deliverTimeoutMs: 60_000 }
  const settings = ['stop.graceMs=100']
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB', policy }], settings })
  const [a, b] = relay.partners
  b.behave('hang')
  const { message: out } = await relay.send(a, b)
  await relay.waitForState(out.id, 'sending')
  const { message: back } = await relay.send(b, a)
  await relay.waitForState(back.id, 'delivered')
  const attempts = () =>
    relay.rows<AttemptRow>(
      "select t.* from attempt t join package_out p on p.id = t.package_out where p.peer = '2zb' order by t.id",
    )
  await relay.until(async () => ((await attempts()).length === 2 ? true : undefined), 'both have begun')
  await relay.stop()
  b.behave('ok')
  await relay.restart()
  t.match((await attempts()).slice(0, 2), [
    { number: 1, class: 'ambiguous', reason: 'aborted' },
    { number: 1, class: 'transient', reason: 'aborted' },
  ])
  await a.record.waitForReceipt(out.id)
  await b.record.waitForReceipt(back.id)
  await relay.idle()
})
