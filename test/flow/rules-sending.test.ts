// RULES 22: what may have arrived is not sent twice to a peer that is not idempotent by name.

import t from 'tap'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { AttemptRow } from '../../hub/store/hot/rows.ts'
import { startRelay } from '../support/relay.ts'

const relay = await startRelay(t, {
  partners: [{ code: '2ZA' }, { code: '2ZN', policy: { idempotentByName: false } }],
  settings: ['deliver.breakerFailures=1000'],
})
const a = relay.partner('2ZA')
const n = relay.partner('2ZN')
const attemptsOf = ({ id }: SimulatedMessage) =>
  relay.rows<AttemptRow>(
    'select t.* from attempt t join message m on m.package_out = t.package_out where m.wire_id = $1 order by number',
    [id],
  )
const classesOf = async (message: SimulatedMessage) => (await attemptsOf(message)).map((row) => row.class)

t.test(
  'RULES 22: what a proxy may have passed on is not sent again to a peer that would take it twice',
  async (t) => {
    for (const behaviour of ['proxy-502', 'proxy-504'] as const) {
      n.behave(behaviour, { packages: 1, receipts: 'none' })
      const { message } = await relay.send(a, n)
      const { reason } = await relay.waitForState(message.id, 'held')
      t.equal(reason, 'deliver.ambiguous', behaviour)
      t.strictSame(await classesOf(message), ['ambiguous'], 'sent once')
      await n.deliver(n.packReceipts([{ outcome: 'success', message: message.id }], a.code))
      await relay.waitForState(message.id, 'delivered')
    }
    n.behave('answer-503', { packages: 1 })
    const { message } = await relay.send(a, n)
    await a.record.waitForReceipt(message.id)
    t.strictSame(await classesOf(message), ['transient', 'accepted'], 'what was not taken is sent again')
    await relay.idle()
  },
)
