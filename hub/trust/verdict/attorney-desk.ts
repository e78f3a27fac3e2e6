// Powers of attorney looked for beside the way of messages: what waits for a registry is looked at again later.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { limits } from '../../../schemas/limits.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { AttorneyRegistry } from '../attorney/registry.ts'
import type { AskOptions } from '../attorney/registry-asked.ts'
import type { TrustView } from './gather.ts'
import { type AttorneyPlaces, needsAttorney, withAttorneys } from './gather-attorneys.ts'
import { turnsOfLoop } from './turns.ts'

/** Finds powers of attorney for messages. */
export type AttorneyDesk = {
  /**
   * The facts with what was found, or since when the registry is being asked: then the message is looked at again. A message
   * that needs none, and every message where there is no registry, has its facts at once. Rejects when reading fails.
   */
  gather(facts: MessageFacts, places: AttorneyPlaces, trust: TrustView): Promise<Sought>
  /** Ends what is being asked: the registry then counts as silent. */
  stop(): void
}

type Options = {
  /** Absent: nobody is asked. */
  registry: AttorneyRegistry | undefined
  /** For one message, in milliseconds. */
  deadlineMs: number
  /** Reads what the registry gave, away from the event loop. */
  read: AskOptions['read']
}

/** What came of it: the facts as they were at the first look, or the time of that look. */
export type Sought = { facts: MessageFacts } | { since: Date }

type Seeking = { since: Date; outcome?: { facts: MessageFacts } | { error: unknown } }

/**
 * Makes the desk. What was found is kept in memory until it is taken; a node that dies forgets it, and the next asks again.
 * At most attorneysPendingMax messages are remembered: with more, the oldest are asked about anew.
 */
export function makeAttorneyDesk({ registry, deadlineMs, read }: Options): AttorneyDesk {
  const stopping = new AbortController()
  const pending = new LRUCache<string, Seeking>({ max: limits.attorneysPendingMax })
  const seek = (facts: MessageFacts, places: AttorneyPlaces, trust: TrustView): Promise<MessageFacts> =>
    withAttorneys(facts, places, {
      registry,
      deadlineMs,
      signal: stopping.signal,
      read,
      trust,
      turn: turnsOfLoop(),
    })
  return {
    async gather(facts, places, trust) {
      if (!needsAttorney(facts)) return { facts }
      if (registry === undefined) return { facts: await seek(facts, places, trust) }
      const sought = pending.get(facts.message) ?? begin(facts, seek(facts, places, trust))
      pending.set(facts.message, sought)
      // An open circuit answers at once.
      if (sought.outcome === undefined) await nextTurn()
      const { outcome } = sought
      if (outcome === undefined) return { since: sought.since }
      pending.delete(facts.message)
      if ('error' in outcome) throw outcome.error
      return outcome
    },
    stop: () => stopping.abort(),
  }
}

function begin({ judgedAt }: MessageFacts, seeking: Promise<MessageFacts>): Seeking {
  const sought: Seeking = { since: new Date(judgedAt) }
  seeking.then(
    (facts) => {
      sought.outcome = { facts }
    },
    (error: unknown) => {
      sought.outcome = { error }
    },
  )
  return sought
}
