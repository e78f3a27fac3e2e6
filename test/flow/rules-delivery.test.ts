// RULES 10, 13, 14, 20, 21, 23 and 29: what is durable before what, names and bytes, receipts, two nodes.

import { createHash } from 'node:crypto'
import t from 'tap'
import { type Hub, startHub } from '../../hub/build.ts'
import { Conduct } from '../../hub/simulate/behaviours.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { startIntake } from '../../hub/simulate/intake.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { Reception } from '../../hub/simulate/reception.ts'
import { PartnerRecord } from '../../hub/simulate/record.ts'
import type { AttemptRow, PackageOutRow } from '../../hub/store/hot/rows.ts'
import { reclaim } from '../../hub/store/node.ts'
import type { OperatorCode } from '../../schemas/ids.ts'
import type { PartnerFile } from '../../schemas/partner.ts'
import { freshName, postPackage } from '../support/door-client.ts'
import { closeGate } from '../support/gates.ts'
import { type Relay, startRelay } from '../support/relay.ts'

const relay = await startRelay(t, {
  partners: [{ code: '2ZA' }, { code: '2ZB' }, { code: '2ZC' }, { code: '2ZH' }],
  settings: ['deliver.breakerFailures=1000'],
})
const a = relay.partner('2ZA')
const b = relay.partner('2ZB')
const c = relay.partner('2ZC')
const h = relay.partner('2ZH')
const by = { actor: 'test', reason: 'test' }
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const apply = async (content: Partial<PartnerFile>) => {
  const applied = await relay.hub.registry.apply(content, by)
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
}
const packagesOut = (on: Relay = relay) => on.rows<PackageOutRow>('select * from package_out order by id')
const attemptsOf = (id: string) =>
  relay.rows<AttemptRow>('select * from attempt where package_out = $1 order by number', [id])

t.test('RULES 10: 200 comes only after bytes, rows and the stored answer are durable', async (t) => {
  const { context } = relay.hub
  const prepared = a.pack([a.message(b)])
  const steps: string[] = []
  const { put } = context.blobs
  const { submit } = context.intake
  context.blobs.put = async (bytes) => {
    const stored = await put(bytes)
    steps.push('bytes')
    return stored
  }
  context.intake.submit = async (item) => {
    const result = await submit(item)
    steps.push('rows')
    return result
  }
  const reply = await postPackage(relay.hub.partnerAddress, prepared)
  steps.push('answer')
  context.blobs.put = put
  context.intake.submit = submit
  t.strictSame(steps.slice(0, 3), ['bytes', 'rows', 'answer'])
  const [row] = await relay.rows<{ blob: string; answer: string; status: number }>(
    'select p.blob, s.answer, s.status from package_in p join package_seen s on s.package = p.id where p.id = $1',
    [reply.packageId],
  )
  t.equal(sha256(await context.blobs.get(row?.blob ?? '')), prepared.sha256)
  t.match(row, { status: 200, answer: reply.text })
  await relay.idle()
})

t.test(
  'RULES 13: receipts count only from the peer that got the message, and are not answered',
  async (t) => {
    b.behave('no-receipt')
    const message = a.message(b)
    await a.deliver(a.pack([message]))
    await relay.waitForState(message.id, 'sent')
    const foreign = c.packReceipts([{ outcome: 'error', message: message.id, text: 'нет' }], a.code)
    t.equal((await c.deliver(foreign)).status, 200)
    const entry = await relay.waitForEntry(
      'receipts.unmatched',
      ({ facts }) => facts['wireId'] === message.id,
    )
    t.equal(entry.facts['peer'], '2zc')
    t.equal((await relay.messages(message.id))[0]?.state, 'sent')
    const before = [b, c].map((partner) => partner.record.arrivals.length)
    await b.deliver(b.packReceipts([{ outcome: 'success', message: message.id }], a.code))
    const { item } = await a.record.waitForReceipt(message.id)
    t.equal(item.outcome, 'success')
    b.behave('ok')
    await relay.idle()
    t.strictSame(
      [b, c].map((partner) => partner.record.arrivals.length),
      before,
      'no receipts on receipts',
    )
  },
)

