// Keeps tables of multiples of public keys that come back, in a bounded number of places that are used again.

import { LRUCache } from 'lru-cache'

/** Where the tables lie and how they are made. */
export type KeyTablesOptions = {
  /** Tables kept at most; the one not used for longest gives its place to the next. */
  readonly tablesMax: number
  /** Names of keys remembered that have no table yet. */
  readonly namesMax: number
  /** Takes a new place of memory that is never given back. */
  allocate(): number
}

/** Tables of one size. A name stands for the curve and every byte of the key, so no key gets another's table. */
export type KeyTables = {
  /** The table of a key, made by build at the first question after remember(); undefined when the key has none. */
  find(name: string, build: (place: number) => boolean): number | undefined
  /** Says that a signature of this key was good: if it comes back, a table pays. */
  remember(name: string): void
}

/**
 * Tables cost several checks to make, so a key gets one when it comes back after a good signature: neither keys met
 * once nor keys of forgeries take places.
 */
export function createKeyTables({ tablesMax, namesMax, allocate }: KeyTablesOptions): KeyTables {
  const free: number[] = []
  const good = new LRUCache<string, true>({ max: namesMax })
  const tables = new LRUCache<string, number>({ max: tablesMax, dispose: (place) => free.push(place) })
  let allocated = 0
  function takePlace(): number {
    if (free.length === 0 && allocated === tablesMax) tables.pop()
    const place = free.pop()
    if (place !== undefined) return place
    allocated += 1
    return allocate()
  }
  return {
    find(name, build) {
      const known = tables.get(name)
      if (known !== undefined || !good.has(name)) return known
      const place = takePlace()
      if (!build(place)) {
        free.push(place)
        return undefined
      }
      good.delete(name)
      tables.set(name, place)
      return place
    },
    remember(name) {
      good.set(name, true)
    },
  }
}
