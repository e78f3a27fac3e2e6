// Wires the hub: the only place that picks adapters. Everything starts here in order and stops in reverse.

import { hostname } from 'node:os'
import { configureLog, log, logFailure } from '../monitoring/log.ts'
import { createMetrics, type Metrics } from '../monitoring/metrics.ts'
import { createHttpCourier } from '../operators/transports/http-client.ts'
import { createSftpCourier } from '../operators/transports/sftp/put.ts'
import { createSftpSessions, type SftpSessions } from '../operators/transports/sftp/sessions.ts'
import type { JournalEntry } from '../schemas/journal.ts'
import { brokenLimitRelations } from '../schemas/limit-relations.ts'
import { isRefusal, refusalText } from '../schemas/refusals.ts'
import type { Settings } from '../schemas/settings.ts'
import { openSegmentBlobs } from './adapters/blobs-segments.ts'
import { openAttorneyDesk, openRegistryOfAttorneys } from './attorney-wiring.ts'
import { startBackground } from './background.ts'
import { bindBlobs, blobsFolder } from './blob-home.ts'
import { certificateIndex } from './certificate-index.ts'
import { type Closing, Closings, HubNotStarted } from './closings.ts'
import { startCounterparties } from './counterparties.ts'
import type { HeldDirectory } from './directory/directory.ts'
import { type HomeDesk, makeHomeDesk } from './home/desk.ts'
import { collectGauges, type MetricsWiring, wireMetrics } from './metrics-wiring.ts'
import { openDatabase, openRegistry } from './open-store.ts'
import { joinCouriers } from './outbound/couriers.ts'
import { type OutboundTls, outboundTls } from './outbound/tls.ts'
import { hubIdentityName, loadIdentities } from './own-identity.ts'
import type { PartnerRegistry } from './partners/book.ts'
import { makeDoor } from './pipeline/1-accept.ts'
import { journalMaker, type PipelineContext } from './pipeline/context.ts'
import type { Clock } from './pipeline/ports.ts'
import { startLanes } from './pipeline/run/lanes.ts'
import { makeExaminedStore } from './pipeline/verdict/examined-at-door.ts'
import { makeKnownChains } from './pipeline/verdict/known-chains.ts'
import { startAdminPlane, startInternalPlane, startPartnerPlane } from './planes.ts'
import { loadSftpKeys } from './sftp/keys.ts'
import { startPickups } from './sftp/pickups.ts'
import { notePickup, notePoll, noteSession, showWaiting } from './sftp/wiring.ts'
import { isOutage } from './store/away.ts'
import { makeCommitter } from './store/hot/commit.ts'
import { makeIntake } from './store/hot/intake.ts'
import { newRowId } from './store/ids.ts'
import { reclaim, startNode } from './store/node.ts'
import type { Store } from './store/orm.ts'
import { keepPartitions } from './store/partitions.ts'
import type { AttorneyRegistry } from './trust/attorney/registry.ts'
import type { Identity } from './trust/identity.ts'
import { openTrustDesk, type TrustDesk } from './trust-desk.ts'
import { startTrustSources, type TrustSources } from './trust-sources/wiring.ts'
import { version } from './version.ts'
import { startWorkers } from './workers/pool.ts'

export { HubNotStarted }

/** A running hub. */
export type Hub = {
  partnerAddress: string
  adminAddress: string
  /** Where services of our own operator call the API. */
  internalAddress: string
  registry: PartnerRegistry
  store: Store
  context: PipelineContext
  /** Where services of our own operator submit and acknowledge, behind the internal API. */
  desk: HomeDesk
  /** Known subscribers. */
  directory: HeldDirectory
  /** Where the invited open their pages. */
  portalAddress: string
  /** Revocation lists, OCSP answers and trust lists in use. */
  trust: TrustSources
  /** Ends in order: no new packages, running work finished within the grace, then everything closed. */
  stop(): Promise<void>
}

/** What a hub may be told besides its settings. */
export type HubOptions = {
  /** This node was taken for dead and must end. */
  onLost(): void
}

/**
 * Starts a hub. Rejects with HubNotStarted or StartRefused when it cannot; what was started by then is stopped again.
 */
