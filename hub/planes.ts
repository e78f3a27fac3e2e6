// Starts the planes for partners, for engineers and monitoring, for services of our own operator; not the portal.

import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createHealth } from '../monitoring/health.ts'
import { logFailure, logIgnored } from '../monitoring/log.ts'
import type { Metrics } from '../monitoring/metrics.ts'
import type { PartnerServerEvent } from '../operators/transports/http-intake.ts'
import { createPartnerServer, type PartnerServerOptions } from '../operators/transports/http-server.ts'
import type { Settings } from '../schemas/settings.ts'
import type { Door } from '../schemas/transport.ts'
import { createAdminPlane } from './api/admin-plane.ts'
import { createInternalPlane, type InternalPlane } from './api/internal-plane.ts'
import { addressOf } from './api/serve.ts'
import { blobsFolder, isBlobHome } from './blob-home.ts'
import type { Bulk } from './bulk/wiring.ts'
import type { Closings } from './closings.ts'
import type { HeldDirectory } from './directory/directory.ts'
import { healthChecks } from './health-wiring.ts'
import type { HomeDesk } from './home/desk.ts'
import type { MetricsWiring } from './metrics-wiring.ts'
import type { PartnerRegistry } from './partners/book.ts'
import type { PipelineContext } from './pipeline/context.ts'
import { checkTls, listenAt, readTls, unusableFile, withNamed } from './start-refusals.ts'
import { isOutage } from './store/away.ts'
import type { Store } from './store/orm.ts'

/** Path of the partner plane. */
const partnerPath = '/SendTransportPackage'
const tokenBytes = 32

/** Starts the partner plane and says where it is; the address goes into our Send-Receipt-To unless one is set. */
export async function startPartnerPlane(of: {
  settings: Settings
  context: PipelineContext
  door: Door
}): Promise<{ address: string; close(): Promise<void> }> {
  const { settings, context, door } = of
  const server = createPartnerServer({
    door,
    host: settings.partner.host,
    port: settings.partner.port,
    path: partnerPath,
    ...(await tlsOf(settings)),
    limits: {
      requestsInFlightMax: settings.door.requestsInFlightMax,
      bytesInFlightMax: settings.door.bytesInFlightMax,
    },
    onEvent: noteEvent,
  })
  const listening = await listenAt('partner', settings, () => server.listen())
  const scheme = settings.partner.tlsCertificateFile === undefined ? 'http' : 'https'
  const address = addressOf(scheme, listening) + partnerPath
  context.settings.publicAddress ??= address
  return { address, close: () => server.close() }
}

/** HTTPS when a certificate is set; with authorities of clients it is mutual. */
async function tlsOf({ partner }: Settings): Promise<Pick<PartnerServerOptions, 'tls'>> {
  const { tlsCertificateFile, tlsKeyFile, tlsClientCaFile } = partner
  if (tlsCertificateFile === undefined || tlsKeyFile === undefined) return {}
  const [cert, key, ca] = await Promise.all([
    readTls('partner.tlsCertificateFile', tlsCertificateFile),
    readTls('partner.tlsKeyFile', tlsKeyFile),
    tlsClientCaFile === undefined ? undefined : readTls('partner.tlsClientCaFile', tlsClientCaFile),
  ])
  checkTls({ cert, key, ...(ca === undefined ? {} : { ca }) })
  return { tls: { cert: cert.pem, key: key.pem, ...(ca === undefined ? {} : { ca: ca.pem }) } }
}

function noteEvent(event: PartnerServerEvent): void {
  if (event.kind === 'fault') logFailure(event.error, `http.${event.place}`)
  if (event.kind === 'connection-dropped') logIgnored(new Error('too many connections'), 'http.connection')
}

/** Starts the admin plane and says where it is. */
export async function startAdminPlane(of: {
  settings: Settings
  context: PipelineContext
  registry: PartnerRegistry
  metrics: Metrics
  wiring: MetricsWiring
  closings: Closings
  directory: HeldDirectory
  /** What is wrong with the sources of trust, as a word. */
  trustFault(): Promise<string | undefined>
}): Promise<string> {
  const { settings, context, wiring } = of
  const { store, blobs, workers, clock, node } = context
  const checks = healthChecks({
    store,
    blobs,
    workers,
    clock,
    node,
    areBlobsHere: () => isBlobHome(blobsFolder(settings.data.folder)),
    state: wiring.state,
    pollMs: settings.process.pollMs,
    trustFault: of.trustFault,
  })
  const plane = createAdminPlane({
    context,
    registry: of.registry,
    directory: of.directory,
    health: createHealth(checks),
    metrics: of.metrics,
    host: settings.admin.host,
    port: settings.admin.port,
    token: await adminToken(settings),
    metricsNeedToken: settings.admin.metricsNeedToken,
    isOutage,
  })
  const listening = await listenAt('admin', settings, () => plane.listen())
  of.closings.add('admin plane', () => plane.close())
  return addressOf('http', listening)
}

/** Starts the internal plane and says where it is. */
export async function startInternalPlane(of: {
  settings: Settings
  context: PipelineContext
  store: Pick<Store, 'listen'>
  desk: HomeDesk
  directory: HeldDirectory
  bulk: Bulk
}): Promise<Pick<InternalPlane, 'close'> & { address: string }> {
  const { settings, context, store, desk, directory, bulk } = of
  const { internal } = settings
  const tls = await internalTls(settings)
  const plane = createInternalPlane({
    context,
    desk,
    directory,
    bulk,
    host: internal.host,
    port: internal.port,
    ...(tls === undefined ? {} : { tls }),
    requestsInFlightMax: internal.requestsInFlightMax,
    bytesInFlightMax: internal.bytesInFlightMax,
    listen: (channel, hears) => store.listen(channel, hears),
    isOutage,
  })
  const listening = await listenAt('internal', settings, () => plane.listen())
  const scheme = tls === undefined ? 'http' : 'https'
  return { address: addressOf(scheme, listening), close: () => plane.close() }
}

/** HTTPS when a certificate is set; services are known by their keys, not by certificates. */
async function internalTls({ internal }: Settings): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  const { tlsCertificateFile, tlsKeyFile } = internal
  if (tlsCertificateFile === undefined || tlsKeyFile === undefined) return undefined
  const cert = await readTls('internal.tlsCertificateFile', tlsCertificateFile)
  const key = await readTls('internal.tlsKeyFile', tlsKeyFile)
  checkTls({ cert, key })
  return { cert: cert.pem, key: key.pem }
}

/** The token from the settings or its file; the file is made at the first start, for its owner only. */
async function adminToken(settings: Settings): Promise<string> {
  if (settings.admin.token !== undefined) return settings.admin.token
  const file = settings.admin.tokenFile
  const token = await withNamed('admin.tokenFile', file, () => makeOrReadToken(file))
  if (token.length === 0) throw unusableFile(`admin.tokenFile: ${file}`, 'файл пуст (the file is empty)')
  return token
}

async function makeOrReadToken(file: string): Promise<string> {
  try {
    await writeFile(file, `${randomBytes(tokenBytes).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return (await readFile(file, 'utf8')).trim()
}
