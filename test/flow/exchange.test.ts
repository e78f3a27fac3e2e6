// Messages between two operators through a real hub: carried byte for byte, answered end to end.

import t from 'tap'
import { startRelay } from '../support/relay.ts'

t.test('carries a message byte for byte and brings its receipt back', async (t) => {
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
  const [a, b] = relay.partners
  const { message, outcome } = await relay.send(a, b)
  t.equal(outcome.status, 200)
  const got = await b.record.waitForContent(message.contentSha256)
  t.equal(got.id, message.id)
  t.equal(got.documents[0]?.sha256, message.documents[0]?.sha256)
  t.equal(got.signatures[0]?.isRight, true)
  const { item } = await a.record.waitForReceipt(message.id)
  t.same(item, { outcome: 'success', message: message.id })
  await relay.waitForState(message.id, 'delivered')
  await relay.idle()
  t.equal(b.record.countOf(message.contentSha256), 1)
  t.equal(a.record.receipts.length, 1)
})
