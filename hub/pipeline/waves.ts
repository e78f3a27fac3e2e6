// Bounds what is in memory at once where many packages are read: in waves of known size, or one by one into a room.

/** Items in waves that hold no more than `bytesMax` together, except a single larger one. */
export function wavesOf<Item>(
  items: readonly Item[],
  { bytesMax, bytesOf }: { bytesMax: number; bytesOf(item: Item): number },
): Item[][] {
  const waves: Item[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const item of items) {
    const size = bytesOf(item)
    if (bytes + size > bytesMax) {
      waves.push([])
      bytes = 0
    }
    waves.at(-1)?.push(item)
    bytes += size
  }
  return waves
}

/** Reads bytes whose size is not known before, and keeps them until they are used. */
export type Room = <Result>(
  read: () => Promise<Uint8Array>,
  use: (bytes: Uint8Array) => Promise<Result>,
) => Promise<Result>

/**
 * A room for bytes in use: one is read at a time, and none while those in it are `bytesMax` or more; so there is never more
 * than that and the last one. What fails is its own affair.
 */
export function makeRoom(bytesMax: number): Room {
  let held = 0
  let left = Promise.withResolvers<void>()
  let last: Promise<unknown> = Promise.resolve()
  const enter = async (read: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    while (held >= bytesMax) {
      left = Promise.withResolvers<void>()
      await left.promise
    }
    const bytes = await read()
    held += bytes.length
    return bytes
  }
  return async (read, use) => {
    const entering = last.then(() => enter(read))
    last = entering.catch(() => undefined)
    const bytes = await entering
    try {
      return await use(bytes)
    } finally {
      held -= bytes.length
      left.resolve()
    }
  }
}
