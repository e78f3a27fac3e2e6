// Wires monitoring: what the pipeline tells goes to metrics and log, what nobody tells is read at each scrape.

import { log, logFailure, logIgnored } from '../monitoring/log.ts'
import type { LabelsOf } from '../monitoring/metric-rows.ts'
import type { Metrics } from '../monitoring/metrics.ts'
import type { PartnerRegistry } from './partners/book.ts'
import type { Watcher, Workers } from './pipeline/ports.ts'
import { BlobError, type BlobStore } from './ports.ts'
import { StaleChange } from './store/hot/batcher.ts'
import type { Store } from './store/orm.ts'
import { countHeldMessages, countHeldPackages, countHops, countUnsealed } from './store/views/overview.ts'

/** What the parts of the hub tell monitoring. Nothing here throws. */
export type MetricsWiring = {
  watcher: Watcher
  /** For the committer and the intake. */
  onBatch(kind: 'change' | 'intake', size: number, durationMs: number): void
  /** For the sealer of the journal. */
  onSealed(blocks: readonly { entries: number }[]): void
  /** A blob store that counts its bytes and remembers whether its last put was well. */
  watchBlobs(blobs: BlobStore): BlobStore
  state: WatchedState
}

/** What was seen last, for health. */
export type WatchedState = {
  sweptAt: Date | undefined
  /** False from a failed put until the next one that is durable. */
  canPutBlobs: boolean
}

const second = 1000

/** Makes the wiring over the metrics of this process. */
export function wireMetrics(metrics: Metrics, clock: { now(): Date }): MetricsWiring {
  const state: WatchedState = { sweptAt: undefined, canPutBlobs: true }
  return {
    watcher: {
      stage: quietly((name, durationMs) => {
        if (name === 'sweep') state.sweptAt = clock.now()
        // The table of metrics bounds the names of stages: one it does not list is counted as `other`.
        metrics.observe(
          'hub_stage_seconds',
          { stage: name as LabelsOf<'hub_stage_seconds'>['stage'] },
          durationMs / second,
        )
      }),
      moved: quietly((reached, count) => {
        if (count > 0) metrics.inc('hub_messages_total', { state: reached }, count)
      }),
      attempt: quietly((peer, outcome, durationMs) => {
        metrics.inc('hub_delivery_attempts_total', {
          peer,
          class: outcome as LabelsOf<'hub_delivery_attempts_total'>['class'],
        })
        metrics.observe('hub_delivery_seconds', { peer }, durationMs / second)
        log.debug('deliver.attempt', { peer, outcome, durationMs })
      }),
      judged: quietly((peer, indication, sub) => {
        const told = indication as LabelsOf<'hub_verdicts_total'>['indication']
        metrics.inc('hub_verdicts_total', { peer, indication: told, sub: sub || 'none' })
      }),
      arrived: quietly(({ peer = 'other', outcome, code, bytes, durationMs }) => {
        metrics.inc('hub_packages_received_total', { peer, outcome, code })
        metrics.observe('hub_door_seconds', { outcome }, durationMs / second)
        if (outcome === 'accepted') metrics.inc('hub_packages_received_bytes_total', { peer }, bytes)
      }),
      relayed: quietly((peer, durationMs) =>
        metrics.observe('hub_message_seconds', { peer }, durationMs / second),
      ),
      fault: quietly((place, error) => noteFault(metrics, place, error)),
    },
    onBatch: quietly((batch, size, durationMs) => {
      metrics.observe('hub_commit_batch', { batch }, size)
      metrics.observe('hub_commit_seconds', { batch }, durationMs / second)
    }),
    onSealed: quietly((blocks) => {
      const entries = blocks.reduce((sum, block) => sum + block.entries, 0)
      metrics.inc('hub_journal_blocks_total', {}, blocks.length)
      metrics.inc('hub_journal_entries_total', {}, entries)
    }),
    watchBlobs: (blobs) => watchBlobs(metrics, state, blobs),
    state,
  }
}

