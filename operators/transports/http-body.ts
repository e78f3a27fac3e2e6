// Collects the body of a request into one array of bytes, within its limits of size, memory and pace.

import type { IncomingMessage } from 'node:http'
import { type Refusal, refuse } from '../../schemas/refusals.ts'
import type { DoorLimits } from './door-limits.ts'
import type { Share } from './in-flight.ts'

const chunkedFirstBytes = 64 * 1024
const ticksPerLimit = 4
const tickMsMax = 1000
const tickMsMin = 5

/** A body on its way in. */
export type BodyReading = {
  readonly done: Promise<Uint8Array | Refusal>
  readonly pace: Pace
  /** True when the sender has sent the whole message, so that what follows on the connection is another. */
  isComplete(): boolean
  /** Ends the reading with a refusal; does nothing when it has ended. */
  fail(refusal: Refusal): void
}

/** How fast a body comes; milliseconds of a clock that never goes back. */
export type Pace = { readonly startedMs: number; lastMs: number; bytes: number }

/** What is known of a body before it is read. */
export type BodyOptions = {
  contentLength: number | undefined
  limits: DoorLimits
  share: Share
  startedMs: number
}

/**
 * Reads a body. Resolves with its bytes, or with door.empty, door.too-large, door.busy (no memory left),
 * door.cut-short, or whatever refusal it was failed with.
 */
export function readBody(request: IncomingMessage, options: BodyOptions): BodyReading {
  const { limits, share, contentLength } = options
  const sizeMax = contentLength ?? limits.packageBytesMax
  const pace: Pace = { startedMs: options.startedMs, lastMs: options.startedMs, bytes: 0 }
  const { promise, resolve } = Promise.withResolvers<Uint8Array | Refusal>()
  let isOpen = true
  let bytes = new Uint8Array(0)

  function room(size: number): Refusal | undefined {
    if (size > sizeMax) return refuse('door.too-large', `more than ${sizeMax} bytes`)
    if (size <= bytes.length) return undefined
    const capacity = Math.min(Math.max(size, bytes.length * 2), sizeMax)
    if (!share.grow(capacity)) return refuse('door.busy', 'no memory left for packages')
    bytes = new Uint8Array(bytes.buffer.transfer(capacity))
    return undefined
  }
  function onData(chunk: Uint8Array): void {
    const refusal = room(pace.bytes + chunk.length)
    if (refusal === undefined) {
      bytes.set(chunk, pace.bytes)
      pace.bytes += chunk.length
      pace.lastMs = performance.now()
    } else end(refusal)
  }
  function onEnd(): void {
    const isExact = pace.bytes === bytes.length
    if (pace.bytes === 0) end(refuse('door.empty', 'no body'))
    else end(isExact ? bytes : new Uint8Array(bytes.buffer.transfer(pace.bytes)))
  }
  function onClose(): void {
    end(cutShort(pace, contentLength))
  }
  function end(result: Uint8Array | Refusal): void {
    if (!isOpen) return
    isOpen = false
    request.off('data', onData).off('end', onEnd).off('close', onClose)
    resolve(result)
  }

  const refusal = room(Math.min(contentLength ?? chunkedFirstBytes, limits.bodyFirstBytes, sizeMax))
  if (refusal !== undefined) end(refusal)
  else if (request.destroyed) onClose()
  else request.on('data', onData).on('end', onEnd).on('close', onClose)
  return { done: promise, pace, isComplete: () => request.complete, fail: end }
}

/** The refusal of a body that ended early. */
export function cutShort(pace: Pace, contentLength: number | undefined): Refusal {
  return refuse('door.cut-short', `${pace.bytes} bytes of ${contentLength ?? 'a chunked body'}`)
}

/**
 * Says whether a body comes too slowly: pauses, a low rate after the time of grace, or too long altogether.
 */
export function paceRefusal(pace: Pace, nowMs: number, limits: DoorLimits): Refusal | undefined {
  const elapsedMs = nowMs - pace.startedMs
  const idleMs = nowMs - pace.lastMs
  const slow = (seen: string) =>
    refuse('door.too-slow', `${seen}, ${pace.bytes} bytes in ${Math.round(elapsedMs)} ms`)
  if (elapsedMs > limits.requestTimeoutMs) return slow('not complete in time')
  if (idleMs > limits.bodyIdleTimeoutMs) return slow(`no byte for ${Math.round(idleMs)} ms`)
  if (elapsedMs <= limits.bodyGraceMs) return undefined
  const bytesPerSecond = (pace.bytes * 1000) / elapsedMs
  if (bytesPerSecond >= limits.bodyBytesPerSecondMin) return undefined
  return slow(`less than ${limits.bodyBytesPerSecondMin} bytes a second`)
}

/** Looks after all bodies of a server with one timer, for a timer per request costs more than the reading. */
export type BodyWatch = { add(reading: BodyReading): void; remove(reading: BodyReading): void; stop(): void }

/** Starts the watch. It looks several times within the shortest limit of pace, at most once in 5 ms. */
export function watchBodies(limits: DoorLimits): BodyWatch {
  const readings = new Set<BodyReading>()
  const shortestMs = Math.min(limits.bodyIdleTimeoutMs, limits.bodyGraceMs, limits.requestTimeoutMs)
  const tickMs = Math.max(tickMsMin, Math.min(tickMsMax, shortestMs / ticksPerLimit))
  const timer = setInterval(() => {
    const nowMs = performance.now()
    for (const reading of readings) {
      const refusal = reading.isComplete() ? undefined : paceRefusal(reading.pace, nowMs, limits)
      if (refusal !== undefined) reading.fail(refusal)
    }
  }, tickMs).unref()
  return {
    add: (reading) => readings.add(reading),
    remove: (reading) => readings.delete(reading),
    stop: () => clearInterval(timer),
  }
}
