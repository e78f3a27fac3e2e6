// Counts requests and the bytes of their bodies that are in memory at one time.

/** One request's part of what is in flight. */
export type Share = {
  /** Raises this request's bytes to a total; false when that would pass the bound, and nothing is changed. */
  grow(totalBytes: number): boolean
  /** Gives everything back; a second call changes nothing. */
  leave(): void
}

/** The count of a server. */
export type InFlight = {
  /** A share for one more request, or undefined when the bound is reached. */
  enter(): Share | undefined
  requests(): number
  bytes(): number
}

/**
 * Makes a count with bounds. Bytes are counted as they are allocated, not as they are announced, so that a
 * large Content-Length alone takes nothing from the others.
 */
export function createInFlight(bounds: { requestsMax: number; bytesMax: number }): InFlight {
  let requests = 0
  let bytes = 0
  function enter(): Share | undefined {
    if (requests >= bounds.requestsMax) return undefined
    requests += 1
    let own = 0
    let isOpen = true
    return {
      grow(totalBytes) {
        if (!isOpen || bytes - own + totalBytes > bounds.bytesMax) return false
        bytes += totalBytes - own
        own = totalBytes
        return true
      },
      leave() {
        if (!isOpen) return
        isOpen = false
        requests -= 1
        bytes -= own
      },
    }
  }
  return { enter, requests: () => requests, bytes: () => bytes }
}