export async function startHub(settings: Settings, options: HubOptions): Promise<Hub> {
  const closings = new Closings()
  try {
    return await startParts(settings, options, closings)
  } catch (error) {
    await closings.closeAll()
    throw error
  }
}

const clock: Clock = { now: () => new Date(), newId: () => newRowId(), random: Math.random }
const onFault = (place: string, error: unknown) => logFailure(error, place)

async function startParts(settings: Settings, options: HubOptions, closings: Closings): Promise<Hub> {
  const parts = await openParts(settings, options, closings)
  const { store, registry, metrics, wiring } = parts
  const trust = await openTrust(settings)
  const sources = await startTrustSources({ ...parts, local: trust.local, clock, onFault })
  closings.add('trust sources', () => sources.stop())
  trust.follow(sources)
  const registryOfAttorneys = await openRegistryOfAttorneys(settings, metrics)
  const context = makeContext(parts, await outboundTls(settings), { trust, registryOfAttorneys })
  const stopGauges = collectGauges(metrics, { store, workers: context.workers, registry, clock })
  closings.add('gauges', async () => stopGauges())

  const door = makeDoor(context)
  const partnerPlane = await startPartnerPlane({ settings, context, door })
  const lanes = startLanes(context)
  closings.add('journal', () => note(context, 'hub.stopped', { node: parts.node }))
  closings.add('lanes', () => lanes.stop(settings.stop.graceMs))
  // Whatever takes messages in is closed before the lanes: what comes last is committed, and sent by them or after the
  // next start.
  closings.add('partner plane', () => partnerPlane.close())
  const pickups = startPickups({
    context,
    registry,
    sessions: parts.sessions,
    door,
    onPolled: (peer, report) => notePoll(metrics, peer, report),
    onEvent: notePickup,
    onFault,
  })
  showWaiting(metrics, pickups)
  closings.add('pickups', () => pickups.stop())
  const desk = makeHomeDesk(context)
  const { directory, bulk, portalAddress } = await startCounterparties({ ...parts, context, onFault })
  const internalPlane = await startInternalPlane({ settings, context, store, desk, directory, bulk })
  closings.add('internal plane', () => internalPlane.close())
  const background = startBackground({ ...parts, clock, onFault })
  closings.add('background', () => background.stop())
  const { fault: trustFault } = sources
  const plane = { settings, context, registry, metrics, wiring, closings, directory, trustFault }
  const adminAddress = await startAdminPlane(plane)
  await note(context, 'hub.started', { node: parts.node, version: version() })
  await lanes.sweep()
  log.info('hub.started', { host: settings.partner.host, version: version() })
  return {
    partnerAddress: partnerPlane.address,
    adminAddress,
    internalAddress: internalPlane.address,
    registry,
    store,
    context,
    desk,
    directory,
    portalAddress,
    trust: sources,
    stop: () => closings.closeAll(),
  }
}

async function note(
  context: PipelineContext,
  kind: 'hub.started' | 'hub.stopped',
  facts: JournalEntry['facts'],
): Promise<void> {
  const make = journalMaker(context, clock.now())
  await context.committer.submit({ journal: [make(kind, undefined, facts)] })
}

/** What the pipeline is made of, each started in its turn. */
async function openParts(settings: Settings, options: HubOptions, closings: Closings): Promise<Parts> {
  const broken = brokenLimitRelations()
  if (broken.length > 0) throw new HubNotStarted(`limits: ${broken.join('; ')}`)
  configureLog({ level: settings.log.level })
  const { store, isEmbedded } = await openDatabase(settings, closings)
  const strange = await bindBlobs(store, blobsFolder(settings.data.folder))
  if (strange !== undefined) throw new HubNotStarted(refusalText(strange))
  await keepPartitions(store, clock.now())
  const node = await startNode({
    store,
    name: `${hostname()}:${process.pid}`,
    onLost: options.onLost,
    onError: onFault,
  })
  closings.add('node', () => node.stop())
  // An embedded database admits one hub: whatever another process had claimed, it is dead.
  await reclaim(store, isEmbedded ? { only: node.id } : {})

  const identities = await loadIdentities(settings, clock.now())
  if (isRefusal(identities)) throw new HubNotStarted(refusalText(identities))
  const registry = await openRegistry(settings, store, closings)
  const metrics = createMetrics({ version: version(), processMetrics: true })
  closings.add('metrics', async () => metrics.close())
  const wiring = wireMetrics(metrics, clock)
  const sessions = await openSftpSessions(settings, closings)
  return { settings, store, registry, metrics, wiring, identities, sessions, node: node.id, closings }
}

