// A partner that runs by itself at a hub: registered by its own file, it takes, answers and sends.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readSeed } from '../../hub/partners/seed.ts'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { startAlonePartner } from '../support/alone-partner.ts'
import { type Relay, startRelay } from '../support/relay.ts'

t.setTimeout(240_000)

t.test('a simulated partner by itself exchanges messages with another through the hub', async (t) => {
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
  const [a] = relay.partners
  const folder = mkdtempSync(join(tmpdir(), 'hub-simulate-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const place = ['--code', '2ZX', '--folder', folder, '--hub', relay.hub.partnerAddress]
  const sending = ['--send-every-ms', '50', '--to', a.subscriber.id]
  const partner = await startAlonePartner(t, [...place, ...sending, '--behaviour', 'receipt-error'])
  const before = await partner.waitFor(({ event }) => event === 'sent', 'an attempt of a stranger')
  t.match(before, { class: 'rejected', status: 400 }, 'nobody knows it yet')
  await register(relay, partner.ready['partnerFile'])

  const subscriber = partner.ready['subscriber'] as ParticipantId
  const sent = await partner.waitFor(
    (told) => told.event === 'sent' && told['status'] === 200,
    'a message sent',
  )
  const receipt = await partner.waitFor(
    (told) => told.event === 'receipt' && told['message'] === sent['id'],
    'its receipt',
  )
  t.match(receipt, { outcome: 'success' })
  t.equal((await a.record.waitForMessage(String(sent['id']))).sender, subscriber)

  const at = new Date()
  const documents = [freeDocument({ at })]
  const message = composeMessage({ from: a.subscriber, to: { id: subscriber }, at, documents })
  t.equal((await a.deliver(a.pack([message]))).status, 200)
  t.match(
    await a.record.waitForReceipt(message.id),
    { item: { outcome: 'error' } },
    'it behaves as it was told',
  )
  await partner.waitFor(({ event, id }) => event === 'message' && id === message.id, 'the message')
  const told = await partner.waitFor(({ event }) => event === 'told', 'the receipt it told')
  t.match(told, { message: message.id, outcome: 'error', class: 'accepted' })
  t.equal(await partner.interrupt(), 0)
})

/** What `hub partners apply` does with the file the partner wrote. */
async function register(relay: Relay, partnerFile: unknown): Promise<void> {
  const file = readSeed('partner.yaml', readFileSync(String(partnerFile), 'utf8'))
  if (Array.isArray(file)) throw new Error(JSON.stringify(file))
  const applied = await relay.hub.registry.apply(file, { actor: 'test', reason: 'a partner by itself' })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
}
