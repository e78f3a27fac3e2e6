// RULES 15 and 17: a run whose row was decided on by a person meanwhile takes nothing from who works on it since.

import t from 'tap'
import { releaseMessage } from '../../hub/pipeline/run/control.ts'
import type { PeerId } from '../../schemas/ids.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { closeGate } from '../support/gates.ts'
import { type Relay, startRelay } from '../support/relay.ts'

t.setTimeout(120_000)

/** Holds the first statement of a name that speaks of an id; the later ones pass. */
function holdStatement(relay: Relay, name: string, id: string) {
  const { context } = relay.hub
  const { store } = context
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  const { promise: past, resolve: pass } = Promise.withResolvers<void>()
  let isFirst = true
  context.store = {
    ...store,
    async query(statement, values) {
      const isHeld = typeof statement === 'object' && statement.name === name
      if (isHeld && isFirst && `${statement.values}`.includes(id)) {
        isFirst = false
        reach()
        await opened
        return store.query(statement, values).finally(pass)
      }
      return store.query(statement, values)
    },
  }
  return { reached, open, past }
}

t.test(
  'a message released while its wait is looked at is not dropped with the row of the wait',
  async (t) => {
    const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
    const [a, b] = relay.partners
    const by = { actor: 'test', reason: 'проба' }
    await relay.hub.registry.setPeerState('2zb' as PeerId, 'suspended', by)
    const parent = a.message(b)
    await a.deliver(a.pack([parent]))
    await relay.waitForState(parent.id, 'ready')
    const child = a.message(b, { parents: parent.documents.map(({ id }) => id) })
    await a.deliver(a.pack([child]))
    const { id } = await relay.waitForState(child.id, 'waiting')

    const reading = holdStatement(relay, 'read_messages', id)
    await reading.reached
    const examining = closeGate(t, relay.hub.context, 'examine')
    const dropping = holdStatement(relay, 'drop_work', id)
    const released = await releaseMessage(relay.hub.context, { id, ...by })
    t.notOk(isRefusal(released))
    reading.open()
    // The run of the wait has read the released message and is about to drop its row, which another run works on.
    await Promise.all([dropping.reached, examining.reached])
    dropping.open()
    await dropping.past
    examining.open()
    await relay.waitForState(child.id, 'ready')
    await relay.hub.registry.setPeerState('2zb' as PeerId, 'active', by)
    await relay.waitForState(child.id, 'delivered')
    await relay.idle()
  },
)
