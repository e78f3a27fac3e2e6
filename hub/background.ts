// Work on a clock: the sealer of the journal, the keeper of partitions, the reclaimer of dead nodes' work.

import assert from 'node:assert/strict'
import { log } from '../monitoring/log.ts'
import { limits } from '../schemas/limits.ts'
import { isRefusal, refusalText } from '../schemas/refusals.ts'
import type { Settings } from '../schemas/settings.ts'
import { makeBlockSigner } from './journal/cms-signature.ts'
import { sealOnce } from './journal/seal.ts'
import type { MetricsWiring } from './metrics-wiring.ts'
import { hubIdentityName } from './own-identity.ts'
import type { Clock } from './pipeline/ports.ts'
import { runWithLease } from './store/lease-loop.ts'
import { reclaim } from './store/node.ts'
import { keepPartitions } from './store/partitions.ts'
import type { SqlStore } from './store/sql.ts'
import { type Identity, openIdentity } from './trust/identity.ts'

/** What the loops need. */
export type BackgroundOptions = {
  store: SqlStore
  settings: Settings
  node: string
  identities: readonly Identity[]
  clock: Clock
  onFault(place: string, error: unknown): void
  wiring: Pick<MetricsWiring, 'onSealed'>
}

/** Starts the loops; each runs on one node at a time, by a lease with a fencing token (RULES 29). */
export function startBackground(options: BackgroundOptions): { stop(): Promise<void> } {
  const { store, node, onFault, settings, clock } = options
  const common = { store, owner: node, onError: onFault }
  const own = options.identities.find((identity) => identity.name === hubIdentityName)
  const identity = own && openIdentity(own)
  assert(identity !== undefined && !isRefusal(identity), 'the identity was checked when it was loaded')
  const signer = makeBlockSigner(identity, () => clock.now())
  const loops = [
    runWithLease({
      ...common,
      name: 'journal-sealer',
      everyMs: settings.journal.sealEveryMs,
      run: async (fence) => {
        const sealed = await sealOnce({
          store,
          signer,
          now: () => clock.now(),
          entriesMax: settings.journal.sealEntriesMax,
          fence,
        })
        if (isRefusal(sealed)) onFault('journal.seal', new Error(refusalText(sealed)))
        else options.wiring.onSealed(sealed.blocks)
      },
    }),
    runWithLease({
      ...common,
      name: 'partition-keeper',
      everyMs: limits.partitionsKeepEveryMs,
      run: async (fence) => {
        const report = await keepPartitions(store, clock.now(), fence)
        for (const fault of report.faults)
          log.error('store.partition-not-made', { place: fault.partition, reason: 'failed' })
        for (const stray of report.strays)
          log.error('store.rows-in-default-partition', { place: stray.table, count: stray.rows })
      },
    }),
    runWithLease({
      ...common,
      name: 'work-reclaimer',
      everyMs: limits.leaseRenewMs,
      run: async (fence) => {
        const freed = await reclaim(store, { self: node, fence })
        if (freed > 0) log.warn('work.reclaimed', { count: freed })
      },
    }),
  ]
  return {
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}
