// Starts the fetching and following of sources, and tells monitoring what becomes of them.

import { createHash } from 'node:crypto'
import { log } from '../../monitoring/log.ts'
import type { Metrics } from '../../monitoring/metrics.ts'
import type { Thumbprint } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { Settings } from '../../schemas/settings.ts'
import type { Clock } from '../pipeline/ports.ts'
import type { LeaseLoop } from '../store/lease-loop.ts'
import type { Store } from '../store/orm.ts'
import type { Sql } from '../store/sql.ts'
import { keepTrustLists, listWantedSources } from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import type { Issued } from '../trust/view/trust-view.ts'
import { type CurrentTrust, followTrust, type TrustEdition } from './current.ts'
import { fileAddress } from './read-file.ts'
import { acceptTrustListWith, type ListSigners, makeTrustListReader } from './read-trust-list.ts'
import { awayCodes, type RefreshOptions, type SourceReport, startRefresh } from './refresh.ts'
import { wantConfigured } from './wanted.ts'
import { startWanting } from './wanting.ts'

/** What the sources need of the hub. */
export type TrustSourcesOptions = Pick<RefreshOptions, 'onFault'> & {
  settings: Pick<Settings, 'sources' | 'trust'>
  store: Store
  node: string
  clock: Clock
  metrics: Metrics
  /** What local files hold. */
  local: { anchors: readonly Certificate[]; intermediates: readonly Certificate[] }
}

/** The sources under way. */
export type TrustSources = CurrentTrust & {
  /** The certificates of a path: their sources are wanted. Cheap. */
  onPath(path: readonly Certificate[]): void
  /** Certificates whose revocation nothing at hand tells of: their responders are asked. Cheap. */
  onUnanswered(certificates: readonly Issued[]): void
  /** Looks for due sources now, if this node is the one that fetches. */
  hasten(): void
  /** What is wrong: list-absent, left-out, away or out-of-date; undefined when all is well. */
  fault(): Promise<string | undefined>
}

/**
 * Wants the configured sources, starts to fetch and to follow. Resolves when what the database holds is at hand, at the
 * latest after trustStartWaitMs: sources that are away delay nothing. `stop` ends the fetching first.
 */
export async function startTrustSources(options: TrustSourcesOptions): Promise<TrustSources> {
  const { settings, store, node, clock, metrics, onFault } = options
  const { refreshMs, allowPrivateAddresses } = settings.sources
  await wantAll(options)
  const reader = makeTrustListReader(signersOf(options), clock)
  let loop: LeaseLoop | undefined
  const wanting = startWanting({
    store,
    clock,
    onPassedOver: (address) => log.info('source.passed-over', { place: sourceLabel(address) }),
    onWanted: () => loop?.wake(),
    onFault,
  })
  const current = await followTrust({
    store,
    reader,
    onFault,
    onEdition: (edition) => {
      wanting.useList(edition.trustList)
      if (edition.leftOut > 0) log.error('source.left-out', { count: edition.leftOut })
    },
  })
  loop = startRefresh({
    store,
    node,
    clock,
    refreshMs,
    fetching: { allowPrivateAddresses },
    acceptTrustList: acceptTrustListWith({ reader, store, clock }),
    onSource: (report) => noteSource(metrics, report),
    onFault,
  })
  showAges(metrics, store, clock)
  metrics.collect('hub_sources_left_out', async () => [{ labels: {}, value: current.edition().leftOut }])
  await atMost(
    limits.trustStartWaitMs,
    current.reread().catch((error: unknown) => onFault('trust-sources.load', error)),
  )
  return {
    ...current,
    onPath: wanting.note,
    onUnanswered: wanting.noteUnanswered,
    hasten: () => loop?.wake(),
    fault: () => faultOf(options, current.edition()),
    async stop() {
      await wanting.stop()
      await loop?.stop()
      await current.stop()
    },
  }
}

async function wantAll({ settings, store, clock }: TrustSourcesOptions): Promise<void> {
  const { listUrl, listFile } = settings.trust
  const trustLists = [listUrl, listFile && fileAddress(listFile)].filter((one) => one !== undefined)
  await keepTrustLists(store, trustLists)
  await wantConfigured(
    store,
    [
      ...settings.sources.lists.map((address) => ({ kind: 'crl' as const, address })),
      ...trustLists.map((address) => ({ kind: 'trust-list' as const, address })),
    ],
    clock.now(),
  )
}

function signersOf({ settings, local }: TrustSourcesOptions): ListSigners {
  return {
    pinned: settings.trust.listSigners.map((one) => one.toLowerCase() as Thumbprint),
    anchors: local.anchors.map(({ der }) => der),
    intermediates: local.intermediates.map(({ der }) => der),
  }
}

async function faultOf(
  { settings, store, clock }: TrustSourcesOptions,
  { trustList, leftOut }: TrustEdition,
): Promise<string | undefined> {
  const { listUrl, listFile } = settings.trust
  if ((listUrl ?? listFile) !== undefined && trustList === undefined) return 'list-absent'
  if (leftOut > 0) return 'left-out'
  const now = clock.now()
  const rows = await listWantedSources(store, now)
  if (rows.some(({ nextAt }) => nextAt !== undefined && nextAt < now)) return 'out-of-date'
  return rows.some(({ evidence, failures }) => evidence === undefined && failures > 0) ? 'away' : undefined
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}

/** Tells of one look at a source. What a source gave wrong is an alarm; that it is away is a warning. */
function noteSource(metrics: Metrics, { source, outcome, refusal }: SourceReport): void {
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
    const now = clock.now()
    const ages = (await listWantedSources(store, now)).map(({ kind, address, issuedAt, wantedAt }) => ({
      labels: { kind, source: sourceLabel(address) },
      value: Math.max(0, now.getTime() - (issuedAt ?? wantedAt).getTime()) / 1000,
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
