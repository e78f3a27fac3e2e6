// The HTTP side of a simulated partner: reads packages, answers them, or misbehaves as it was told.

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { readPackageName } from '../../operators/transports/content-disposition.ts'
import { isRefusal, refusalText } from '../../schemas/refusals.ts'
import type { Behaviour, Conduct } from './behaviours.ts'
import { sha256 } from './messages.ts'
import type { PartnerRecord } from './record.ts'
import { type CheckDepth, type TakenPackage, takeApart } from './take.ts'

/** What the intake works with. */
export type IntakeOptions = {
  host: string
  /** 0 takes any free port. */
  port: number
  record: PartnerRecord
  conduct: Conduct
  checks: CheckDepth
  /** Thumbprints of who may send packages here; undefined for anybody. */
  signers(): readonly string[] | undefined
  /** A package was taken; called once per package and effect. */
  onTaken(taken: TakenPackage, behaviour: Behaviour): void
}

/** A listening partner. `close` ends every connection at once, also those it lets hang. */
export type PartnerIntake = { address: string; close(): Promise<void> }

type Answer = { status: number; text: string; sha256: string }
type Visit = { request: http.IncomingMessage; response: http.ServerResponse; behaviour: Behaviour; at: Date }

const path = '/SendTransportPackage'
const slowChunkPauseMs = 20

/** Starts listening. */
export async function startIntake(options: IntakeOptions): Promise<PartnerIntake> {
  const answers = new Map<string, Answer>()
  const closing = new AbortController()
  const server = http.createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
    const behaviour = options.conduct.next()
    const visit = { request, response, behaviour, at: new Date() }
    serve(visit, { options, answers, signal: closing.signal }).catch((error: unknown) => {
      // A sender that is gone and a partner that closes end a visit; neither is a fault of ours.
      if (!closing.signal.aborted && !request.socket.destroyed) options.record.fail(error)
      request.socket.destroy()
    })
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
  })
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `http://${options.host}:${port}${path}`,
    async close() {
      closing.abort()
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

type Serving = { options: IntakeOptions; answers: Map<string, Answer>; signal: AbortSignal }

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
  const given = takeOrRepeat(visit, serving, { name, bytes })
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

/** The stored answer of a name, or a first look at the package. */
function takeOrRepeat(
  { behaviour, at }: Visit,
  { options, answers }: Serving,
  of: { name: string; bytes: Uint8Array },
): Answer & { isRepeated: boolean } {
  const key = of.name.toLowerCase()
  const stored = behaviour.keepsAnswers ? answers.get(key) : undefined
  const digest = sha256(of.bytes)
  if (stored !== undefined) {
    const isSame = stored.sha256 === digest
    return isSame
      ? { ...stored, isRepeated: true }
      : { status: 400, text: 'the name was used for other bytes', sha256: digest, isRepeated: true }
  }
  const taken = takeApart({ ...of, at, checks: options.checks, signers: options.signers() })
  const given = isRefusal(taken)
    ? { status: 400, text: refusalText(taken), sha256: digest }
    : { status: 200, text: 'accepted', sha256: digest }
  answers.set(key, given)
  if (!isRefusal(taken)) {
    options.record.add(taken)
    options.onTaken(taken, behaviour)
  }
  return { ...given, isRepeated: false }
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
  { options }: Serving,
  of: { name: string; bytes: Uint8Array; status: number; repeated: boolean; isCut?: boolean },
): void {
  const { name, bytes, status, repeated, isCut = false } = of
  const receiptAddress = request.headers['send-receipt-to']
  options.record.add({
    arrival: {
      name,
      sha256: isCut || name === '' ? undefined : sha256(bytes),
      bytes: bytes.length,
      at,
      behaviour: behaviour.name,
      status,
      repeated,
      receiptAddress: typeof receiptAddress === 'string' ? receiptAddress : undefined,
    },
  })
}
