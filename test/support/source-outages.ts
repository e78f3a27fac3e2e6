// Ways in which sources of trust are away: nobody listens, 500 for everything, silence, rubbish.

import { createServer as createHttp, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

type Test = { teardown(run: () => Promise<void>): void }

/** A port where something listens, and how to end the connections to it. */
export type Listening = { port: number; hangUp(): void }

/** Listens on the loopback until the test ends; a free port unless one is given. */
export async function listen(t: Test, server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(async () => {
    hangUp()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  return { port: (server.address() as AddressInfo).port, hangUp }
}

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  return port
}

/** Every way of being away. */
export const outageKinds = ['refuses', 'fails', 'hangs', 'babbles'] as const
export type OutageKind = (typeof outageKinds)[number]

/** Somebody that is away in one way, whatever is asked. */
export async function startOutage(t: Test, kind: OutageKind): Promise<Listening> {
  switch (kind) {
    case 'refuses':
      return { port: await freePort(), hangUp: () => undefined }
    case 'fails':
      return listen(t, createHttp(fail))
    case 'hangs':
      return listen(t, createServer())
    case 'babbles':
      return listen(t, createHttp(babble))
  }
}

const fail: RequestListener = (_, response) => void response.writeHead(500).end()

/** Of the right type and of no sense, as a page of a provider in front of the source would be. */
const babble: RequestListener = (request, response) => {
  const accepted = request.headers.accept?.split(',')[0] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': accepted.includes('*') ? 'text/html' : accepted })
  response.end('<html><body>Доступ ограничен</body></html>')
}
