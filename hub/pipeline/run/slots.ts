// Bounds the requests to one peer at a time on this node: the lanes of a peer share its connections, first come first served.

/** The slots of all peers. */
export type Slots = {
  /**
   * Waits for a slot of the peer; gives what frees it, to be called once, or undefined when the signal ended the waiting.
   */
  take(peer: string, signal: AbortSignal): Promise<(() => void) | undefined>
}

type Queue = { taken: number; waiting: Set<(isIn: boolean) => void> }

/**
 * Makes the slots. `slotsMaxOf` is asked whenever somebody comes or goes, so a changed policy counts from then on. Who
 * waits is bounded by the lanes, each of which runs as many batches as the peer has slots.
 */
export function makeSlots(slotsMaxOf: (peer: string) => number): Slots {
  const queues = new Map<string, Queue>()

  function admit(peer: string, queue: Queue): void {
    const slotsMax = slotsMaxOf(peer)
    for (const enter of queue.waiting) {
      if (queue.taken >= slotsMax) break
      queue.taken += 1
      queue.waiting.delete(enter)
      enter(true)
    }
    if (queue.taken === 0 && queue.waiting.size === 0) queues.delete(peer)
  }

  return {
    async take(peer, signal) {
      if (signal.aborted) return undefined
      const queue = queues.get(peer) ?? { taken: 0, waiting: new Set() }
      queues.set(peer, queue)
      const { promise, resolve } = Promise.withResolvers<boolean>()
      queue.waiting.add(resolve)
      const leave = () => {
        queue.waiting.delete(resolve)
        resolve(false)
      }
      signal.addEventListener('abort', leave)
      admit(peer, queue)
      const isIn = await promise
      signal.removeEventListener('abort', leave)
      if (!isIn) return undefined
      return () => {
        queue.taken -= 1
        admit(peer, queue)
      }
    },
  }
}
