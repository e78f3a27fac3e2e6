// Takes requests in: from the head of a request to the answer of the door.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import type { Door, DoorAnswer } from '../../schemas/transport.ts'
import type { DoorLimits } from './door-limits.ts'
import { answerRequest, answerSocket, failedAnswer } from './http-answer.ts'
import { type BodyReading, type BodyWatch, cutShort, readBody, watchBodies } from './http-body.ts'
import { type RequestHead, readHead } from './http-head.ts'
import { createInFlight, type InFlight, type Share } from './in-flight.ts'

/** What happens at the door, for counters and the log; carries no content. */
export type PartnerServerEvent =
  /** `heard` is false when the sender was gone before the answer. */
  | { kind: 'answered'; status: number; code: string; bytes: number; durationMs: number; heard: boolean }
  /** The door failed where it must not; the sender got door.failed. */
  | { kind: 'fault'; place: 'accept' | 'turn-away' | 'request'; error: unknown }
  /** A connection ended by an error with nothing to answer. */
  | { kind: 'connection-lost'; code: string }
  /** A connection above limits.connectionsMax was closed. */
  | { kind: 'connection-dropped' }

/** What the intake works with. */
export type IntakeOptions = {
  door: Door
  path: string
  limits: DoorLimits
  clock: () => Date
  onEvent: (event: PartnerServerEvent) => void
}

/** What is known of one connection. */
type Connection = {
  requests: number
  /** Nothing more is read from it: an answer said so, or what came could not be read (RFC 9112, 9.6). */
  isOver: boolean
  /** After the answers that are owed comes one more, to what could not be read. */
  hasJunk: boolean
  reading: BodyReading | undefined
  lastResponse: ServerResponse | undefined
}

type Visit = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly connection: Connection
  readonly remote: string
  readonly at: Date
  readonly startedMs: number
  name: string | undefined
  bytes: number
}

/** The requests of one server. A second visit of the same package is the door's affair (RULES 11). */
export class Intake {
  readonly #options: IntakeOptions
  readonly #inFlight: InFlight
  readonly #watch: BodyWatch
  readonly #connections = new WeakMap<Socket, Connection>()
  #running = 0
  #isStopping = false
  #whenIdle: (() => void) | undefined

  constructor(options: IntakeOptions) {
    const { requestsInFlightMax: requestsMax, bytesInFlightMax: bytesMax } = options.limits
    this.#options = options
    this.#inFlight = createInFlight({ requestsMax, bytesMax })
    this.#watch = watchBodies(options.limits)
  }

  /** Serves one request to its answer. Never throws. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connectionOf(request.socket)
    if (connection.isOver) return
    const remote = remoteOf(request.socket)
    const { clock } = this.#options
    const times = { at: clock(), startedMs: performance.now() }
    const visit: Visit = { request, response, connection, remote, ...times, name: undefined, bytes: 0 }
    connection.requests += 1
    connection.lastResponse = response
    this.#running += 1
    this.#serve(visit)
      .catch((error: unknown) => this.#fault(visit, error))
      .finally(() => {
        connection.requests -= 1
        this.#running -= 1
        if (this.#running === 0) this.#whenIdle?.()
      })
  }

  /** Answers what the HTTP parser could not read, after all answers that are owed on the connection. */
  takeBroken(error: Error & { code?: string }, socket: Socket): void {
    const connection = this.#connectionOf(socket)
    const { reading, lastResponse, isOver } = connection
    const refusal = refusalOf(error.code ?? '')
    connection.isOver = true
    if (reading !== undefined && !reading.isComplete()) {
      reading.fail(refusal ?? cutShort(reading.pace, undefined))
    } else if (isOver) {
      // The connection ends already; what it still brings is of no interest.
    } else if (refusal === undefined || !socket.writable) {
      socket.destroy()
      this.#options.onEvent({ kind: 'connection-lost', code: error.code ?? error.name })
    } else if (lastResponse === undefined || lastResponse.writableFinished) {
      void this.#refuseSocket(refusal, socket)
    } else {
      connection.hasJunk = true
      lastResponse.once('finish', () => void this.#refuseSocket(refusal, socket))
    }
  }

  /** Answers a CONNECT, which node hands over as a bare socket. */
  takeTunnel(request: IncomingMessage, socket: Socket): void {
    socket.on('error', () => socket.destroy()).resume()
    void this.#refuseSocket(refuse('door.method', request.method ?? ''), socket)
  }

  /** From now on requests are answered door.stopping; resolves when those that run have been answered. */
  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#running === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#whenIdle = resolve
    await promise
  }

  /** Ends the timers; nothing may come in any more. */
  dispose(): void {
    this.#watch.stop()
  }

