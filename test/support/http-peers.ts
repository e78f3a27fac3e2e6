// Doors that remember, senders that write raw bytes, and servers on loopback for the tests of HTTP.

import { EventEmitter, once } from 'node:events'
import net from 'node:net'
import type { Test } from 'tap'
import { createPartnerServer, type PartnerServerOptions } from '../../operators/transports/http-server.ts'
import { parseRowId } from '../../schemas/ids.ts'
import { type Refusal, refusalRow, refusalText } from '../../schemas/refusals.ts'
import type { Arrival, Door, DoorAnswer } from '../../schemas/transport.ts'

const packageId = parseRowId('01890a5d-ac96-774b-bcce-b302099a8057')

/** A door that accepts everything and remembers what it was asked. */
export type RememberingDoor = Door & {
  arrivals: Arrival[]
  refusals: { refusal: Refusal; name: string | undefined }[]
  /** Resolves with the first refusal. */
  refused(): Promise<Refusal>
  /** Resolves when the door has been handed a number of packages. */
  handed(count: number): Promise<void>
}

/** Makes a remembering door; `accept` replaces its answer to packages. */
export function rememberingDoor(accept?: (arrival: Arrival) => Promise<DoorAnswer>): RememberingDoor {
  const events = new EventEmitter()
  const arrivals: Arrival[] = []
  const refusals: RememberingDoor['refusals'] = []
  return {
    arrivals,
    refusals,
    async refused() {
      if (refusals.length === 0) await once(events, 'refused')
      return refusals[0]?.refusal as Refusal
    },
    async handed(count) {
      while (arrivals.length < count) await once(events, 'handed')
    },
    async accept(arrival) {
      arrivals.push(arrival)
      events.emit('handed')
      const accepted = { status: 200, code: 'accepted', text: 'Принято' }
      return accept?.(arrival) ?? (packageId === undefined ? accepted : { ...accepted, packageId })
    },
    async turnAway(refusal, { name }) {
      refusals.push({ refusal, name })
      events.emit('refused')
      const { status = 500 } = refusalRow(refusal.code)
      return { status, code: refusal.code, text: refusalText(refusal) }
    },
  }
}

/** Starts a partner server on loopback that closes with the test. */
export async function startPartnerServer(
  t: Test,
  options: Omit<PartnerServerOptions, 'host' | 'port'>,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createPartnerServer({ host: '127.0.0.1', port: 0, ...options })
  const { port } = await server.listen()
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= server.close()
    return closed
  }
  t.teardown(close)
  return { port, close }
}

/** An answer as it stood on the wire. */
export type WireAnswer = { status: number; headers: Map<string, string>; text: string }

/** A sender that writes what it is told. */
export type RawSender = {
  socket: net.Socket
  write(bytes: string | Uint8Array): void
  /** The next whole answer, or undefined when the connection ended before. */
  answer(): Promise<WireAnswer | undefined>
  /** Resolves with everything that came after the last answer when the connection has ended. */
  ended(): Promise<string>
}

/** Opens a connection to a port of loopback. */
export async function openSender(t: Test, port: number): Promise<RawSender> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  let received = Buffer.alloc(0)
  let isOver = false
  const events = new EventEmitter()
  const over = () => {
    isOver = true
    events.emit('more')
  }
  socket.on('error', over).on('end', over).on('close', over)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    events.emit('more')
  })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    async answer() {
      for (;;) {
        const read = readAnswer(received)
        if (read !== undefined) {
          received = received.subarray(read.length)
          return read.answer
        }
        if (isOver) return undefined
        await once(events, 'more')
      }
    },
    async ended() {
      while (!isOver) await once(events, 'more')
      return received.toString('utf8')
    },
  }
}

function readAnswer(bytes: Buffer): { answer: WireAnswer; length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines)
    headers.set(line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2))
  const status = Number(statusLine.split(' ')[1])
  const length = headEnd + 4 + (status < 200 ? 0 : Number(headers.get('content-length') ?? 0))
  if (bytes.length < length) return undefined
  return { answer: { status, headers, text: bytes.toString('utf8', headEnd + 4, length) }, length }
}

/** The head of a request for a package; `headers` are added or, with undefined, left out. */
export function packageHead(headers: Record<string, string | undefined> = {}, requestLine?: string): string {
  const all = { Host: 'hub', 'Content-Disposition': 'attachment; filename="a1.cms"', ...headers }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  )
  return `${requestLine ?? 'POST /SendTransportPackage HTTP/1.1'}\r\n${lines.join('')}\r\n`
}

/** A whole request with a body of a length. */
export function packageRequest(body: string, headers: Record<string, string | undefined> = {}): string {
  return packageHead({ 'Content-Length': String(Buffer.byteLength(body)), ...headers }) + body
}

/** Starts a bare server on loopback that hands sockets over and closes with the test. */
export async function startSockets(t: Test, onSocket: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as net.AddressInfo).port
}