/** Monitoring must never stop the work it watches. */
function quietly<Told extends unknown[]>(tell: (...told: Told) => void): (...told: Told) => void {
  return (...told) => {
    try {
      tell(...told)
    } catch (error) {
      logIgnored(error, 'metrics.tell')
    }
  }
}

/** Somebody else's change that came first is in the nature of the work; everything else is a fault of ours. */
function noteFault(metrics: Metrics, place: string, error: unknown): void {
  const name = place.replace(/[^\w.:-]/g, '-')
  metrics.inc('hub_faults_total', { place: name })
  if (error instanceof StaleChange) logIgnored(error, name)
  else logFailure(error, name)
}

function watchBlobs(metrics: Metrics, state: WatchedState, blobs: BlobStore): BlobStore {
  return {
    async put(bytes) {
      try {
        const put = await blobs.put(bytes)
        state.canPutBlobs = true
        metrics.inc('hub_blob_bytes_total', { direction: 'written' }, bytes.length)
        return put
      } catch (error) {
        if (error instanceof BlobError && error.code === 'write-failed') state.canPutBlobs = false
        throw error
      }
    },
    async get(ref) {
      const bytes = await blobs.get(ref)
      metrics.inc('hub_blob_bytes_total', { direction: 'read' }, bytes.length)
      return bytes
    },
    close: () => blobs.close(),
  }
}

/**
 * Reads the gauges at each scrape. Counts end at limits.countedRowsMax: a gauge that stands there means "so many or
 * more". Peers become known to labels with each edition of the book. Returns what ends that.
 */
export function collectGauges(
  metrics: Metrics,
  of: {
    store: Pick<Store, 'query' | 'transaction' | 'poolState'>
    workers: Pick<Workers, 'queued'>
    registry: Pick<PartnerRegistry, 'book' | 'onChange'>
    clock: { now(): Date }
  },
): () => void {
  const { store, workers, registry, clock } = of
  // One after the other and once for all gauges: a scrape must not take the connections of the relay.
  const counts = shared(async () => ({
    hops: await countHops(store),
    heldMessages: await countHeldMessages(store),
    heldPackages: await countHeldPackages(store),
    unsealed: await countUnsealed(store),
  }))
  metrics.collect('hub_queue_depth', async () =>
    (await counts()).hops.map(({ hop, count }) => ({ labels: { hop: hop as HopName }, value: count })),
  )
  metrics.collect('hub_queue_oldest_due_seconds', async () => {
    const now = clock.now().getTime()
    return (await counts()).hops.flatMap(({ hop, oldestDueAt }) => {
      const lateMs = oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt.getTime())
      return hop === 'frozen' ? [] : [{ labels: { hop: hop as HopName }, value: lateMs / second }]
    })
  })
  metrics.collect('hub_messages_held', async () => [
    { labels: {}, value: (await counts()).heldMessages.count },
  ])
  metrics.collect('hub_packages_out_held', async () => [
    { labels: {}, value: (await counts()).heldPackages.count },
  ])
  metrics.collect('hub_journal_unsealed', async () => [
    { labels: {}, value: (await counts()).unsealed.count },
  ])
  metrics.collect('hub_worker_queue', () => [{ labels: {}, value: workers.queued() }])
  metrics.collect('hub_database_connections', () =>
    Object.entries(store.poolState()).map(([state, value]) => {
      return { labels: { state: state as ConnectionState }, value }
    }),
  )
  metrics.setKnownPeers(registry.book().peers.keys())
  return registry.onChange((book) => metrics.setKnownPeers(book.peers.keys()))
}

type ConnectionState = LabelsOf<'hub_database_connections'>['state']
type HopName = LabelsOf<'hub_queue_depth'>['hop']

/** Calls of one moment share one reading. */
function shared<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let underway: Promise<Result> | undefined
  return () => {
    underway ??= read().finally(() => {
      underway = undefined
    })
    return underway
  }
}
