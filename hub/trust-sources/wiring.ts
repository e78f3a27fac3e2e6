// Starts the fetching and following of sources, and tells monitoring what becomes of them.

import { createHash } from 'node:crypto'
import { log } from '../../monitoring/log.ts'
import type { Metrics } from '../../monitoring/metrics.ts'
import type { Settings } from '../../schemas/settings.ts'
import type { Clock } from '../pipeline/ports.ts'
import type { Store } from '../store/orm.ts'
import type { Sql } from '../store/sql.ts'
import { listSources } from '../store/trust-sources.ts'
import { type CurrentTrust, followTrust } from './current.ts'
import { awayCodes, type RefreshOptions, type SourceReport, startRefresh } from './refresh.ts'
import { wantConfigured } from './wanted.ts'

/** What the sources need of the hub. */
export type TrustSourcesOptions = Pick<RefreshOptions, 'acceptTrustList' | 'onFault'> & {
  settings: Pick<Settings, 'sources'>
  store: Store
  node: string
  clock: Clock
  metrics: Metrics
}

/** Wants the configured sources, starts to fetch and to follow. `stop` ends the fetching first. */
export async function startTrustSources(options: TrustSourcesOptions): Promise<CurrentTrust> {
  const { settings, store, node, clock, metrics, onFault, acceptTrustList } = options
  const { lists, refreshMs, allowPrivateAddresses } = settings.sources
  await wantConfigured(
    store,
    lists.map((address) => ({ kind: 'crl', address })),
    clock.now(),
  )
  const current = await followTrust(store, onFault)
  await current.reread()
  const loop = startRefresh({
    store,
    node,
    clock,
    refreshMs,
    fetching: { allowPrivateAddresses },
    ...(acceptTrustList === undefined ? {} : { acceptTrustList }),
    onSource: (report) => noteSource(metrics, report),
    onFault,
  })
  showAges(metrics, store, clock)
  return {
    ...current,
    async stop() {
      await loop.stop()
      await current.stop()
    },
  }
}

/** Tells of one look at a source. What a source gave wrong is an alarm; that it is away is a warning. */
export function noteSource(metrics: Metrics, { source, outcome, refusal }: SourceReport): void {
  const { kind, address, number } = source
  metrics.inc('hub_source_looks_total', { kind, outcome, code: refusal?.code ?? 'none' })
  const fields = { host: URL.parse(address)?.hostname ?? '', place: sourceLabel(address), state: kind }
  if (refusal === undefined) {
    if (outcome === 'new') log.info('source.taken', fields)
  } else {
    const isAlarm = !awayCodes.has(refusal.code)
    const told = { ...fields, code: refusal.code, edition: Number(number ?? 0) }
    if (isAlarm) log.error('source.refused', told)
    else log.warn('source.away', told)
  }
}

/** Shows how old what each source gave is; of one that never gave anything, how long it has been wanted. */
function showAges(metrics: Metrics, store: Sql, clock: { now(): Date }): void {
  metrics.collect('hub_source_age_seconds', async () => {
    const now = clock.now().getTime()
    const ages = (await listSources(store)).map(({ kind, address, issuedAt, wantedAt }) => ({
      labels: { kind, source: sourceLabel(address) },
      value: Math.max(0, now - (issuedAt ?? wantedAt).getTime()) / 1000,
    }))
    // Of several under one label, as answers of one responder are, the oldest stands.
    return ages.sort((one, other) => one.value - other.value)
  })
}

/** A short name of a source that no path or query can make long. */
function sourceLabel(address: string): string {
  const host = (URL.parse(address)?.hostname ?? 'none').replace(/[^\w.-]/g, '').slice(0, 60)
  return `${host}:${createHash('sha256').update(address).digest('hex').slice(0, 8)}`
}
