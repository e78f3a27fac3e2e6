// An admin plane on a real database with hand-made rows: no workers, no blobs, no partners on the wire.

import type { AddressInfo } from 'node:net'
import { createAdminPlane } from '../../hub/api/admin-plane.ts'
import type { HeldDirectory } from '../../hub/directory/directory.ts'
import type { ParticipantsDirectory } from '../../hub/directory/participants.ts'
import { assembleDirectory } from '../../hub/directory/wiring.ts'
import { wireMetrics } from '../../hub/metrics-wiring.ts'
import { openPartnerRegistry, type PartnerRegistry } from '../../hub/partners/book.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import type { Change } from '../../hub/store/hot/change.ts'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import { makeIntake } from '../../hub/store/hot/intake.ts'
import type { MessageRow, PackageInRow, PackageOutRow, WorkRow } from '../../hub/store/hot/rows.ts'
import { newRowId } from '../../hub/store/ids.ts'
import type { Store } from '../../hub/store/orm.ts'
import { keepPartitions } from '../../hub/store/partitions.ts'
import { viewOfFiles } from '../../hub/trust/view/local-trust.ts'
import { createHealth, type HealthCheck } from '../../monitoring/health.ts'
import { createMetrics, type Metrics } from '../../monitoring/metrics.ts'
import { peerCertificates } from '../fixtures/peer-certificates.ts'
import { directoryDefaults } from './directory-defaults.ts'
import { openFreshStore } from './fresh-store.ts'

/** What an answer says: its status, its JSON if it is any, and its text. */
export type Told = { status: number; headers: Headers; text: string; json: () => Record<string, unknown> }