/** Keys are read once, at the start. */
async function openSftpSessions(settings: Settings, closings: Closings): Promise<SftpSessions> {
  const keys = await loadSftpKeys(settings)
  const sessions = createSftpSessions({
    keys: () => keys,
    allowPrivateAddresses: settings.outbound.allowPrivateAddresses,
    onEvent: noteSession,
  })
  closings.add('sftp sessions', () => sessions.close())
  return sessions
}

type Parts = {
  settings: Settings
  store: Store
  registry: PartnerRegistry
  metrics: Metrics
  wiring: MetricsWiring
  identities: readonly Identity[]
  sessions: SftpSessions
  node: string
  closings: { add(name: string, close: Closing['close']): void }
}

function makeContext(
  parts: Parts,
  tls: OutboundTls,
  { trust, registryOfAttorneys }: { trust: TrustDesk; registryOfAttorneys: AttorneyRegistry | undefined },
): PipelineContext {
  const { settings, store, registry, wiring, node, closings } = parts
  const workers = startWorkers({ identities: parts.identities, threads: settings.workers.threads })
  closings.add('workers', () => workers.close())
  const attorneys = openAttorneyDesk(settings, { registry: registryOfAttorneys, workers })
  closings.add('attorneys', async () => attorneys.stop())
  const folder = blobsFolder(settings.data.folder)
  const blobs = wiring.watchBlobs(openSegmentBlobs({ folder, retentionClass: 'packages' }))
  closings.add('blobs', () => blobs.close())
  const http = createHttpCourier({
    allowPrivateAddresses: settings.outbound.allowPrivateAddresses,
    ...tls,
  })
  const sftp = createSftpCourier({ sessions: parts.sessions })
  const courier = joinCouriers({ 'http:': http, 'https:': http, 'sftp:': sftp })
  closings.add('courier', () => courier.close())
  const commit = { store, node, isOutage, onBatch: wiring.onBatch }
  const committer = makeCommitter(commit)
  return {
    store,
    committer,
    intake: makeIntake({ ...commit, announce: (rows) => committer.announce(rows) }),
    blobs,
    workers,
    examinedAtDoor: makeExaminedStore(),
    courier,
    clock,
    watcher: wiring.watcher,
    book: () => registry.book(),
    certificatesOf: certificateIndex(() => registry.book()),
    trust: trust.view,
    attorneys,
    knownChains: makeKnownChains(),
    node,
    settings: pipelineSettings(settings, parts.identities),
  }
}

function pipelineSettings(settings: Settings, identities: readonly Identity[]): PipelineContext['settings'] {
  return {
    homeCodes: settings.home.codes.map((code) => code.toUpperCase()),
    homeAnsweringCodes: settings.home.answeringCodes.map((code) => code.toUpperCase()),
    homeIdentities: identities.map(({ name }) => name).filter((name) => name !== hubIdentityName),
    parentWithinMs: settings.process.parentWithinMs,
    parentRecheckMs: settings.process.parentRecheckMs,
    pollMs: settings.process.pollMs,
    processBatchMax: settings.process.claimBatchMax,
    breakerFailures: settings.deliver.breakerFailures,
    breakerOpenMs: settings.deliver.breakerOpenMs,
    publicAddress: settings.partner.publicAddress,
    linkAnswerWithinMs: settings.links.answerWithinMs,
    linkMessageWaitMs: settings.links.messageWaitMs,
    linkVersionWaitMs: settings.links.versionWaitMs,
    claimValidDays: settings.claim.validDays,
    claimResendAfterMs: settings.claim.resendAfterMs,
  }
}

async function openTrust(settings: Settings): Promise<TrustDesk> {
  const desk = await openTrustDesk(settings)
  if (isRefusal(desk)) throw new HubNotStarted(refusalText(desk))
  return desk
}
