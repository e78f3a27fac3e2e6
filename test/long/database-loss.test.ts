// A hub whose database cuts every connection, again and again: it must go on by itself and lose nothing.

import { setImmediate as nextTurn } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { startRelay } from '../support/relay.ts'

const cutAll =
  'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()'

t.test('goes on by itself after the database has cut every connection', async (t) => {
  const relay = await startRelay(t, { partners: [{ code: '2ZA' }, { code: '2ZB' }] })
  const [a, b] = relay.partners
  const url = new URL(relay.settings.database.url ?? '')
  const database = url.pathname.slice(1)
  url.pathname = '/postgres'
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  t.teardown(() => client.end())

  const messages = Array.from({ length: 40 }, () => a.message(b, { size: 300 }))
  const packages = messages.map((message) => a.pack([message]))
  let isSending = true
  const cutting = async () => {
    let cuts = 0
    for (let seen = 0; isSending; await nextTurn()) {
      const { length } = b.record.messages
      if (length < seen + 4) continue
      seen = length
      await client.query(cutAll, [database])
      cuts += 1
    }
    return cuts
  }
  const cut = cutting()
  await Promise.all(packages.map((prepared) => a.deliver(prepared)))
  await b.record.waitForMessages(messages.length)
  await a.record.waitForReceipts(messages.length)
  isSending = false
  t.comment(`${await cut} cuts`)
  await relay.idle()
  for (const message of messages) {
    t.equal(b.record.countOf(message.contentSha256), 1)
    t.equal(a.record.receiptsOf(message.id).length, 1)
  }
})
