// What tells a route that its client went, beside what only looks like it.

import { once } from 'node:events'
import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { clientGone } from '../../hub/api/client-gone.ts'

type Seen = { signal: AbortSignal; answer(): void }

/** A server whose only route waits until the test lets it answer. */
async function begin(t: Test) {
  const app = fastify()
  const begun = Promise.withResolvers<Seen>()
  app.post('/', async (_, reply) => {
    const answered = Promise.withResolvers<void>()
    begun.resolve({ signal: clientGone(reply), answer: answered.resolve })
    await answered.promise
    return {}
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const leaving = new AbortController()
  const headers = { 'content-type': 'application/json' }
  const asked = fetch(address, { method: 'POST', headers, body: '{"a":1}', signal: leaving.signal })
  return { asked, leaving, seen: await begun.promise }
}

t.test('a client that waits is there, though its body was read', async (t) => {
  const { asked, seen } = await begin(t)
  // The end of the message is told in turns of its own.
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
  t.notOk(seen.signal.aborted)
  seen.answer()
  t.equal((await asked).status, 200)
})

t.test('a client that left is gone', async (t) => {
  const { asked, leaving, seen } = await begin(t)
  const gone = once(seen.signal, 'abort')
  leaving.abort()
  await t.rejects(asked, { name: 'AbortError' })
  await gone
  t.ok(seen.signal.aborted)
  seen.answer()
})
