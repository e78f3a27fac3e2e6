// Counts what may happen only so often: wrong links by client, answers altogether; in the memory of this node.

import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import { limits } from '../../schemas/limits.ts'

/** A count over a window of limits.portalWindowMs that begins with the first event. */
export type Counter = {
  /** Whether the count of a key has reached its bound. */
  isFull(key: string): boolean
  /** Counts one more. */
  add(key: string): void
}

/**
 * Makes one; `now` in ms. Of more than limits.portalClientsMax keys the one that was quiet longest is forgotten. Several
 * nodes count each for itself: a client is forgiven so much at each.
 */
export function makeCounter(max: number, now: () => number): Counter {
  const windows = new LRUCache<string, { endsAt: number; count: number }>({ max: limits.portalClientsMax })
  const current = (key: string) => {
    const window = windows.get(key)
    return window !== undefined && window.endsAt > now() ? window : undefined
  }
  return {
    isFull: (key) => (current(key)?.count ?? 0) >= max,
    add(key) {
      const window = current(key)
      if (window === undefined) windows.set(key, { endsAt: now() + limits.portalWindowMs, count: 1 })
      else window.count += 1
    },
  }
}

const groupsOfNetwork = 4

/** Who a client is: its address, of IPv6 the network of 64 bits, for one customer has so many. */
export function clientOf(address: string): string {
  if (!isIPv6(address)) return address
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest]
  return all.slice(0, groupsOfNetwork).join(':')
}
