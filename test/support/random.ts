// Random values that a printed seed repeats.

/** A source of numbers in [0, 1) (mulberry32) with the seed that repeats it. */
export type Random = { seed: number; next: () => number }

/** The seed comes from HUB_TEST_SEED when given, else from the clock; print it with every failure. */
export function seededRandom(
  seed: number = Number(process.env['HUB_TEST_SEED'] ?? Date.now() % 2 ** 31),
): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, next }
}

/** A whole number from 0 up to, not including, `limit`. */
export function below(random: Random, limit: number): number {
  return Math.floor(random.next() * limit)
}

/** One of the values, of which there must be some. */
export function oneOf<T>(random: Random, values: readonly T[]): T {
  if (values.length === 0) throw new RangeError('nothing to choose from')
  return values[below(random, values.length)] as T
}

/** A text of characters out of an alphabet. */
export function textOf(random: Random, alphabet: string, length: number): string {
  const letters = [...alphabet]
  return Array.from({ length }, () => oneOf(random, letters)).join('')
}
