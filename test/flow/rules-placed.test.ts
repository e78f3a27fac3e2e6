// What becomes of packages that lie at a partner's SFTP server while people decide and partners move (RULES 17, 20, 24).

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { refuseMessage, releaseMessage, releasePackage } from '../../hub/pipeline/run/control.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage, type SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { PackageOutRow } from '../../hub/store/hot/rows.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import type { RelayPartner } from '../support/relay-partners.ts'

t.setTimeout(120_000)

const by = { actor: 'os:test', reason: 'решено' }

const startPair = (
  t: Parameters<typeof startRelay>[0],
  policy: Parameters<typeof startRelay>[1]['policy'] = {},
) => startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB', over: 'sftp' }], policy })

const out = (relay: Relay, state: PackageOutRow['state']) =>
  relay.until(
    async () => (await relay.rows<PackageOutRow>('select * from package_out where state = $1', [state]))[0],
    `a package in state ${state}`,
  )

const stateOf = async (relay: Relay, { id }: Pick<PackageOutRow, 'id'>) =>
  (await relay.rows<PackageOutRow>('select * from package_out where id = $1', [id]))[0]?.state

/** The partner answers a package by a file, which is whole at once. */
function answer(partner: RelayPartner, { name }: Pick<PackageOutRow, 'name'>, text: string): void {
  const path = join(partner.sftp?.folder ?? '', 'to-hub-answers', `${name}.txt`)
  writeFileSync(`${path}.tmp`, text)
  renameSync(`${path}.tmp`, path)
}

/** A message nobody took or answered, held for a person. */
async function heldWhilePlaced(relay: Relay) {
  const [a, b] = relay.partners
  b.behave('hang', { packages: 1 })
  const { message } = await relay.send(a, b)
  const package_ = await out(relay, 'placed')
  const { id } = await relay.waitForState(message.id, 'held')
  return { message, id, placed: package_ }
}

/** A document that refers to the one of another message. */
function about({ documents: [document] }: SimulatedMessage, from: RelayPartner, to: RelayPartner) {
  if (document === undefined) throw new Error('it has no document')
  const at = new Date()
  const documents = [freeDocument({ at, size: 200, parents: [document.id] })]
  return composeMessage({ from: from.subscriber, to: to.subscriber, at, documents, signed: false })
}

/** Has it sent; gives it once it is taken in. */
async function sendAbout(parent: SimulatedMessage, from: RelayPartner, to: RelayPartner) {
  const child = about(parent, from, to)
  const outcome = await from.deliver(from.pack([child]))
  if (outcome.class !== 'accepted') throw new Error(outcome.text)
  return child
}

const impatient = { receiptWithinMs: 1000, overdueHoldMs: 1000 }

t.test('RULES 17: what a person refused is not put again when the partner asks for it', async (t) => {
  const relay = await startPair(t, impatient)
  const [a, b] = relay.partners
  const { message, id, placed } = await heldWhilePlaced(relay)
  t.match(await refuseMessage(relay.hub.context, { id, ...by }), { state: 'refused' })
  await a.record.waitForReceipt(message.id)
  t.equal(await stateOf(relay, placed), 'placed', 'a decision of ours is no word of the partner')
  answer(b, placed, '503 позже\n')
  await relay.waitForEntry('out.answered')
  t.equal(await stateOf(relay, placed), 'abandoned')
  t.strictSame(await relay.rows("select id from work where hop = 'send'"), [])
  await relay.idle()
})

t.test('RULES 20: what a person sent on under a new name is not put again under the old one', async (t) => {
  const relay = await startPair(t, impatient)
  const [, b] = relay.partners
  const { message, id, placed } = await heldWhilePlaced(relay)
  await releaseMessage(relay.hub.context, { id, ...by })
  await b.record.waitForMessage(message.id)
  await relay.waitForState(message.id, 'delivered')
  answer(b, placed, '500 ещё раз\n')
  await relay.waitForEntry('out.answered', ({ facts }) => facts['outcome'] === 'wanted-again')
  t.equal(await stateOf(relay, placed), 'abandoned')
  t.equal(b.record.messagesOf(message.id).length, 1)
})

t.test('RULES 17: a message held meanwhile has the package that is wanted again held with it', async (t) => {
  const relay = await startPair(t, impatient)
  const [, b] = relay.partners
  const { message, id, placed } = await heldWhilePlaced(relay)
  answer(b, placed, '503 позже\n')
  t.match(await out(relay, 'held'), { id: placed.id })
  await releaseMessage(relay.hub.context, { id, ...by })
  await b.record.waitForMessage(message.id)
  t.equal(await stateOf(relay, placed), 'abandoned')
})

t.test('RULES 17: a decision ends the attempts that a partner asked for before', async (t) => {
  const relay = await startPair(t, { ...impatient, retryMs: [60_000], retryForMs: 3_600_000 })
  const [a, b] = relay.partners
  b.behave('hang', { packages: 1 })
  const { message } = await relay.send(a, b)
  const placed = await out(relay, 'placed')
  answer(b, placed, '503 позже\n')
  t.match(await out(relay, 'sending'), { id: placed.id })
  const { id } = await relay.waitForState(message.id, 'held')
  t.match(await refuseMessage(relay.hub.context, { id, ...by }), { state: 'refused' })
  t.equal(await stateOf(relay, placed), 'abandoned')
  t.strictSame(await relay.rows("select id from work where hop = 'send' and id = $1", [placed.id]), [])
  await a.record.waitForReceipt(message.id)
})

