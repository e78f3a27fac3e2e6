// Which chains this node has committed of late: a message sends those alone that the database may not have.

import { LRUCache } from 'lru-cache'
import { limits } from '../../../schemas/limits.ts'
import type { VerdictChainRow } from '../../store/hot/rows.ts'

/** Chains that are durable. Nothing deletes chains; what is forgotten here is only written once more, in vain. */
export type KnownChains = {
  /** Those among them that must be written with whatever names them. */
  lacking(chains: readonly VerdictChainRow[]): VerdictChainRow[]
  /** They were committed just now: not merely submitted. */
  committed(chains: readonly VerdictChainRow[]): void
  /** The database was away: the one that answers now may lack what the other had. */
  forget(): void
}

/**
 * Remembers chainsKnownMax chains, each for chainsKnownForMs: a database that another took the place of unnoticed lacks a chain
 * no longer than that. `now` is in milliseconds and never goes back.
 */
export function makeKnownChains(now: () => number = () => performance.now()): KnownChains {
  const known = new LRUCache<string, { until: number }>({ max: limits.chainsKnownMax })
  return {
    lacking: (chains) => chains.filter(({ sha256 }) => (known.get(sha256)?.until ?? 0) <= now()),
    committed(chains) {
      const until = now() + limits.chainsKnownForMs
      for (const { sha256 } of chains) known.set(sha256, { until })
    },
    forget: () => known.clear(),
  }
}
