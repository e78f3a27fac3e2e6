// Works through items, a few at a time, until a signal.

/** Gives the results of those that were begun before the signal; the rest was not touched. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  { signal, atOnceMax }: { signal: AbortSignal; atOnceMax: number },
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length && !signal.aborted) {
      const item = items[next] as Item
      next += 1
      results.push(await work(item))
    }
  }
  await Promise.all(Array.from({ length: atOnceMax }, worker))
  return results
}
