// RULES 20 and 22: where further attempts go, and what may have arrived is not sent where it may count twice.

import t, { type Test } from 'tap'
import { releasePackage } from '../../hub/pipeline/run/control.ts'
import { type BehaviourName, Conduct } from '../../hub/simulate/behaviours.ts'
import { startIntake } from '../../hub/simulate/intake.ts'
import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import { Reception } from '../../hub/simulate/reception.ts'
import { PartnerRecord } from '../../hub/simulate/record.ts'
import type { AttemptRow, PackageOutRow } from '../../hub/store/hot/rows.ts'
import type { Peer } from '../../schemas/partner.ts'
import { closeGate } from '../support/gates.ts'
import { startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

const relay = await startRelay(t, {
  partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2ZN', policy: { idempotentByName: false } }],
  settings: ['deliver.breakerFailures=1000'],
})
const a = relay.partner('2ZA')
const b = relay.partner('2ZB')
const n = relay.partner('2ZN')
const by = { actor: 'test', reason: 'переезд' }
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

/** Where a partner takes packages from now on. */
async function newPlace(t: Test) {
  const record = new PartnerRecord('new place')
  const anybody = { checks: 'container', signers: () => undefined, onTaken: () => undefined } as const
  const reception = new Reception({ record, conduct: new Conduct(), ...anybody })
  const intake = await startIntake({ host: '127.0.0.1', port: 0, reception })
  t.teardown(() => intake.close())
  return { record, address: intake.address }
}

async function change({ peer }: RelayPartner, changed: Partial<Peer>): Promise<void> {
  const row = relay.hub.registry.book().peers.get(peer)
  const applied = await relay.hub.registry.apply({ peers: [{ ...row, ...changed }] }, by)
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
}

/** Sends a message to a partner that behaves so once; the outcome of the attempt is known when `change` has been made. */
async function sendWhile(t: Test, to: RelayPartner, behaviour: BehaviourName, changed: Partial<Peer>) {
  const gate = closeGate(t, relay.hub.context, 'sent')
  to.behave(behaviour, { packages: 1, receipts: 'none' })
  const { message } = await relay.send(a, to)
  await gate.reached
  await change(to, changed)
  gate.open()
  return message
}

const packageOf = async ({ id }: SimulatedMessage) => {
  const text = 'select p.* from package_out p join message m on m.package_out = p.id where m.wire_id = $1'
  const [row] = await relay.rows<PackageOutRow>(text, [id])
  if (row === undefined) throw new Error('no package')
  return row
}

t.test('RULES 20: what surely has not arrived goes to the new address of its peer', async (t) => {
  const place = await newPlace(t)
  const message = await sendWhile(t, b, 'answer-500', { address: place.address })
  const got = await place.record.waitForMessage(message.id)
  await relay.waitForState(message.id, 'sent')
  t.match(await packageOf(message), { name: got.package, address: place.address, state: 'taken' })
  t.strictSame(await classesOf(message), ['transient', 'accepted'])
  await b.deliver(b.packReceipts([{ outcome: 'success', message: message.id }], a.code))
  await a.record.waitForReceipt(message.id)
  await change(b, { address: b.address })
  await relay.idle()
})

t.test(
  'RULES 20: what may have arrived at an address that is no more is held, and goes nowhere',
  async (t) => {
    const place = await newPlace(t)
    const message = await sendWhile(t, b, 'answer-lost', { address: place.address })
    t.equal((await relay.waitForState(message.id, 'held')).reason, 'deliver.ambiguous')
    t.match(await packageOf(message), { address: b.address, state: 'held' })
    const attempts = await attemptsOf(message)
    t.match(attempts, [{ class: 'ambiguous' }, { class: 'transient', reason: 'address.changed' }])
    t.equal(place.record.arrivals.length, 0)
    await b.deliver(b.packReceipts([{ outcome: 'success', message: message.id }], a.code))
    await relay.waitForState(message.id, 'delivered')
    await change(b, { address: b.address })
    await relay.idle()
  },
)

t.test('RULES 20: an attempt that was cut counts as one that may have arrived', async (t) => {
  const place = await newPlace(t)
  const message = await sendWhile(t, b, 'answer-500', { state: 'suspended' })
  const ended = async () => ((await classesOf(message))[0] === 'transient' ? true : undefined)
  await relay.until(ended, 'the first attempt')
  // As a crash before its end would have left it.
  const { id } = await packageOf(message)
  await relay.rows('update attempt set ended_at = null, class = null where package_out = $1', [id])
  await change(b, { state: 'active', address: place.address })
  t.equal((await relay.waitForState(message.id, 'held')).reason, 'deliver.ambiguous')
  t.strictSame(await classesOf(message), ['ambiguous'])
  t.equal(place.record.arrivals.length, 0)
  await b.deliver(b.packReceipts([{ outcome: 'success', message: message.id }], a.code))
  await relay.waitForState(message.id, 'delivered')
  await change(b, { address: b.address })
  await relay.idle()
})

t.test(
  'RULES 20: an address that is still registered for the peer is kept while the outcome is open',
  async (t) => {
    const place = await newPlace(t)
    const kept = { address: place.address, receiptAddresses: [b.address] }
    const message = await sendWhile(t, b, 'answer-lost', kept)
    await relay.waitForState(message.id, 'sent')
    t.match(await packageOf(message), { address: b.address, state: 'taken' })
    t.equal(place.record.arrivals.length, 0)
    await change(b, { address: b.address, receiptAddresses: [] })
    await b.deliver(b.packReceipts([{ outcome: 'success', message: message.id }], a.code))
    await a.record.waitForReceipt(message.id)
    await relay.idle()
  },
)

t.test(
  'RULES 20: answers in doubt at an old address stay owed until a person has them told again',
  async (t) => {
    const place = await newPlace(t)
    b.behave('ok')
    // Until the address has changed: a later attempt at the old one is in doubt as the first is.
    a.behave('answer-lost')
    const message = a.message(b)
    await a.deliver(a.pack([message]))
    await a.record.waitForReceipt(message.id)
    await change(a, { address: place.address })
    const heldOnes = () =>
      relay.rows<PackageOutRow>("select * from package_out where kind = 'receipts' and state = 'held'")
    const held = await relay.until(async () => (await heldOnes())[0], 'held')
    a.behave('ok')
    t.equal(place.record.arrivals.length, 0)
    t.match(await relay.messages(message.id), [{ state: 'delivered', answer: 'owed' }])
    const released = await releasePackage(relay.hub.context, { id: held.id, ...by })
    t.match(released, { state: 'abandoned', released: 1 })
    await place.record.waitForReceipt(message.id)
    await change(a, { address: a.address })
    await relay.idle()
  },
)
