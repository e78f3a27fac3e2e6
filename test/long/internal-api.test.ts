// Services that send without end, and two thousand at once.

import { once } from 'node:events'
import t from 'tap'
import { limits } from '../../schemas/limits.ts'
import { answerOf, boundary, floodApi, openUpload, part, path } from '../support/api-uploads.ts'
import { newKey, rightMessage, startTestApi, until } from '../support/internal-plane.ts'

t.setTimeout(180_000)

t.test('two gigabytes that come unannounced are refused before they are read, and never kept', async (t) => {
  const api = await startTestApi(t)
  const gigabytes = 2 * 1024 * limits.apiBodyBytesMax
  for (const [type, head] of [
    ['application/json', Buffer.from('{"a":"')],
    [`multipart/form-data; boundary=${boundary}`, part('message', '')],
  ] as const) {
    const sent = openUpload(api, { 'content-type': type, 'transfer-encoding': 'chunked' })
    sent.on('error', () => undefined).write(head)
    const answer = answerOf(sent)
    let isAnswered = false
    void answer.finally(() => {
      isAnswered = true
    })
    const piece = Buffer.alloc(1024 * 1024, 'a')
    let mostBytes = 0
    let written = 0
    while (!isAnswered && written < gigabytes) {
      written += piece.length
      if (!sent.write(piece)) await Promise.race([once(sent, 'drain'), answer, once(sent, 'close')])
      mostBytes = Math.max(mostBytes, api.plane.inFlight().bytes)
    }
    t.same(await answer, [413, 'api.too-large'], `${type}, in chunks`)
    t.ok(written < gigabytes, `${written} bytes were written`)
    t.ok(mostBytes <= limits.packageBytesMax + limits.apiOverheadBytesMax, `${mostBytes} bytes were held`)
    sent.destroy()
    await until(() => api.plane.inFlight().requests === 0)
    t.equal(api.plane.inFlight().bytes, 0)
  }
  const headers = { 'idempotency-key': newKey() }
  t.equal((await api.ask(path, { body: rightMessage(), headers })).status, 201)
})

t.test('two thousand submissions at once get 201 or 503 and nothing else', async (t) =>
  floodApi(t, { submissions: 2000, requestsInFlightMax: 64 }),
)
