// Wires the hub: the only place that picks adapters. Everything starts here in order and stops in reverse.

import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { configureLog, log, logFailure } from '../monitoring/log.ts'
import { dialects } from '../operators/dialects/table.ts'
import { createHttpCourier } from '../operators/transports/http-client.ts'
import { createPartnerServer } from '../operators/transports/http-server.ts'
import type { OperatorCode } from '../schemas/ids.ts'
import { brokenLimitRelations } from '../schemas/limits.ts'
import { isRefusal, refusalText } from '../schemas/refusals.ts'
import type { Settings } from '../schemas/settings.ts'
import { openSegmentBlobs } from './adapters/blobs-segments.ts'
import { startEmbeddedPostgres } from './adapters/embedded-postgres.ts'
import { startBackground } from './background.ts'
import { certificateIndex } from './certificate-index.ts'
import { loadIdentities } from './own-identity.ts'
import { openPartnerRegistry, type PartnerRegistry } from './partners/book.ts'
import { isRefused } from './partners/partner-file.ts'
import { loadSeed } from './partners/seed.ts'
import { makeDoor } from './pipeline/1-accept.ts'
import type { PipelineContext } from './pipeline/context.ts'
import { startLanes } from './pipeline/lanes.ts'
import type { Clock, Watcher } from './pipeline/ports.ts'
import { StaleChange } from './store/batcher.ts'
import { makeCommitter, makeIntake } from './store/commit.ts'
import { newRowId } from './store/ids.ts'
import { reclaim, startNode } from './store/node.ts'
import { openStore, type Store } from './store/orm.ts'
import { keepPartitions } from './store/partitions.ts'
import { startWorkers } from './workers/pool.ts'

/** A running hub. */
export type Hub = {
  partnerAddress: string
  registry: PartnerRegistry
  store: Store
  context: PipelineContext
  /** Ends in order: no new packages, running work finished within the grace, then everything closed. */
  stop(): Promise<void>
}

/** Why a hub does not start: for the person who started it. */
export class HubNotStarted extends Error {}

type Closing = { name: string; close(): Promise<unknown> }

/**
 * Starts a hub. Rejects with HubNotStarted or StartRefused when it cannot; what was started by then is stopped again.
 * `onLost`: this node was taken for dead and must end.
 */
