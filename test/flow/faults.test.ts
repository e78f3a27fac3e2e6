// Faults inside the hub: one package that cannot be worked on keeps nobody else waiting, and is not lost itself.

import { type FileHandle, open } from 'node:fs/promises'
import t from 'tap'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
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
