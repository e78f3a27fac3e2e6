// Group commit: gathers what many callers submit while one write runs, and writes it together.

/** Thrown by a write when one item of a batch must not be written; the batch is then tried in halves. */
export class StaleChange extends Error {
  readonly what: string

  constructor(what: string) {
    super(`stale: ${what}`)
    this.what = what
  }
}

/** A queue whose items are written in batches, in order of submission. */
export type Batcher<Item, Result> = {
  /** Resolves after the item's batch is durable; rejects with the reason why this item was not written. */
  submit(item: Item): Promise<Result>
  /** Items waiting now. */
  waiting(): number
}

type Waiting<Item, Result> = {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Makes a batcher. `write` must write all items in one transaction or throw and write none. A failed batch is
 * halved until the items that cause the failure stand alone, so that one bad item never harms its neighbours;
 * when `isOutage` says the store itself is away, all fail at once. `sizeMax` items a batch, `parallelMax` batches
 * at a time. With `gatherMs` a batch of several is followed by that much rest, in which the next one grows, unless it is
 * full: what a batch costs is paid for more items when many come, and nobody waits when few do.
 */
export function makeBatcher<Item, Result>(options: {
  write(items: readonly Item[]): Promise<readonly Result[]>
  sizeMax: number
  parallelMax: number
  gatherMs?: number
  isOutage(error: unknown): boolean
  onBatch?(size: number, durationMs: number): void
}): Batcher<Item, Result> {
  const queue: Waiting<Item, Result>[] = []
  let running = 0
  let isResting = false

  async function attempt(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await options.write(batch.map((waiting) => waiting.item))
      batch.forEach((waiting, index) => {
        const result = results[index]
        if (result === undefined) waiting.reject(new Error('the write gave no result for an item'))
        else waiting.resolve(result)
      })
    } catch (error) {
      if (batch.length === 1 || options.isOutage(error)) {
        for (const waiting of batch) waiting.reject(error)
        return
      }
      const middle = Math.ceil(batch.length / 2)
      await attempt(batch.slice(0, middle))
      await attempt(batch.slice(middle))
    }
  }

  function pump(): void {
    if (running >= options.parallelMax || queue.length === 0) return
    if (isResting && queue.length < options.sizeMax) return
    running += 1
    const batch = queue.splice(0, options.sizeMax)
    const startedAt = performance.now()
    attempt(batch).finally(() => {
      options.onBatch?.(batch.length, performance.now() - startedAt)
      running -= 1
      if (options.gatherMs !== undefined && batch.length > 1) rest(options.gatherMs)
      // What the event loop has at hand by now, such as callers that heard of this batch, comes along in the next.
      else setImmediate(pump)
    })
    pump()
  }

  function rest(forMs: number): void {
    isResting = true
    setTimeout(() => {
      isResting = false
      pump()
    }, forMs)
  }

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        // Callers of the same turn share one batch; one that is full waits for nothing.
        if (queue.length === 1 || queue.length === options.sizeMax) setImmediate(pump)
      }),
    waiting: () => queue.length,
  }
}