export async function startHub(settings: Settings, options: { onLost(): void }): Promise<Hub> {
  const closing: Closing[] = []
  const closeAll = async () => {
    for (const { name, close } of closing.splice(0).reverse()) {
      await close().catch((error: unknown) => logFailure(error, `stop.${name}`))
    }
  }
  try {
    return await startParts(settings, { ...options, closing, closeAll })
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function startParts(
  settings: Settings,
  on: { onLost(): void; closing: Closing[]; closeAll(): Promise<void> },
): Promise<Hub> {
  const broken = brokenLimitRelations()
  if (broken.length > 0) throw new HubNotStarted(`limits: ${broken.join('; ')}`)
  configureLog({ level: settings.log.level })
  await mkdir(settings.data.folder, { recursive: true, mode: 0o711 })
  const clock: Clock = { now: () => new Date(), newId: () => newRowId(), random: Math.random }
  const onFault = (place: string, error: unknown) => logFailure(error, place)

  const { store, isEmbedded } = await openDatabase(settings, on.closing)
  await keepPartitions(store, clock.now())
  const node = await startNode({
    store,
    name: `${hostname()}:${process.pid}`,
    onLost: on.onLost,
    onError: onFault,
  })
  on.closing.push({ name: 'node', close: () => node.stop() })
  // An embedded database admits one hub: whatever another process had claimed, it is dead.
  await reclaim(store, isEmbedded ? { only: node.id } : {})

  const identities = await loadIdentities(settings, clock.now())
  if (isRefusal(identities)) throw new HubNotStarted(refusalText(identities))
  const registry = await openRegistry(settings, store, on.closing)
  const certificates = certificateIndex(() => registry.book())

  const workers = startWorkers({ identities, threads: settings.workers.threads })
  on.closing.push({ name: 'workers', close: () => workers.close() })
  const blobs = openSegmentBlobs({ folder: join(settings.data.folder, 'blobs'), retentionClass: 'packages' })
  on.closing.push({ name: 'blobs', close: () => blobs.close() })
  const courier = createHttpCourier({
    allowPrivateAddresses: settings.outbound.allowPrivateAddresses,
    connectionsMaxOf: (address) => connectionsOf(registry, address),
  })
  on.closing.push({ name: 'courier', close: () => courier.close() })

  const watcher = logWatcher()
  const commitOptions = { store, node: node.id, isOutage, onBatch: () => undefined }
  const committer = makeCommitter(commitOptions)
  const context: PipelineContext = {
    store,
    committer,
    intake: makeIntake({ ...commitOptions, announce: (rows) => committer.announce(rows) }),
    blobs,
    workers,
    courier,
    clock,
    watcher,
    book: () => registry.book(),
    certificatesOf: certificates,
    node: node.id,
    settings: pipelineSettings(settings),
  }
  const server = createPartnerServer({
    door: makeDoor(context),
    host: settings.partner.host,
    port: settings.partner.port,
    limits: {
      requestsInFlightMax: settings.door.requestsInFlightMax,
      bytesInFlightMax: settings.door.bytesInFlightMax,
    },
  })
  const listening = await server.listen()
  const partnerAddress = `http://${listening.host}:${listening.port}/SendTransportPackage`
  context.settings.publicAddress = settings.partner.publicAddress ?? partnerAddress
  const lanes = startLanes(context)
  on.closing.push({ name: 'lanes', close: () => lanes.stop(settings.stop.graceMs) })
  on.closing.push({ name: 'partner plane', close: () => server.close() })
  const background = startBackground({ store, settings, node: node.id, identities, clock, onFault })
  on.closing.push({ name: 'background', close: () => background.stop() })
  await lanes.sweep()
  log.info('hub.started', { port: listening.port })
  return { partnerAddress, registry, store, context, stop: on.closeAll }
}

async function openDatabase(
  settings: Settings,
  closing: Closing[],
): Promise<{ store: Store; isEmbedded: boolean }> {
  const isEmbedded = settings.database.url === undefined
  const url = settings.database.url ?? (await embeddedUrl(settings, closing))
  const store = await openStore({
    url,
    connectionsMax: settings.database.connectionsMax,
    onFault: (place, error) => logFailure(error, place),
  })
  closing.push({ name: 'store', close: () => store.close() })
  return { store, isEmbedded }
}

async function embeddedUrl(settings: Settings, closing: Closing[]): Promise<string> {
  const database = await startEmbeddedPostgres({
    dataFolder: settings.data.folder,
    ...(settings.database.embeddedOutsideFolder === undefined
      ? {}
      : { outsideFolder: settings.database.embeddedOutsideFolder }),
    log: (line) => log.info('database.embedded', { reason: line.replace(/[^\w.-]+/g, '-').slice(0, 60) }),
  })
  closing.push({ name: 'embedded database', close: () => database.stop() })
  return database.url
}

async function openRegistry(settings: Settings, store: Store, closing: Closing[]): Promise<PartnerRegistry> {
  const registry = await openPartnerRegistry({
    store,
    clock: () => new Date(),
    homeCodes: settings.home.codes.map((code) => code.toUpperCase() as OperatorCode),
    dialects: dialects.map((dialect) => dialect.profile.name),
    onFault: (place, error) => logFailure(error, place),
  })
  closing.push({ name: 'partners', close: () => registry.close() })
  const seed = await loadSeed(settings.partners.seedFolder)
  if (isRefused(seed)) throw new HubNotStarted(seed.map(refusalText).join('\n'))
  const seeded = await registry.seed(seed)
  if ('refusals' in seeded) throw new HubNotStarted(seeded.refusals.map(refusalText).join('\n'))
  return registry
}

function pipelineSettings(settings: Settings): PipelineContext['settings'] {
  return {
    homeCodes: settings.home.codes.map((code) => code.toUpperCase()),
    parentWithinMs: settings.process.parentWithinMs,
    parentRecheckMs: settings.process.parentRecheckMs,
    pollMs: settings.process.pollMs,
    processBatchMax: settings.process.claimBatchMax,
    breakerFailures: settings.deliver.breakerFailures,
    breakerOpenMs: settings.deliver.breakerOpenMs,
    publicAddress: settings.partner.publicAddress,
  }
}

function connectionsOf(registry: PartnerRegistry, address: URL): number | undefined {
  for (const peer of registry.book().peers.values()) {
    if (peer.address !== undefined && new URL(peer.address).origin === address.origin)
      return peer.policy.connectionsMax
  }
  return undefined
}

/**
 * Errors that mean the database is away: then every item of a batch fails at once instead of being tried alone.
 * Those are errors without an SQLSTATE (sockets, time-outs), and the classes 08 connection, 53 resources,
 * 57 operator intervention, 58 system and XX internal.
 */
function isOutage(error: unknown): boolean {
  if (error instanceof StaleChange) return false
  const state = error instanceof Error && 'code' in error ? String(error.code) : ''
  return !/^[0-9A-Z]{5}$/.test(state) || /^(08|53|57|58|XX)/.test(state)
}

function logWatcher(): Watcher {
  return {
    stage: () => undefined,
    moved: () => undefined,
    attempt: (peer, outcome, durationMs) => log.debug('deliver.attempt', { peer, outcome, durationMs }),
    arrived: () => undefined,
    relayed: () => undefined,
    fault: (place, error) => logFailure(error, place.replace(/\s/g, '-')),
  }
}
