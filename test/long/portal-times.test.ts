// How long the portal waits: for a request that does not end, and for the next one on a connection.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { limits } from '../../schemas/limits.ts'
import { startTestPortal } from '../support/portal.ts'

/** Whoever measures is not the server: its clock may be a little behind. */
const slackMs = 500

/** Says so much on a connection of its own; gives what came back and how long the server kept it. */
async function say(address: string, text: string): Promise<{ heard: string; keptMs: number }> {
  const { port, hostname } = new URL(address)
  const socket: Socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  let heard = ''
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1')
  })
  const begun = performance.now()
  socket.write(text)
  await once(socket, 'close')
  return { heard, keptMs: performance.now() - begun }
}

t.test(
  'requests that do not end and connections nobody uses are ended, and not before their time',
  async (t) => {
    const portal = await startTestPortal(t)
    const head = 'GET /favicon.ico HTTP/1.1\r\nhost: portal\r\n'
    const form = `POST ${new URL(portal.link).pathname} HTTP/1.1\r\nhost: portal\r\ncontent-length: 100\r\n\r\nchoice`
    const [half, body, idle] = await Promise.all([
      say(portal.address, head),
      say(portal.address, form),
      say(portal.address, `${head}\r\n`),
    ])
    const least = limits.portalRequestTimeoutMs - slackMs
    // Far above what a busy machine adds, and below the half minute in which Node looks at connections by itself.
    const most = limits.portalRequestTimeoutMs + limits.connectionsCheckMs + 10_000
    for (const { keptMs } of [half, body, idle])
      t.ok(keptMs >= least && keptMs < most, `kept for ${keptMs} ms`)
    t.match(half.heard, /^HTTP\/1\.1 400 /)
    t.notMatch(body.heard, /^HTTP\/1\.1 2/)
    t.match(idle.heard, /^HTTP\/1\.1 204 /)
    t.notOk(portal.calls.includes('choose'))
  },
)
