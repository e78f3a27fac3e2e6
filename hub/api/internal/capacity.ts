// What the internal plane serves at once: requests, and the bytes of messages they hold in memory.

import type { ServerResponse } from 'node:http'
import { createInFlight } from '../../../operators/transports/in-flight.ts'

/** One request's part of it. */
export type Visit = {
  /** Raises the bytes this request holds to a total; false when there is no room for them. */
  grow(totalBytes: number): boolean
  /** Keeps the part until the returned function is called, even when the client is gone before. */
  hold(): () => void
}

/** The count of a plane. */
export type Capacity = {
  /** A part for one more request, given back when its connection is done with it; undefined when there is none. */
  enter(response: ServerResponse): Visit | undefined
  requests(): number
  bytes(): number
}

/** Makes a count with bounds. */
export function makeCapacity(bounds: { requestsMax: number; bytesMax: number }): Capacity {
  const inFlight = createInFlight(bounds)
  return {
    enter(response) {
      const share = inFlight.enter()
      if (share === undefined) return undefined
      let holders = 0
      const hold = () => {
        let isHeld = true
        holders += 1
        return () => {
          if (!isHeld) return
          isHeld = false
          holders -= 1
          if (holders === 0) share.leave()
        }
      }
      // Comes after the answer as well as when the client goes away before it.
      response.once('close', hold())
      return { grow: (totalBytes) => share.grow(totalBytes), hold }
    },
    requests: inFlight.requests,
    bytes: inFlight.bytes,
  }
}

/** A part that counts nothing, for requests that have a bound of their own. */
export const uncounted: Visit = { grow: () => true, hold: () => () => undefined }