t.test('RULES 14: answers go to an address only if it is registered, else to the peer itself', async (t) => {
  const listen = async (name: string) => {
    const record = new PartnerRecord(name)
    const conduct = new Conduct()
    const anybody = { checks: 'container', signers: () => undefined, onTaken: () => undefined } as const
    const reception = new Reception({ record, conduct, ...anybody })
    const intake = await startIntake({ host: '127.0.0.1', port: 0, reception })
    t.teardown(() => intake.close())
    return { record, address: intake.address }
  }
  const [known, stranger] = [await listen('registered'), await listen('not registered')]
  const peer = relay.hub.registry.book().peers.get('2za')
  if (peer === undefined) throw new Error('no peer')
  await apply({ peers: [{ ...peer, receiptAddresses: [known.address] }] })
  const sendTo = async (address: string) => {
    const message = a.message(b)
    const { bytes } = a.pack([message])
    const headers = { 'Send-Receipt-To': address }
    t.match(await postPackage(relay.hub.partnerAddress, { name: freshName(), bytes, headers }), {
      status: 200,
    })
    return message
  }
  const [one, two] = [await sendTo(known.address), await sendTo(stranger.address)]
  await known.record.waitForReceipt(one.id)
  await a.record.waitForReceipt(two.id)
  t.strictSame([a.record.receiptsOf(one.id).length, known.record.receiptsOf(two.id).length], [0, 0])
  t.equal(stranger.record.arrivals.length, 0, 'nobody called it')
  await apply({ peers: [peer] })
  await relay.idle()
})

t.test('RULES 20 and 21: the package and its attempt are durable before the first byte leaves', async (t) => {
  const gate = closeGate(t, relay.hub.context, 'send')
  const message = a.message(b)
  const arrived = b.record.arrivals.length
  await a.deliver(a.pack([message]))
  await gate.reached
  const row = (await packagesOut()).at(-1)
  if (row === undefined) throw new Error('no package')
  t.match(row, { peer: '2zb', state: 'sending', kind: 'messages', name: /^[0-9a-f]{32}\.cms$/ })
  t.equal(row.members.length, 1)
  t.equal(sha256(await relay.hub.context.blobs.get(row.blob)), row.sha256, 'the bytes')
  t.match(await attemptsOf(row.id), [{ number: 1, ended_at: null, class: null }], 'an attempt without an end')
  const started = (await relay.entries('attempt.started')).filter(({ subject }) => subject === row.id)
  t.equal(started.length, 1)
  t.equal(b.record.arrivals.length, arrived, 'and nothing has left')
  gate.open()
  const got = await b.record.waitForMessage(message.id)
  t.equal(got.package, row.name)
  await relay.idle()
})

t.test(
  'RULES 20: every retry sends the same bytes under the same name; members stay what they are',
  async (t) => {
    b.behave('answer-500')
    const first = a.message(b)
    await a.deliver(a.pack([first]))
    await relay.waitForState(first.id, 'sending')
    const second = a.message(b)
    await a.deliver(a.pack([second]))
    await relay.waitForState(second.id, 'sending')
    const rows = (await packagesOut()).slice(-2)
    const tried = async () => {
      const counts = await Promise.all(rows.map(async ({ id }) => (await attemptsOf(id)).length))
      return counts.every((count) => count >= 3) || undefined
    }
    await relay.until(tried, 'three attempts each')
    b.behave('ok')
    await Promise.all([first, second].map(({ id }) => a.record.waitForReceipt(id)))
    await relay.idle()
    for (const row of rows) {
      const arrivals = b.record.packages.filter(({ name }) => name === row.name)
      t.match(arrivals, [{ sha256: row.sha256, bytes: row.bytes }], 'taken once')
      const attempts = await attemptsOf(row.id)
      t.strictSame(
        attempts.map(({ number }) => number),
        attempts.map((_, index) => index + 1),
      )
      const ended = (await relay.entries('attempt.ended')).filter(({ subject }) => subject === row.id)
      t.equal(ended.length, attempts.length, 'one entry for each attempt (RULES 26)')
      t.equal(row.members.length, 1)
    }
    const names = (await packagesOut()).map(({ name }) => name)
    t.equal(new Set(names).size, names.length, 'names are never used again')
  },
)

