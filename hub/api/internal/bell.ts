// Wakes those who wait for the inbox of a home code: one listener for the process, many who wait.

import { homeChannel } from '../../store/home/inbox.ts'
import type { Listener } from '../../store/listen.ts'

/** Listens on a channel of the database, as Store.listen does. */
export type Listen = (channel: string, hears: Listener) => Promise<() => Promise<void>>

/** Rings for a home code whenever something may have come for it. */
export type Bell = {
  /** Resolves at the next ring. Ask for it before reading: what comes in between rings then. */
  nextRing(home: string): Ring
  close(): Promise<void>
}

/** One who waits; `forget` when it waits no longer. */
export type Ring = { rung: Promise<void>; forget(): void }

/** Hangs the bell up. After a lost connection everybody is woken, for notifications in between are gone. */
export async function hangBell(listen: Listen): Promise<Bell> {
  const waiting = new Map<string, Set<() => void>>()
  const ring = (home: string) => {
    for (const wake of waiting.get(home) ?? []) wake()
  }
  const stop = await listen(homeChannel, {
    notified: ring,
    connected: () => {
      for (const home of [...waiting.keys()]) ring(home)
    },
  })
  return {
    nextRing(home) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const own = waiting.get(home) ?? new Set()
      waiting.set(home, own)
      own.add(resolve)
      return {
        rung: promise,
        forget() {
          own.delete(resolve)
          if (own.size === 0 && waiting.get(home) === own) waiting.delete(home)
        },
      }
    },
    close: stop,
  }
}
