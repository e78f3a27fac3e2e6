// What waits for a link, and invitations on their way, while partners are switched and policies change.

import t from 'tap'
import { formInvitation } from '../../hub/links/form-invitation.ts'
import { releaseMessage } from '../../hub/pipeline/run/control.ts'
import type { OperatorCode, PeerId } from '../../schemas/ids.ts'
import type { PeerPolicy } from '../../schemas/partner.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { Relay } from '../support/relay.ts'
import { home, sender, start, submit } from '../support/waiting.ts'
import { sayTo } from '../support/waiting-invites.ts'

type RelayPartner = Relay['partners'][number]
const by = { actor: 'test', reason: 'test' }

async function setPolicy(relay: Relay, { peer }: RelayPartner, policy: Partial<PeerPolicy>) {
  const row = relay.hub.registry.book().peers.get(peer)
  if (row === undefined) throw new Error('no peer')
  const peers = [{ ...row, policy: { ...row.policy, ...policy } }]
  const applied = await relay.hub.registry.apply({ peers }, by)
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
}

const setState = (relay: Relay, { peer }: RelayPartner, state: 'active' | 'suspended' | 'inactive') =>
  relay.hub.registry.setPeerState(peer as PeerId, state, by)

async function askOf(relay: Relay, { subscriber }: RelayPartner): Promise<string> {
  const party = ({ id, inn, kpp, name }: typeof subscriber) => ({ id, inn, kpp, name })
  const formed = await formInvitation(relay.hub.context, {
    home: home.code as OperatorCode,
    type: 'ask',
    from: party(home.subscriber),
    to: party(subscriber),
    comment: undefined,
    remote: 'test',
    apiKey: undefined,
    at: new Date(),
  })
  if (isRefusal(formed)) throw new Error(formed.code)
  await relay.hub.context.committer.submit(formed.change)
  return formed.message.wire_id
}

t.test('what waits is judged by the policy of now, found by the clock alone', async (t) => {
  const relay = await start(t, {
    partners: [{ code: '2ZA', policy: { linkless: 'hold' } }, { code: '2ZB' }],
    settings: ['process.parentRecheckMs=50'],
  })
  const [a, b] = relay.partners
  const passed = await relay.send(a, b)
  await relay.waitForState(passed.message.id, 'awaiting-link')
  await setPolicy(relay, a, { linkless: 'pass' })
  await relay.waitForState(passed.message.id, 'delivered')
  await setPolicy(relay, a, { linkless: 'hold' })
  const refused = await relay.send(a, b)
  await relay.waitForState(refused.message.id, 'awaiting-link')
  await setPolicy(relay, a, { linkless: 'refuse' })
  t.match(await relay.waitForState(refused.message.id, 'refused'), { reason: 'link.none' })
  t.strictSame(await relay.rows('select * from link_wait'), [])
})

t.test('what waits for a link while its partner is suspended goes once both are there', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  await sayTo(relay.hub.context, sender, a.subscriber.id)
  const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
  await relay.waitForState(wireId, 'awaiting-link')
  await setState(relay, a, 'suspended')
  await sayTo(relay.hub.context, a.subscriber.id, sender)
  await relay.waitForState(wireId, 'ready')
  t.equal(a.record.messages.length, 0)
  await setState(relay, a, 'active')
  await relay.waitForState(wireId, 'delivered')
})

t.test('a link that opens to a partner switched off refuses what waited, and says why', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  await sayTo(relay.hub.context, sender, a.subscriber.id)
  const { wireId } = await submit(relay, home.submission(a, { waitsForLink: true }))
  await relay.waitForState(wireId, 'awaiting-link')
  await setState(relay, a, 'inactive')
  await sayTo(relay.hub.context, a.subscriber.id, sender)
  t.match(await relay.waitForState(wireId, 'refused'), { reason: 'route.no-peer' })
})

t.test('a Запрос on its way to a suspended partner stands, and arrives once when it is back', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  await setState(relay, a, 'suspended')
  const wireId = await askOf(relay, a)
  await relay.waitForState(wireId, 'ready')
  const cells = () => relay.rows('select cell from link')
  t.match(await cells(), [{ cell: /^asked/ }])
  await setState(relay, a, 'active')
  await relay.waitForState(wireId, 'delivered')
  await relay.idle()
  t.equal(a.record.messages.length, 1)
  t.match(await cells(), [{ cell: /^asked/ }])
})

t.test('a Запрос is taken back that meets a partner switched off before it was routed', async (t) => {
  const relay = await start(t)
  const [a] = relay.partners
  await setState(relay, a, 'suspended')
  const wireId = await askOf(relay, a)
  await relay.waitForState(wireId, 'ready')
  await setState(relay, a, 'inactive')
  const { id } = await relay.message(wireId)

  const done = await releaseMessage(relay.hub.context, { id, ...by })
  if (isRefusal(done)) throw new Error(done.seen)
  t.match(await relay.waitForState(wireId, 'refused'), { reason: 'route.no-peer' })
  const cell = async () =>
    (await relay.rows<{ cell: string }>('select cell from link'))[0]?.cell === 'none' ? true : undefined
  t.ok(await relay.until(cell, 'the Запрос to be taken back'))
})