t.test('RULES 23: packages and receipts are grouped by peer and origin operator', async (t) => {
  const codes = ['2ZD', '2ZE']
  await apply({
    operators: codes.map((code) => ({
      id: `op-${code.toLowerCase()}`,
      name: code,
      active: true,
      codes: [{ code }],
    })),
    grants: codes.map((code) => ({
      peer: '2zh',
      operator: `op-${code.toLowerCase()}`,
      basis: 'test',
      preference: 0,
    })),
  })
  const from = (code: string) => ({ ...h.subscriber, id: `${code}-1` as typeof h.subscriber.id })
  const at = new Date()
  const messages = [...codes, ...codes, '2ZH'].map((code) =>
    composeMessage({ from: from(code), to: b.subscriber, at, documents: [freeDocument({ at, size: 100 })] }),
  )
  const packagesBefore = b.record.packages.length
  await h.deliver(h.pack(messages))
  for (const { id } of messages) await h.record.waitForReceipt(id)
  const origins = (sender: string) => sender.slice(0, 3)
  for (const { name } of b.record.packages.slice(packagesBefore)) {
    const members = b.record.messages.filter((message) => message.package === name)
    t.equal(new Set(members.map(({ sender }) => origins(sender))).size, 1, 'one origin operator to a package')
  }
  const told = Map.groupBy(h.record.receipts, (receipt) => receipt.package)
  for (const items of told.values()) {
    const senders = items.map(({ item }) => messages.find(({ id }) => id === item.message)?.sender ?? '')
    t.equal(new Set(senders.map(origins)).size, 1, 'one recipient to a package of receipts')
  }
  await relay.idle()
})

t.test(
  'RULES 21 and 29: a node that is taken for dead commits nothing, its open attempt is ambiguous',
  async (t) => {
    const lost: Hub[] = []
    const other: Hub = await startHub(relay.settings, { onLost: () => void lost.push(other) })
    t.teardown(() => other.stop())
    const hubs = [relay.hub, other]
    const gates = new Map(hubs.map((hub) => [hub.context.node, closeGate(t, hub.context, 'sent')]))
    b.behave('no-receipt')
    const message = a.message(b)
    await postPackage(other.partnerAddress, a.pack([message]))
    await b.record.waitForMessage(message.id)
    const row = (await packagesOut()).at(-1)
    const [work] = await relay.rows<{ owner: string }>(
      "select owner::text from work where hop = 'send' and id = $1",
      [row?.id],
    )
    const owner = work?.owner ?? ''
    t.ok(gates.has(owner), 'one of the two sends it')
    // Whoever sends has stopped with the answer in its hands; the other takes its work over.
    await relay.rows('delete from node where id = $1', [owner])
    await reclaim(relay.hub.store)
    for (const [node, gate] of gates) if (node !== owner) gate.open()
    const unknown = await relay.waitForEntry('attempt.unknown', ({ subject }) => subject === row?.id)
    t.equal(unknown.facts['number'], 1, 'an attempt without an end is ambiguous')
    await relay.waitForState(message.id, 'sent')
    const arrivals = b.record.arrivals.filter(({ name }) => name === row?.name)
    t.strictSame(
      arrivals.map(({ repeated }) => repeated),
      [false, true],
      'put once more by the living node alone, to no second effect',
    )
    t.ok(
      arrivals.every((arrival) => arrival.sha256 === row?.sha256),
      'the same bytes under the same name',
    )
    const before = await relay.rows('select * from attempt where package_out = $1 order by number', [row?.id])
    gates.get(owner)?.open()
    await b.deliver(b.packReceipts([{ outcome: 'success', message: message.id }], '2ZA' as OperatorCode))
    await a.record.waitForReceipt(message.id)
    await relay.until(async () => {
      const left = await relay.rows("select id from work where hop <> 'watch'")
      return left.length === 0 || undefined
    }, 'nothing is left')
    const after = await relay.rows('select * from attempt where package_out = $1 order by number', [row?.id])
    t.same(after, before, 'the woken node has written nothing')
    t.equal((await relay.entries('attempt.ended')).filter(({ subject }) => subject === row?.id).length, 1)
    t.equal(b.record.messagesOf(message.id).length, 1)
    t.equal(a.record.receiptsOf(message.id).length, 1)
  },
)
