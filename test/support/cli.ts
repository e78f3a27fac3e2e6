// Runs command lines of the hub in this process, and a fake admin plane for them to talk to.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { runHub } from '../../hub/cli/main.ts'

/** The token the fake is called with. */
export const token = 'token-0123456789'

/** Runs a command line in a folder, which is the data folder too, and gives what it wrote. */
export async function runLine(folder: string, words: readonly string[], env: Record<string, string> = {}) {
  const written = { out: '', err: '' }
  const exit = await runHub(words, {
    out: (text) => {
      written.out += text
    },
    err: (text) => {
      written.err += text
    },
    env: { HUB_DATA_FOLDER: folder, ...env },
    cwd: folder,
  })
  return { exit, ...written, json: () => JSON.parse(written.out) }
}

/** A request the fake got. */
export type Asked = {
  method: string
  url: string
  authorization: string | undefined
  actor: string | undefined
  body: string
}
/** What the fake answers. */
export type Answer = { status?: number; body: unknown } | ((response: ServerResponse) => void)

/** A fake admin plane that gives one answer and keeps what it was asked. */
export async function fakeHub(t: Test, answer: Answer) {
  const asked: Asked[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    const actor = headers['x-hub-actor']?.toString()
    asked.push({ method, url, authorization: headers.authorization, actor, body })
    if (typeof answer === 'function') return answer(response)
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const env = { HUB_ADMIN_PORT: String(port), HUB_ADMIN_TOKEN: token }
  return { asked, env, address: `http://127.0.0.1:${port}` }
}
