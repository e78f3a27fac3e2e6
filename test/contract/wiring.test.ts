// The wiring of metrics and health on a real PostgreSQL: what is told, what is read at a scrape, when a hub is ready.

import t from 'tap'
import { healthChecks } from '../../hub/health-wiring.ts'
import { collectGauges, wireMetrics } from '../../hub/metrics-wiring.ts'
import type { Workers } from '../../hub/pipeline/ports.ts'
import { BlobError, type BlobStore } from '../../hub/ports.ts'
import { StaleChange } from '../../hub/store/hot/batcher.ts'
import { startNode } from '../../hub/store/node.ts'
import { createHealth, type HealthReport } from '../../monitoring/health.ts'
import { configureLog } from '../../monitoring/log.ts'
import { createMetrics, type Metrics } from '../../monitoring/metrics.ts'
import { refuse } from '../../schemas/refusals.ts'
import { frozenWork, messageRow, packageOutRow, startTestPlane, twoPartners } from '../support/admin-plane.ts'

type Teardown = { teardown(run: () => void): void }

function makeMetrics(t: Teardown): Metrics {
  const metrics = createMetrics({ version: '0' })
  t.teardown(() => metrics.close())
  return metrics
}

/** Lines of the page for Prometheus that begin so, without comments. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(name))
}

t.test('what the pipeline tells is counted under the names of the table', async (t) => {
  const written: string[] = []
  configureLog({ level: 'warn', to: { write: (line) => written.push(line) } })
  t.teardown(() => configureLog({ level: 'warn' }))
  const metrics = makeMetrics(t)
  metrics.setKnownPeers(['pa'])
  const now = new Date('2026-11-22T10:00:00Z')
  const { watcher, onBatch, onSealed, state } = wireMetrics(metrics, { now: () => now })
  watcher.stage('open', 5)
  watcher.stage('sweep', 1)
  watcher.moved('ready', 3)
  watcher.moved('ready', 0)
  watcher.attempt('pa', 'accepted', 20)
  watcher.arrived({ peer: 'pa', outcome: 'accepted', code: 'accepted', bytes: 100, durationMs: 4 })
  watcher.arrived({ peer: undefined, outcome: 'refused', code: 'cms.not-cms', bytes: 9, durationMs: 4 })
  watcher.relayed('pa', 250)
  watcher.fault('send.stale', new StaleChange('a message has moved on'))
  watcher.fault('lanes.give back', new Error('of document 7'))
  watcher.moved('ready', -1)
  onBatch('change', 4, 3)
  onSealed([{ entries: 7 }, { entries: 2 }])
  t.same(state.sweptAt, now)
  const expected = [
    'hub_stage_seconds_count{stage="open"} 1',
    'hub_stage_seconds_count{stage="sweep"} 1',
    'hub_messages_total{state="ready"} 3',
    'hub_delivery_attempts_total{peer="pa",class="accepted"} 1',
    'hub_packages_received_total{peer="pa",outcome="accepted",code="accepted"} 1',
    'hub_packages_received_total{peer="other",outcome="refused",code="cms.not-cms"} 1',
    'hub_packages_received_bytes_total{peer="pa"} 100',
    'hub_message_seconds_sum{peer="pa"} 0.25',
    'hub_faults_total{place="send.stale"} 1',
    'hub_faults_total{place="lanes.give-back"} 1',
    'hub_commit_batch_sum{batch="change"} 4',
    'hub_journal_entries_total 9',
    'hub_journal_blocks_total 2',
  ]
  const page = await metrics.text()
  for (const line of expected) t.ok(page.split('\n').includes(line), line)
  const faults = written.map((line) => JSON.parse(line)).map(({ level, place }) => `${level} ${place}`)
  t.same(faults, ['warn send.stale', 'error lanes.give-back'])
  t.notMatch(written.join(''), 'document 7')
})

t.test('gauges are read at the scrape, and peers become known with the book', async (t) => {
  const plane = await startTestPlane(t)
  const { store, registry } = plane
  const metrics = makeMetrics(t)
  const clock = { now: () => new Date() }
  t.teardown(collectGauges(metrics, { store, registry, clock, workers: { queued: () => 6 } }))
  const rows = [messageRow({ state: 'held' }), messageRow({ state: 'ready' })]
  const [held, ready] = rows.map(frozenWork)
  if (held === undefined || ready === undefined) throw new Error('two rows')
  const due = new Date(Date.now() - 90_000)
  await plane.write({
    messages: rows,
    packagesOut: [packageOutRow(rows)],
    work: [held, { ...ready, hop: 'deliver', lane: 'pb', due_at: due }],
  })
  t.same(await linesOf(metrics, 'hub_messages_held'), ['hub_messages_held 1'])
  t.same(await linesOf(metrics, 'hub_packages_out_held'), ['hub_packages_out_held 1'])
  t.same(await linesOf(metrics, 'hub_worker_queue'), ['hub_worker_queue 6'])
  t.ok((await linesOf(metrics, 'hub_queue_depth')).includes('hub_queue_depth{hop="deliver"} 1'))
  const late = (await linesOf(metrics, 'hub_queue_oldest')).find((line) => line.includes('deliver'))
  t.ok(Number(late?.split(' ')[1]) >= 90, late ?? 'no line')
  t.match(await linesOf(metrics, 'hub_database_connections'), [/open/, /idle/, /waiting/])
  metrics.inc('hub_packages_received_bytes_total', { peer: 'pa' }, 1)
  await registry.apply(twoPartners, { actor: 'tests', reason: 'tests' })
  metrics.inc('hub_packages_received_bytes_total', { peer: 'pa' }, 2)
  t.same((await linesOf(metrics, 'hub_packages_received_bytes_total')).sort(), [
    'hub_packages_received_bytes_total{peer="other"} 1',
    'hub_packages_received_bytes_total{peer="pa"} 2',
  ])
})

const failing = (report: HealthReport) =>
  report.checks.filter(({ ok }) => !ok).map(({ name, reason }) => `${name} ${reason}`)

t.test('a node is ready while its database, disk, workers and lanes are, and mends by itself', async (t) => {
  configureLog({ level: 'silent' })
  t.teardown(() => configureLog({ level: 'warn' }))
  const { store } = await startTestPlane(t)
  const node = await startNode({ store, name: 'test', onLost: () => undefined, onError: () => undefined })
  const disk: { fault: BlobError | undefined; isHere: boolean } = { fault: undefined, isHere: true }
  const blobs: BlobStore = {
    put: async () => {
      if (disk.fault !== undefined) throw disk.fault
      return { ref: 'x', sha256: 'x' }
    },
    get: async () => Buffer.from('x'),
    close: async () => undefined,
  }
  const answers: { inspect: Awaited<ReturnType<Workers['inspect']>> } = {
    inspect: refuse('cms.not-cms', 'x'),
  }
  const trust: { fault: string | undefined } = { fault: undefined }
  const clock = { time: Date.now(), now: () => new Date(clock.time) }
  const { watcher, watchBlobs, state } = wireMetrics(makeMetrics(t), clock)
  const watched = watchBlobs(blobs)
  const health = createHealth(
    healthChecks({
      store,
      blobs: watched,
      workers: { inspect: async () => answers.inspect },
      clock,
      node: node.id,
      trustFault: async () => trust.fault,
      areBlobsHere: () => disk.isHere,
      state,
      pollMs: 500,
    }),
  )
  t.same(failing(await health.ask('ready')), [])

  disk.fault = new BlobError('write-failed', 'ENOSPC')
  await t.rejects(watched.put(Buffer.from('a package')))
  t.same(failing(await health.ask('ready')), ['blobs error'])
  disk.fault = undefined
  t.same(failing(await health.ask('ready')), [], 'nobody else would have tried')
  disk.fault = new BlobError('too-large', '9')
  await t.rejects(watched.put(Buffer.from('a package')))
  t.same(failing(await health.ask('ready')), [], 'that was the fault of the package')

  disk.isHere = false
  t.same(failing(await health.ask('ready')), ['blobs folder-gone'])
  disk.isHere = true

  clock.time += 31_000
  t.same(failing(await health.ask('ready')), ['lanes not-swept'])
  watcher.stage('sweep', 1)
  answers.inspect = {
    thumbprint: '',
    content: { kind: 'messages', messages: [] },
  } as unknown as typeof answers.inspect
  t.same(failing(await health.ask('ready')), ['workers wrong-answer'])
  answers.inspect = refuse('cms.not-cms', 'x')

  trust.fault = 'list-absent'
  const doubtful = await health.ask('ready')
  t.same(failing(doubtful), ['trust list-absent'])
  t.equal(doubtful.ok, true, 'messages flow with every source away')
  trust.fault = undefined

  const stray = messageRow({ received_at: new Date('2031-01-01T00:00:00Z') })
  await store.query('insert into attempt (id, package_out, number, started_at) values ($1, $1, 1, now())', [
    stray.id,
  ])
  const warned = await health.ask('ready')
  t.same(failing(warned), ['partitions rows-in-default'])
  t.equal(warned.ok, true)

  await node.stop()
  t.same(failing(await health.ask('ready')), ['node lease-expired', 'partitions rows-in-default'])
  t.equal((await health.ask('live')).ok, true, 'a restart would mend none of it')
})
