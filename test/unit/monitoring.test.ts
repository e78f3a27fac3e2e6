// Checks that logs cannot leak, metrics stay bounded and health answers in time.

import assert from 'node:assert'
import t from 'tap'
import { createHealth } from '../../monitoring/health.ts'
import { configureLog, type LogLevel, log, logFailure, logIgnored } from '../../monitoring/log.ts'
import { allowedFields, type LogFields } from '../../monitoring/log-fields.ts'
import { type MetricRow, metricRows } from '../../monitoring/metric-rows.ts'
import { createMetrics, type Metrics, type Reading } from '../../monitoring/metrics.ts'

/** Collects the lines of the log of this process. */
function listen(level: LogLevel = 'info'): { text: () => string; lines: () => Record<string, unknown>[] } {
  const written: string[] = []
  configureLog({ level, to: { write: (line) => written.push(line) } })
  return { text: () => written.join(''), lines: () => written.map((line) => JSON.parse(line)) }
}

/** Some fields the compiler would refuse. */
const anyFields = (fields: Record<string, unknown>) => fields as LogFields

async function metricLines(metrics: Metrics, name: string): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(name))
}

t.test('a line of the log is JSON with level, time, process, event and its fields', async (t) => {
  const heard = listen()
  log.info('package.accepted', { peer: 'operator-a', package: 'a-1.cms', bytes: 12, durationMs: 1.5 })
  const [line] = heard.lines()
  t.match(line, { level: 'info', pid: process.pid, event: 'package.accepted', peer: 'operator-a', bytes: 12 })
  t.match(line?.['time'], /^\d{4}-\d\d-\d\dT/)
})

t.test('levels below the set one are not written, and fields may be bound', async (t) => {
  const heard = listen('warn')
  log.info('package.accepted')
  log.with({ peer: 'operator-a' }).with({ attempt: 2 }).warn('attempt.failed', { code: 'answer.500' })
  t.match(heard.lines(), [{ level: 'warn', peer: 'operator-a', attempt: 2, code: 'answer.500' }])
  t.equal(heard.lines().length, 1)
})

t.test(
  'fields that are not in the table are dropped, and listed ones of another form are masked',
  async (t) => {
    const heard = listen()
    log.info(
      'package.accepted',
      anyFields({ token: 'secret-1', body: 'secret-2', err: new Error('secret-3') }),
    )
    log.info(
      'package.accepted',
      anyFields({ peer: { token: 'secret-4' }, bytes: 'secret-5', code: 'Иванов secret-6' }),
    )
    t.notMatch(heard.text(), /secret|Иванов/)
    t.match(heard.lines()[1], { peer: '?', bytes: '?', code: '?' })
    t.same(allowedFields({ __proto__: { peer: 'x' }, toString: 'y', file: '/a b\nc' }), { file: '/a b\nc' })
  },
)

t.test('an event with values in it is replaced', async (t) => {
  const heard = listen()
  log.info('package of Иванов Иван accepted')
  t.match(heard.lines(), [{ event: 'log.event-invalid' }])
  t.notMatch(heard.text(), /Иванов/)
})

t.test(
  'an error is told by name, code, place and frames, never by a message that may quote data',
  async (t) => {
    const heard = listen()
    let parsing: unknown
    try {
      JSON.parse('{"ФИО": "Иванов", secret')
    } catch (error) {
      parsing = error
    }
    logIgnored(parsing, 'test.parse')
    t.match(heard.lines()[0], {
      event: 'error.ignored',
      place: 'test.parse',
      errorName: 'SyntaxError',
      frames: /^at /,
    })
    const database = Object.assign(new Error('invalid input "secret"\nat secret (secret:1:1)'), {
      code: '22P02',
      table: 'message',
      detail: 'secret',
    })
    logFailure(database, 'test.database')
    t.match(heard.lines()[1], { level: 'error', errorCode: '22P02', errorTable: 'message' })
    logIgnored('secret', 'test.thrown-text')
    t.match(heard.lines()[2], { errorName: 'string' })
    t.notMatch(heard.text(), /Иванов|errorText/)
    t.equal(heard.text().match(/secret/g)?.length ?? 0, 0)
  },
)

t.test('messages of system calls and of our own asserts are kept', async (t) => {
  const heard = listen()
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
  logIgnored(refused, 'test.connect')
  t.match(heard.lines()[0], { errorText: 'connect ECONNREFUSED 127.0.0.1:1', errorCode: 'ECONNREFUSED' })
  try {
    assert(false, 'a batch is never empty')
  } catch (error) {
    logFailure(error, 'test.assert')
  }
  t.match(heard.lines()[1], { errorText: 'a batch is never empty' })
  try {
    assert.equal('secret-1', 'secret-2')
  } catch (error) {
    logFailure(error, 'test.assert')
  }
  t.notMatch(heard.text(), /secret/)
})

t.test('metrics are counted under the labels of the table, and unknown peers together', async (t) => {
  const metrics = createMetrics({ version: '1.2.3' })
  t.teardown(() => metrics.close())
  const received = (peer: string) =>
    metrics.inc('hub_packages_received_total', { peer, outcome: 'accepted', code: 'accepted' })
  received('operator-a')
  metrics.setKnownPeers(['operator-a'])
  received('operator-a')
  received('operator-a')
  for (let i = 0; i < 1000; i++) received(`stranger-${i}`)
  t.same(await metricLines(metrics, 'hub_packages_received_total'), [
    'hub_packages_received_total{peer="other",outcome="accepted",code="accepted"} 1001',
    'hub_packages_received_total{peer="operator-a",outcome="accepted",code="accepted"} 2',
  ])
  t.same(await metricLines(metrics, 'hub_build_info'), ['hub_build_info{version="1.2.3"} 1'])
})