  async #serve(visit: Visit): Promise<void> {
    const share = this.#inFlight.enter()
    try {
      const answer = await this.#answer(visit, share)
      this.#write(visit, answer)
    } finally {
      share?.leave()
    }
  }

  async #answer(visit: Visit, share: Share | undefined): Promise<DoorAnswer> {
    const { limits, path } = this.#options
    if (this.#isStopping) return this.#turnAway(visit, refuse('door.stopping', 'not accepted'))
    if (share === undefined) return this.#turnAway(visit, refuse('door.busy', 'too many requests'))
    if (visit.connection.requests > limits.pipelinedRequestsMax) {
      visit.connection.isOver = true
      return this.#turnAway(visit, refuse('door.busy', 'too many requests in one connection'))
    }
    const head = readHead(visit.request, limits, path)
    if (isRefusal(head)) {
      if (isDoubtful(head)) visit.connection.isOver = true
      return this.#turnAway(visit, head)
    }
    visit.name = head.name
    const body = await this.#read(visit, head, share)
    if (isRefusal(body)) return this.#turnAway(visit, body)
    return this.#accept(visit, head, body)
  }

  async #read(visit: Visit, head: RequestHead, share: Share): Promise<Uint8Array | Refusal> {
    const { request, response, connection, startedMs } = visit
    const { limits } = this.#options
    const reading = readBody(request, { contentLength: head.contentLength, limits, share, startedMs })
    connection.reading = reading
    this.#watch.add(reading)
    if (request.headers.expect !== undefined) response.writeContinue()
    const body = await reading.done
    this.#watch.remove(reading)
    if (connection.reading === reading) connection.reading = undefined
    visit.bytes = reading.pace.bytes
    return body
  }

  async #accept(visit: Visit, head: RequestHead, bytes: Uint8Array): Promise<DoorAnswer> {
    const { name, receiptAddress } = head
    const { remote, at } = visit
    try {
      return await this.#options.door.accept({ transport: 'http', name, bytes, receiptAddress, remote, at })
    } catch (error) {
      this.#options.onEvent({ kind: 'fault', place: 'accept', error })
      return failedAnswer()
    }
  }

  async #turnAway(from: Pick<Visit, 'remote' | 'at' | 'name'>, refusal: Refusal): Promise<DoorAnswer> {
    const { remote, at, name } = from
    const origin = { transport: 'http', remote, at } as const
    try {
      return await this.#options.door.turnAway(refusal, name === undefined ? origin : { ...origin, name })
    } catch (error) {
      this.#options.onEvent({ kind: 'fault', place: 'turn-away', error })
      return failedAnswer()
    }
  }

  #write(visit: Visit, answer: DoorAnswer): void {
    const { request, response, connection, bytes } = visit
    const { limits, onEvent } = this.#options
    const heard = !response.destroyed && request.socket.writable
    if (heard) {
      const isLast = connection.isOver && !connection.hasJunk && connection.lastResponse === response
      const closes = this.#isStopping || isLast
      if (answerRequest(visit, answer, { limits, closes })) connection.isOver = true
    }
    const durationMs = performance.now() - visit.startedMs
    onEvent({ kind: 'answered', status: answer.status, code: answer.code, bytes, durationMs, heard })
  }

  async #refuseSocket(refusal: Refusal, socket: Socket): Promise<void> {
    const { clock, limits, onEvent } = this.#options
    const startedMs = performance.now()
    const answer = await this.#turnAway({ remote: remoteOf(socket), at: clock(), name: undefined }, refusal)
    const heard = socket.writable
    if (heard) answerSocket(socket, answer, limits)
    const durationMs = performance.now() - startedMs
    onEvent({ kind: 'answered', status: answer.status, code: answer.code, bytes: 0, durationMs, heard })
  }

  /** An answer that cannot be written as the door gave it. */
  #fault({ request, response, connection }: Visit, error: unknown): void {
    const { limits, onEvent } = this.#options
    connection.isOver = true
    if (response.headersSent || !request.socket.writable) request.socket.destroy()
    else answerRequest({ request, response }, failedAnswer(), { limits, closes: true })
    onEvent({ kind: 'fault', place: 'request', error })
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket)
    if (known !== undefined) return known
    const made: Connection = {
      requests: 0,
      isOver: false,
      hasJunk: false,
      reading: undefined,
      lastResponse: undefined,
    }
    this.#connections.set(socket, made)
    return made
  }
}

/**
 * The refusal of what node's HTTP parser reports; undefined for errors of the line, which nobody can be
 * told of.
 */
function refusalOf(code: string): Refusal | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return refuse('door.headers-too-large', 'headers beyond the limit')
  if (code === 'HPE_INVALID_EOF_STATE') return refuse('door.cut-short', 'the request ended early')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refuse('door.too-slow', 'the headers did not come in time')
  return code.startsWith('HPE_') ? refuse('door.request-malformed', code) : undefined
}

/** Where a request's own bounds are in doubt, what follows it on the connection is too (RFC 9112, 11.2). */
function isDoubtful({ code, at }: Refusal): boolean {
  return code === 'door.header-doubled' || code === 'door.request-malformed' || at === 'Transfer-Encoding'
}

function remoteOf(socket: Socket): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/i, '')
}
