// Faults inside the hub: one package that cannot be worked on keeps nobody else waiting, and is not lost itself.

import { type FileHandle, open } from 'node:fs/promises'
import t from 'tap'
import { releasePackage } from '../../hub/pipeline/run/control.ts'
import { BlobError } from '../../hub/ports.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import type { PackageOutRow } from '../../hub/store/hot/rows.ts'
import { writeZip } from '../../operators/containers/zip/write.ts'
import { limits } from '../../schemas/limits.ts'
import { freshName, postPackage } from '../support/door-client.ts'
import { forge } from '../support/forged-cms.ts'
import { closeGate } from '../support/gates.ts'
import { startRelay } from '../support/relay.ts'

const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
const [a, b] = relay.partners
const by = { actor: 'test', reason: 'test' }

t.test('carries what was accepted after the certificate of its sender was taken out', async (t) => {
  const message = a.message(b)
  // The CMS names its signer only; the certificate is looked up among the registered ones.
  const bytes = forge(a.party.identity, { content: writeZip(message.parts), certificates: undefined })
  const peer = relay.hub.registry.book().peers.get('2za')
  const gate = closeGate(t, relay.hub.context, 'examine')
  t.match(await postPackage(relay.hub.partnerAddress, { name: freshName(), bytes }), { status: 200 })
  await gate.reached
  const applied = await relay.hub.registry.apply(
    { peers: [{ ...peer, certificates: [{ pem: b.certificate }] }] },
    by,
  )
  t.match(applied, { refusals: [{ code: 'partner.conflict' }] }, 'a certificate has one peer')
  const rotated = a.party.identity.certificate
  t.ok(rotated.der.length > 0)
  const without = { ...peer, certificates: [], state: 'inactive' }
  t.notMatch(await relay.hub.registry.apply({ peers: [without] }, by), { refusals: [] })
  gate.open()
  await b.record.waitForContent(message.contentSha256)
  t.notMatch(await relay.hub.registry.apply({ peers: [peer] }, by), { refusals: [] })
  await a.record.waitForReceipt(message.id)
})

t.test('a package that cannot be opened keeps only its own messages waiting', async (t) => {
  const { context } = relay.hub
  const { blobs } = context
  const bad = a.pack([a.message(b), a.message(b)])
  const good = Array.from({ length: 5 }, () => a.pack([a.message(b)]))
  const gate = closeGate(t, context, 'examine')
  await a.deliver(bad)
  await gate.reached
  const [row] = await relay.rows<{ blob: string }>('select blob from package_in where name = $1', [bad.name])
  let failures = 0
  context.blobs = {
    ...blobs,
    get: (ref) => {
      if (ref !== row?.blob) return blobs.get(ref)
      failures += 1
      return Promise.reject(new Error('the disk has a bad block'))
    },
  }
  for (const prepared of good) await a.deliver(prepared)
  gate.open()
  for (const { messages } of good) await b.record.waitForContent(messages[0]?.contentSha256 ?? '')
  await relay.until(
    async () =>
      failures > 2 || b.record.countOf(bad.messages[0]?.contentSha256 ?? '') > 0 ? true : undefined,
    'tried again',
  )
  context.blobs = blobs
  for (const message of bad.messages) {
    await b.record.waitForContent(message.contentSha256)
    await a.record.waitForReceipt(message.id)
  }
  await relay.idle()
})

t.test('a full disk counts against no message and divides no group', async (t) => {
  const { context } = relay.hub
  const { watcher } = context
  const messages = [a.message(b), a.message(b), a.message(b)]
  const gate = closeGate(t, context, 'packMessages')
  await a.deliver(a.pack(messages))
  await gate.reached
  // One fault more, and the messages would be held.
  await relay.rows("update work set attempt = $1 where hop = 'deliver'", [limits.faultsMax - 1])
  const own = await open(import.meta.filename)
  const handles = Object.getPrototypeOf(own) as FileHandle
  await own.close()
  const { writev } = handles
  const { promise: refusedTwice, resolve } = Promise.withResolvers<void>()
  const places: string[] = []
  const mend = () => {
    context.watcher = watcher
    handles.writev = writev
  }
  t.teardown(mend)
  handles.writev = () =>
    Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, writev'), { code: 'ENOSPC' }))
  context.watcher = {
    ...watcher,
    fault(place, error) {
      watcher.fault(place, error)
      places.push(place)
      if (places.filter((one) => one === 'deliver.pack').length === 2) resolve()
    },
  }
  gate.open()
  await refusedTwice
  const rows = await relay.rows<{ attempt: number; state: string }>(
    "select w.attempt, m.state from work w join message m on m.id = w.id where w.hop = 'deliver'",
  )
  t.strictSame(rows, Array(3).fill({ attempt: 0, state: 'ready' }))
  mend()
  for (const { id } of messages) await a.record.waitForReceipt(id)
  const packages = messages.map(({ id }) => b.record.messagesOf(id).map((message) => message.package))
  t.equal(new Set(packages.flat()).size, 1, 'they left together')
  await relay.idle()
})