t.test(
  'RULES 15, 24: what refers to a package that is to be put again goes after it was taken',
  async (t) => {
    const relay = await startPair(t, { retryMs: [2000], retryForMs: 3_600_000 })
    const [a, b] = relay.partners
    b.behave('answer-500', { packages: 1, receipts: 'none' })
    const { message: parent } = await relay.send(a, b)
    await relay.waitForEntry('out.answered', ({ facts }) => facts['outcome'] === 'wanted-again')
    const child = await sendAbout(parent, a, b)
    t.equal((await relay.waitForState(child.id, 'waiting')).wire_id, child.id)
    await b.record.waitForMessage(child.id)
    t.strictSame(
      b.record.messages.map(({ id }) => id),
      [parent.id, child.id],
    )
  },
)

t.test(
  'RULES 15: behind a package nobody takes it waits for a while only, and no person is called',
  async (t) => {
    const relay = await startRelay(t, {
      partners: [{ code: '2ZA' }, { code: '2ZB', over: 'sftp' }],
      settings: ['process.parentWithinMs=1000'],
    })
    const [a, b] = relay.partners
    b.behave('hang', { packages: 1 })
    const { message: parent } = await relay.send(a, b)
    const placed = await out(relay, 'placed')
    const child = await sendAbout(parent, a, b)
    await b.record.waitForMessage(child.id)
    t.equal(await stateOf(relay, placed), 'placed')
    const moves = await relay.waitForEntry('message.moved', ({ facts }) => facts['event'] === 'parent-ready')
    t.match(moves.facts, { wireId: child.id, to: 'accepted' })
  },
)

t.test('RULES 15, 24: who speaks about a document has it, whatever still lies at the server', async (t) => {
  const relay = await startPair(t)
  const [a, b] = relay.partners
  b.behave('hang', { packages: 1 })
  const { message: parent } = await relay.send(a, b)
  const placed = await out(relay, 'placed')
  const answering = await sendAbout(parent, b, a)
  await a.record.waitForMessage(answering.id)
  t.equal(await stateOf(relay, placed), 'placed')
})

t.test('RULES 24: the refusal of a second attempt does not go with that of the first one', async (t) => {
  const relay = await startPair(t, { retryMs: [100], retryForMs: 3_600_000 })
  const [a, b] = relay.partners
  b.behave('answer-500', { packages: 2, receipts: 'none' })
  const { context } = relay.hub
  const { committer } = context
  const held = Promise.withResolvers<void>()
  t.teardown(() => held.resolve())
  let isFirst = true
  // The poller is slow: it has written down that the package is wanted again, and comes to removing the answer late.
  context.committer = {
    ...committer,
    async submit(change) {
      const done = await committer.submit(change)
      const isPutAgain = change.journal?.some(({ facts }) => facts['outcome'] === 'wanted-again') === true
      if (!isPutAgain || !isFirst) return done
      isFirst = false
      await held.promise
      return done
    },
  }
  const { message } = await relay.send(a, b)
  await b.record.waitForArrivals(2)
  held.resolve()
  await b.record.waitForMessage(message.id)
})

t.test('RULES 24: what lies at the place a partner moved away from was not taken there', async (t) => {
  const relay = await startPair(t)
  const [a, b] = relay.partners
  b.behave('hang', { packages: 1 })
  const answered = b.message(a)
  t.equal((await b.deliver(b.pack([answered]))).class, 'accepted')
  const left = await out(relay, 'placed')
  t.equal(left.kind, 'receipts')

  const folder = join(b.sftp?.folder ?? '', 'moved')
  for (const name of ['from-hub', 'to-hub', 'to-hub-answers'])
    mkdirSync(join(folder, name), { recursive: true })
  const peer = relay.hub.registry.book().peers.get(b.peer)
  const address = `${b.address}/moved`
  if (peer?.sftp === undefined) throw new Error('no SFTP side')
  const applied = await relay.hub.registry.apply(
    { peers: [{ ...peer, address, sftp: { ...peer.sftp, address } }] },
    { actor: 'test', reason: 'another folder' },
  )
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
  await relay.send(a, b)
  const next = await relay.until(
    async () =>
      (
        await relay.rows<PackageOutRow>(
          "select * from package_out where kind = 'messages' and state = 'placed'",
        )
      )[0],
    'a package at the new place',
  )
  rmSync(join(folder, 'from-hub', next.name))
  await relay.until(async () => ((await stateOf(relay, next)) === 'taken' ? true : undefined), 'it is taken')
  t.equal(await stateOf(relay, left), 'placed')
  t.equal((await relay.message(answered.id)).answer, 'owed')

  t.match(await releasePackage(relay.hub.context, { id: left.id, ...by }), { released: 1 })
  const again = await relay.until(
    async () =>
      (
        await relay.rows<PackageOutRow>(
          "select * from package_out where kind = 'receipts' and state = 'placed' and address = $1",
          [address],
        )
      )[0],
    'the answers at the new place',
  )
  rmSync(join(folder, 'from-hub', again.name))
  await relay.until(
    async () => ((await relay.message(answered.id)).answer === 'told' ? true : undefined),
    'the answer is told',
  )
})

t.test('what waits in folders that are not looked at any more is not shown as waiting', async (t) => {
  const relay = await startPair(t)
  const [, b] = relay.partners
  const shown = async () => {
    const page = await (await fetch(new URL('/metrics', relay.hub.adminAddress))).text()
    return page.includes(`hub_sftp_oldest_waiting_seconds{peer="${b.peer}"}`)
  }
  await relay.until(
    async () => ((await shown()) ? true : undefined),
    'the waiting of a peer that is looked at',
  )
  const peer = relay.hub.registry.book().peers.get(b.peer)
  if (peer === undefined) throw new Error('no peer')
  await relay.hub.registry.apply(
    { peers: [{ ...peer, state: 'suspended' }] },
    { actor: 'test', reason: 'a pause' },
  )
  await relay.until(async () => ((await shown()) ? undefined : true), 'nothing shown of a suspended peer')
})
