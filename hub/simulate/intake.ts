// The HTTP side of a simulated partner: reads packages, answers them, or misbehaves as it was told.

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { readPackageName } from '../../operators/transports/content-disposition.ts'
import { refusalText } from '../../schemas/refusals.ts'
import type { Behaviour } from './behaviours.ts'
import type { Reception } from './reception.ts'

/** What the intake works with. */
export type IntakeOptions = {
  host: string
  /** 0 takes any free port. */
  port: number
  reception: Reception
}

/** A listening partner. `close` ends every connection at once, also those it lets hang. */
export type PartnerIntake = { address: string; close(): Promise<void> }

type Visit = { request: http.IncomingMessage; response: http.ServerResponse; behaviour: Behaviour; at: Date }

const path = '/SendTransportPackage'
const slowChunkPauseMs = 20

/** Starts listening. */
export async function startIntake({ host, port, reception }: IntakeOptions): Promise<PartnerIntake> {
  const closing = new AbortController()
  const server = http.createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
    const behaviour = reception.conduct.next()
    const visit = { request, response, behaviour, at: new Date() }
    serve(visit, { reception, signal: closing.signal }).catch((error: unknown) => {
      // A sender that is gone and a partner that closes end a visit; neither is a fault of ours.
      if (!closing.signal.aborted && !request.socket.destroyed) reception.record.fail(error)
      request.socket.destroy()
    })
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
  })
  server.listen(port, host)
  await once(server, 'listening')
  const listening = (server.address() as AddressInfo).port
  return {
    address: `http://${host}:${listening}${path}`,
    async close() {
      closing.abort()
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

type Serving = { reception: Reception; signal: AbortSignal }

async function serve(visit: Visit, serving: Serving): Promise<void> {
  const { request, response, behaviour } = visit
  const { take } = behaviour
  const name = readPackageName(request.headers['content-disposition'] ?? '')
  if (typeof name === 'object') return refuse(visit, serving, { status: 400, text: refusalText(name) })
  if (request.method !== 'POST' || request.url !== path) {
    return refuse(visit, serving, { status: 400, text: 'not a package' })
  }
  if (take.how === 'drop') return drop(visit, serving, name)
  const bytes = await readBody(request, take.how === 'slow' ? slowChunkPauseMs : 0)
  const note = (status: number, repeated = false) =>
    noteArrival(visit, serving, { name, bytes, status, repeated })
  if (take.how === 'hang') return note(0)
  if (take.how === 'refuse') {
    note(take.status)
    if (take.status === 503) response.setHeader('Retry-After', '1')
    return answer(response, take.status, behaviour.text || `simulated ${take.status}`)
  }
  const given = serving.reception.take({ name, bytes, at: visit.at, behaviour })
  if (take.how === 'proxied') {
    note(take.status, given.isRepeated)
    return answer(response, take.status, 'a proxy')
  }
  note(take.how === 'lost' ? 0 : given.status, given.isRepeated)
  if (take.how === 'lost') {
    request.socket.resetAndDestroy()
    return
  }
  if (take.how === 'late' || take.how === 'slow') {
    await pause(behaviour.pauseMs, undefined, { signal: serving.signal })
  }
  answer(response, given.status, given.text)
}

/** Resets the connection when the first bytes of the body are here; the rest never is. */
async function drop(visit: Visit, serving: Serving, name: string): Promise<void> {
  const { request } = visit
  const [chunk] = (await once(request, 'data')) as [Uint8Array]
  request.socket.resetAndDestroy()
  noteArrival(visit, serving, { name, bytes: chunk, status: 0, repeated: false, isCut: true })
}

function refuse(visit: Visit, serving: Serving, no: { status: number; text: string }): void {
  noteArrival(visit, serving, { name: '', bytes: new Uint8Array(), status: no.status, repeated: false })
  visit.request.resume()
  answer(visit.response, no.status, no.text)
}

function answer(response: http.ServerResponse, status: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': bytes.length })
  response.end(bytes)
}

async function readBody(request: http.IncomingMessage, chunkPauseMs: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) {
    chunks.push(chunk as Uint8Array)
    if (chunkPauseMs > 0) await pause(chunkPauseMs)
  }
  return Buffer.concat(chunks)
}

function noteArrival(
  { request, behaviour, at }: Visit,
  { reception }: Serving,
  of: { name: string; bytes: Uint8Array; status: number; repeated: boolean; isCut?: boolean },
): void {
  const address = request.headers['send-receipt-to']
  const receiptAddress = typeof address === 'string' ? address : undefined
  reception.note({ name: of.name, bytes: of.bytes, at, behaviour }, { ...of, receiptAddress })
}