/** A running plane. */
export type TestPlane = {
  address: string
  token: string
  store: Store
  context: PipelineContext
  registry: PartnerRegistry
  directory: HeldDirectory
  metrics: Metrics
  /** Asks with the token unless `headers` say otherwise. */
  ask(
    path: string,
    init?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Told>
  /** Writes rows as the pipeline would. */
  write(change: Change): Promise<void>
}

const token = 'a-token-of-the-tests-0123456789'

/** Starts it; it ends with the test. */
export async function startTestPlane(
  t: { teardown(run: () => Promise<void> | void): void },
  options: {
    checks?: readonly HealthCheck[]
    metricsNeedToken?: boolean
    isOutage?: () => boolean
    directory?: Partial<typeof directoryDefaults>
    participants?: ParticipantsDirectory
  } = {},
): Promise<TestPlane> {
  const store = await openFreshStore(t)
  const clock = { now: () => new Date(), newId: () => newRowId(), random: Math.random }
  await keepPartitions(store, clock.now())
  const registry = await openPartnerRegistry({
    store,
    clock: clock.now,
    homeCodes: [],
    dialects: ['roseu'],
    onFault: () => undefined,
  })
  t.teardown(() => registry.close())
  const metrics = createMetrics({ version: '0' })
  t.teardown(() => metrics.close())
  const committer = makeCommitter({ store, node: '1', isOutage: () => false })
  const context = {
    store,
    committer,
    intake: makeIntake({ store, node: '1', isOutage: () => false, announce: () => undefined }),
    clock,
    watcher: wireMetrics(metrics, clock).watcher,
    book: () => registry.book(),
    trust: () => viewOfFiles({ anchors: [], intermediates: [], lists: [] }),
    settings: { homeCodes: [], parentRecheckMs: 1000, parentWithinMs: 1000, linkAnswerWithinMs: 60_000 },
    node: '1',
  } as unknown as PipelineContext
  const directory = assembleDirectory({
    context,
    settings: { ...directoryDefaults, ...options.directory },
    participants: options.participants,
  })
  const plane = createAdminPlane({
    host: '127.0.0.1',
    port: 0,
    token,
    context,
    registry,
    directory,
    health: createHealth(options.checks ?? []),
    metrics,
    metricsNeedToken: options.metricsNeedToken === true,
    isOutage: options.isOutage ?? (() => false),
  })
  const { port } = (await plane.listen()) satisfies Pick<AddressInfo, 'port'>
  t.teardown(() => plane.close())
  const address = `http://127.0.0.1:${port}`
  return {
    address,
    token,
    store,
    context,
    registry,
    directory,
    metrics,
    ask: (path, init = {}) => ask(`${address}${path}`, init),
    write: async (change) => void (await committer.submit(change)),
  }
}

async function ask(
  url: string,
  init: { method?: string; body?: unknown; headers?: Record<string, string> },
): Promise<Told> {
  const { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = init
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
}

/** Two operators with a peer each, which exchange; `pa` speaks for 2ZA, `pb` for 2ZB. */
export const twoPartners = {
  operators: [
    { id: 'a', name: 'Оператор А', active: true, codes: [{ code: '2ZA' }] },
    { id: 'b', name: 'Оператор Б', active: true, codes: [{ code: '2ZB' }] },
  ],
  peers: [partner('pa', 'Узел А', peerCertificates.one), partner('pb', 'Узел Б', peerCertificates.two)],
  grants: [
    { peer: 'pa', operator: 'a', basis: 'договор 1' },
    { peer: 'pb', operator: 'b', basis: 'договор 2' },
  ],
}

function partner(id: string, name: string, pem: string) {
  return { id, name, state: 'active', address: `https://${id}.example/packages`, certificates: [{ pem }] }
}

let made = 0

/** Some 32 characters that no other call gives. */
export function wireId(prefix = 'm'): string {
  made += 1
  return `${prefix}${String(made).padStart(31, '0')}`
}

/** A message on its way from pa to pb. */
export function messageRow(over: Partial<MessageRow> = {}): MessageRow {
  const at = over.received_at ?? new Date()
  return {
    id: newRowId(at),
    package: newRowId(at),
    peer: 'pa',
    wire_id: wireId(),
    kind: 'message',
    origin_code: '2ZA',
    sender: '2ZA-sender',
    recipient: '2ZB-recipient',
    content_sha256: '00'.repeat(32),
    received_at: at,
    entries: 3,
    packed_bytes: 2500,
    plain_bytes: 2000,
    state: 'accepted',
    state_at: at,
    answer: 'none',
    answer_code: null,
    answer_text: null,
    answer_ids: [],
    reason: null,
    next_peer: 'pb',
    route_reason: null,
    out_wire_id: null,
    package_out: null,
    verdict: 'not-judged',
    warnings: [],
    deadline_at: null,
    version: 1,
    ...over,
  }
}

/** The package a message came in. */
export function packageInRow(message: MessageRow, name: string): PackageInRow {
  return {
    id: message.package,
    peer: message.peer,
    name,
    transport: 'http',
    kind: 'messages',
    received_at: message.received_at,
    bytes: 100,
    sha256: '00'.repeat(32),
    blob: 'blob',
    messages: 1,
    receipt_address: null,
    remote: '127.0.0.1',
  }
}

/** A package of ours with these members. */
export function packageOutRow(
  members: readonly MessageRow[],
  over: Partial<PackageOutRow> = {},
): PackageOutRow {
  const at = new Date()
  const id = newRowId(at)
  return {
    id,
    peer: 'pb',
    name: `${id.replaceAll('-', '')}.cms`,
    kind: 'messages',
    relay: 'repack',
    address: 'https://pb.example/packages',
    origin_code: '2ZA',
    blob: 'blob',
    bytes: 100,
    sha256: '00'.repeat(32),
    members: members.map((member) => member.id),
    state: 'held',
    attempts: 1,
    created_at: at,
    ended_at: at,
    first_attempt_at: at,
    ...over,
  }
}

/** The work row of a message that waits for a person. */
export function frozenWork(message: MessageRow): WorkRow {
  return {
    id: message.id,
    hop: 'frozen',
    lane: '',
    batch_key: message.origin_code,
    package: message.package,
    bytes: 0,
    due_at: message.received_at,
    attempt: 0,
    owner: '0',
    created_at: message.received_at,
  }
}
