// Wires health: what must be well for this node to take packages and to get them on their way.

import type { HealthCheck } from '../monitoring/health.ts'
import { limits } from '../schemas/limits.ts'
import { isRefusal } from '../schemas/refusals.ts'
import type { WatchedState } from './metrics-wiring.ts'
import type { Workers } from './pipeline/ports.ts'
import type { BlobStore } from './ports.ts'
import { findStrayRows } from './store/partitions.ts'
import type { Sql } from './store/sql.ts'

/** What the checks look at. */
export type HealthParts = {
  store: Sql
  blobs: BlobStore
  workers: Pick<Workers, 'inspect'>
  clock: { now(): Date }
  /** Id of this node. */
  node: string
  /** False when the folder of the blobs is gone, a volume unmounted for instance. */
  areBlobsHere(): boolean
  state: WatchedState
  /** What is wrong with the sources of trust. */
  trustFault(): Promise<string | undefined>
  /** How often lanes are swept. */
  pollMs: number
}

/**
 * The checks of a hub. All are of readiness: a node whose database is away must stop taking packages, but a restart
 * would mend nothing. That the process answers at all is its liveness; a node taken for dead ends itself.
 */
export function healthChecks(parts: HealthParts): HealthCheck[] {
  const { store, clock, state } = parts
  const startedAt = clock.now()
  return [
    {
      name: 'database',
      asks: ['ready'],
      timeoutMs: limits.healthQuickMs,
      run: async () => {
        await store.query('select 1')
        return undefined
      },
    },
    {
      name: 'node',
      asks: ['ready'],
      timeoutMs: limits.healthQuickMs,
      run: async () => {
        const text = 'select alive_until > clock_timestamp() as alive from node where id = $1::bigint'
        const { rows } = await store.query(text, [parts.node])
        return rows[0]?.['alive'] === true ? undefined : 'lease-expired'
      },
    },
    { name: 'blobs', asks: ['ready'], timeoutMs: limits.healthWorkerMs, run: () => checkBlobs(parts) },
    {
      name: 'workers',
      asks: ['ready'],
      timeoutMs: limits.healthWorkerMs,
      run: () => checkWorkers(parts.workers),
    },
    {
      name: 'lanes',
      asks: ['ready'],
      timeoutMs: limits.healthQuickMs,
      run: () => {
        const lateMs = clock.now().getTime() - (state.sweptAt ?? startedAt).getTime()
        return lateMs > Math.max(limits.healthSweepLateMs, limits.healthSweepsMissedMax * parts.pollMs)
          ? 'not-swept'
          : undefined
      },
    },
    {
      name: 'partitions',
      asks: ['ready'],
      timeoutMs: limits.healthQuickMs,
      isWarning: true,
      run: async () => ((await findStrayRows(store)).length > 0 ? 'rows-in-default' : undefined),
    },
    // Messages flow with every source away: what is missing is said in their verdicts.
    {
      name: 'trust',
      asks: ['ready'],
      timeoutMs: limits.healthQuickMs,
      isWarning: true,
      run: parts.trustFault,
    },
  ]
}

/** A node that is not ready gets no packages, so after a failed put nobody but this check would try again. */
async function checkBlobs({ blobs, areBlobsHere, state }: HealthParts): Promise<string | undefined> {
  if (!areBlobsHere()) return 'folder-gone'
  if (!state.canPutBlobs) await blobs.put(Buffer.from('health'))
  return state.canPutBlobs ? undefined : 'not-writable'
}

/** What is no CMS is refused by a worker in no time, after what waits before it. */
async function checkWorkers(workers: Pick<Workers, 'inspect'>): Promise<string | undefined> {
  const answer = await workers.inspect(Buffer.from('health'), [])
  return isRefusal(answer) ? undefined : 'wrong-answer'
}