t.test('names that come at run time are bounded in number and form', async (t) => {
  const metrics = createMetrics({ version: '1' })
  t.teardown(() => metrics.close())
  metrics.inc('hub_messages_total', { state: 'Иванов "\n' })
  for (let i = 0; i < 100; i++) metrics.inc('hub_messages_total', { state: `state-${i}` })
  const lines = await metricLines(metrics, 'hub_messages_total')
  t.equal(lines.length, 41)
  t.ok(lines.includes('hub_messages_total{state="other"} 61'))
})

t.test('times are measured into the buckets of the table', async (t) => {
  const metrics = createMetrics({ version: '1' })
  t.teardown(() => metrics.close())
  metrics.observe('hub_stage_seconds', { stage: 'open' }, 0.004)
  metrics.observe('hub_stage_seconds', { stage: 'open' }, 3)
  const lines = await metricLines(metrics, 'hub_stage_seconds')
  t.ok(lines.includes('hub_stage_seconds_bucket{le="0.0025",stage="open"} 0'))
  t.ok(lines.includes('hub_stage_seconds_bucket{le="0.005",stage="open"} 1'))
  t.ok(lines.includes('hub_stage_seconds_count{stage="open"} 2'))
})

t.test('a gauge is read at the scrape, and a reading that fails leaves no value behind', async (t) => {
  const heard = listen()
  const metrics = createMetrics({ version: '1' })
  t.teardown(() => metrics.close())
  let fails = false
  metrics.collect('hub_queue_depth', async () => {
    if (fails) throw new Error('no database')
    return [{ labels: { hop: 'deliver' }, value: 7 }] satisfies Reading<'hub_queue_depth'>[]
  })
  metrics.collect('hub_messages_held', () => {
    if (fails) throw new Error('no database')
    return [{ labels: {}, value: 2 }]
  })
  t.same(await metricLines(metrics, 'hub_queue_depth'), ['hub_queue_depth{hop="deliver"} 7'])
  t.same(await metricLines(metrics, 'hub_messages_held'), ['hub_messages_held 2'])
  fails = true
  t.same(await metricLines(metrics, 'hub_queue_depth'), [])
  t.same(await metricLines(metrics, 'hub_messages_held'), [])
  t.match(
    new Set(heard.lines().map((line) => line['place'])),
    new Set(['metrics.hub_queue_depth', 'metrics.hub_messages_held']),
  )
})

t.test('a gauge that is never answered does not hold the scrape', { timeout: 20_000 }, async (t) => {
  listen()
  const metrics = createMetrics({ version: '1' })
  t.teardown(() => metrics.close())
  metrics.collect('hub_worker_queue', () => new Promise(() => {}))
  t.same(await metricLines(metrics, 'hub_worker_queue'), [])
})

t.test('the metrics of the process and the lag of the event loop are there', async (t) => {
  const metrics = createMetrics({ version: '1', processMetrics: true })
  t.teardown(() => metrics.close())
  const page = await metrics.text()
  t.match(page, /^process_resident_memory_bytes /m)
  t.match(page, /^hub_event_loop_lag_seconds\{quantile="p99"\} [0-9.e-]+$/m)
})

t.test('every metric says what it is in both languages and follows the rules of naming', async (t) => {
  for (const [name, row] of Object.entries<MetricRow>(metricRows)) {
    t.match(row.ru, /[а-я]/, name)
    t.match(row.en, /^[A-Z]/, name)
    t.equal(name.endsWith('_total'), row.kind === 'counter', `${name} ends with _total only if a counter`)
    t.equal(row.kind === 'histogram', row.buckets !== undefined, name)
    const buckets = row.buckets ?? []
    t.same(
      [...buckets].sort((a, b) => a - b),
      buckets,
      `${name} has rising buckets`,
    )
  }
})

t.test('health names the check that failed, and a late or throwing check is a failed one', async (t) => {
  const heard = listen()
  const health = createHealth([
    { name: 'loop', asks: ['live', 'ready'], timeoutMs: 1000, run: () => undefined },
    { name: 'database', asks: ['ready'], timeoutMs: 1000, run: async () => 'not-connected' },
    { name: 'disk', asks: ['ready'], timeoutMs: 1, run: () => new Promise(() => {}) },
    {
      name: 'journal',
      asks: ['ready'],
      timeoutMs: 1000,
      run: () => {
        throw new Error('broken')
      },
    },
  ])
  t.match(await health.ask('live'), { ok: true, checks: [{ name: 'loop', ok: true }] })
  t.match(await health.ask('ready'), {
    ok: false,
    checks: [
      { name: 'loop', ok: true },
      { name: 'database', ok: false, reason: 'not-connected' },
      { name: 'disk', ok: false, reason: 'timeout' },
      { name: 'journal', ok: false, reason: 'error' },
    ],
  })
  t.match(heard.lines(), [{ place: 'health.journal' }])
})

t.test('a late check is told to stop, and questions asked meanwhile share one answer', async (t) => {
  let runs = 0
  let stopped: AbortSignal | undefined
  const run = (signal: AbortSignal) => {
    runs += 1
    stopped = signal
    return new Promise<undefined>(() => {})
  }
  const health = createHealth([{ name: 'disk', asks: ['ready'], timeoutMs: 5, run }])
  await Promise.all([health.ask('ready'), health.ask('ready')])
  t.equal(runs, 1)
  t.equal(stopped?.aborted, true)
  await health.ask('ready')
  t.equal(runs, 2)
})