/** Damages the bytes of packages of ours in the eyes of the hub, `faults` of them already counted at the first read. */
function damageSending(kind: PackageOutRow['kind'], faults: number): () => void {
  const { context } = relay.hub
  const { blobs } = context
  let reads = 0
  context.blobs = {
    ...blobs,
    async get(ref) {
      const ofOurs = 'select id from package_out where blob = $1 and kind = $2'
      const [row] = await relay.rows<{ id: string }>(ofOurs, [ref, kind])
      if (row === undefined) return blobs.get(ref)
      reads += 1
      if (reads === 1) await relay.rows('update work set attempt = $2 where id = $1', [row.id, faults])
      throw new BlobError('damaged', 'the digest does not match', { ref })
    },
  }
  return () => {
    context.blobs = blobs
  }
}

const lastPackage = async (kind: PackageOutRow['kind']) => {
  const text = 'select * from package_out where kind = $1 order by id desc limit 1'
  const [row] = await relay.rows<PackageOutRow>(text, [kind])
  if (row === undefined) throw new Error('no package')
  return row
}

const order = (id: string) => ({ id, actor: 'test', reason: 'the disk is mended' })

t.test('a package of ours whose bytes are lost is held for a person with its messages', async (t) => {
  const mend = damageSending('messages', limits.faultsMax - 2)
  t.teardown(mend)
  b.behave('answer-500', { packages: 1 })
  const { message } = await relay.send(a, b)
  const counted = () =>
    relay.rows<{ id: string }>("select id from work where hop = 'send' and owner = 0 and attempt = $1", [
      limits.faultsMax - 1,
    ])
  const [work] = await relay.until(
    async () => ((await counted()).length > 0 ? counted() : undefined),
    'a fault',
  )
  t.match(await relay.messages(message.id), [{ state: 'sending' }], 'one fault less, and it is tried again')
  await relay.rows('update work set due_at = now() where id = $1', [work?.id])
  relay.hub.context.committer.announce([{ hop: 'send', lane: '2zb', due_at: new Date(0) }])
  t.match(await relay.waitForState(message.id, 'held'), { reason: 'hub.faulted', package_out: work?.id })
  const row = await lastPackage('messages')
  t.match(row, { id: work?.id, state: 'held', attempts: 2 })
  t.not(row.ended_at, null)
  const attempts =
    'select class, reason, ended_at is null as open from attempt where package_out = $1 order by number'
  t.match(await relay.rows(attempts, [row.id]), [
    { class: 'transient', open: false },
    { class: 'transient', reason: 'hub.faulted', open: false },
  ])
  const ofIt = (kind: 'attempt.started' | 'attempt.ended') =>
    relay.entries(kind).then((entries) => entries.filter(({ subject }) => subject === row.id).length)
  t.same([await ofIt('attempt.started'), await ofIt('attempt.ended')], [2, 2])
  t.same(await relay.rows('select id from work where id = $1', [row.id]), [])
  mend()
  t.match(await releasePackage(relay.hub.context, order(row.id)), { released: 1 })
  await a.record.waitForReceipt(message.id)
  t.equal(b.record.countOf(message.contentSha256), 1)
  await relay.idle()
})

t.test('a package of receipts whose bytes are lost is held, and its answers stay owed', async (t) => {
  const mend = damageSending('receipts', limits.faultsMax - 1)
  t.teardown(mend)
  const gate = closeGate(t, relay.hub.context, 'packReceipts')
  const { message } = await relay.send(a, b)
  await gate.reached
  a.behave('answer-500', { packages: 1 })
  gate.open()
  const held = async () => ((await lastPackage('receipts')).state === 'held' ? true : undefined)
  await relay.until(held, 'held')
  t.match(await relay.messages(message.id), [{ state: 'delivered', answer: 'owed' }])
  mend()
  t.match(await releasePackage(relay.hub.context, order((await lastPackage('receipts')).id)), { released: 1 })
  await a.record.waitForReceipt(message.id)
  await relay.idle()
})

t.test('messages with more entries together than a ZIP may have go in several packages', async (t) => {
  const at = new Date()
  const documents = Array.from({ length: 500 }, () => freeDocument({ at, size: 1 }))
  const messages = Array.from({ length: 9 }, () =>
    composeMessage({ from: a.subscriber, to: b.subscriber, at, documents, signed: false }),
  )
  const gate = closeGate(t, relay.hub.context, 'examine')
  for (const message of messages) await a.deliver(a.pack([message]))
  await gate.reached
  gate.open()
  for (const { id } of messages) await a.record.waitForReceipt(id)
  await relay.idle()
  for (const { contentSha256 } of messages) t.equal(b.record.countOf(contentSha256), 1)
  const [row] = await relay.messages(messages[0]?.id ?? '')
  t.match(row, { entries: 501 })
  t.ok((row?.packed_bytes ?? 0) > (row?.plain_bytes ?? 0), 'headers count')
})
