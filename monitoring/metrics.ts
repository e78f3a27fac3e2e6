// Counts and measures what the table of metrics names, over prom-client; label values are bounded here.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { limits } from '../schemas/limits.ts'
import { logIgnored } from './log.ts'
import {
  type LabelBound,
  type LabelsOf,
  type MetricName,
  type MetricNameOf,
  type MetricRow,
  metricRows,
} from './metric-rows.ts'

/** One value of a gauge read at the moment of a scrape. */
export type Reading<N extends MetricName> = { labels: LabelsOf<N>; value: number }

/** The metrics of one hub. Names and labels come from the table; an unknown label value is counted as `other`. */
export type Metrics = {
  inc<N extends MetricNameOf<'counter'>>(name: N, labels: LabelsOf<N>, by?: number): void
  observe<N extends MetricNameOf<'histogram'>>(name: N, labels: LabelsOf<N>, value: number): void
  set<N extends MetricNameOf<'gauge'>>(name: N, labels: LabelsOf<N>, value: number): void
  /** Reads a gauge at every scrape. A reading that fails or takes over two seconds leaves the gauge without a value. */
  collect<N extends MetricNameOf<'gauge'>>(name: N, read: () => Promise<Reading<N>[]> | Reading<N>[]): void
  /** Tells which peers may stand in the label `peer`. */
  setKnownPeers(ids: Iterable<string>): void
  /** The page for Prometheus, in its text format. */
  text(): Promise<string>
  contentType: string
  close(): void
}

const other = 'other'
const nanosecondsPerSecond = 1e9

/** Makes the metrics of a hub. `processMetrics` adds the usual ones of Node, process_* and nodejs_*. */
export function createMetrics(options: { version: string; processMetrics?: boolean }): Metrics {
  const registry = new Registry()
  const peers = { known: new Set<string>() }
  const series = new Map<MetricName, Series>()
  for (const name of Object.keys(metricRows) as MetricName[])
    series.set(name, makeSeries(name, registry, peers))
  const of = (name: MetricName): Series => {
    const found = series.get(name)
    if (found === undefined) throw new TypeError(`no metric ${name}`)
    return found
  }
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry })
  const stopLag = measureEventLoop(of('hub_event_loop_lag_seconds'))
  of('hub_build_info').write({ version: options.version }, 1)
  return {
    inc: (name, labels, by = 1) => of(name).write(labels as AnyLabels, by),
    observe: (name, labels, value) => of(name).write(labels as AnyLabels, value),
    set: (name, labels, value) => of(name).write(labels as AnyLabels, value),
    collect: (name, read) => of(name).readWith(read as Read),
    setKnownPeers: (ids) => {
      peers.known = new Set(ids)
      // A peer met before it was known must not stay under `other`.
      for (const one of series.values()) one.forgetChildren()
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    close: stopLag,
  }
}

type AnyLabels = Readonly<Record<string, string>>
type AnyReading = { labels: AnyLabels; value: number }
type Read = () => Promise<AnyReading[]> | AnyReading[]

type Series = {
  write(labels: AnyLabels, value: number): void
  readWith(read: Read): void
  forgetChildren(): void
}

/** One metric with a cache of its label combinations, so that the hot path builds no label objects. */
function makeSeries(name: MetricName, registry: Registry, peers: { known: Set<string> }): Series {
  const row: MetricRow = metricRows[name]
  const labelNames = Object.keys(row.labels)
  const bounds = labelNames.map((label) => bound(row.labels[label], peers))
  const children = new Map<string, (value: number) => void>()
  let read: Read | undefined
  const refresh = async () => {
    if (read === undefined) return
    metric.reset()
    for (const { labels, value } of await readings(read, name)) write(labels, value)
  }
  const metric = makeMetric({ name, row, labelNames, registry, refresh })
  const write = (labels: AnyLabels, value: number) => {
    let key = ''
    for (const label of labelNames) key += `${labels[label]}\n`
    const child = children.get(key)
    if (child !== undefined) return child(value)
    const values = labelNames.map((label, i) => bounds[i]?.(labels[label] ?? '') ?? other)
    const made = metric.child(values)
    // Only combinations that passed the bounds as they are may be kept: strangers must not grow the cache.
    if (values.every((bounded, i) => bounded === labels[labelNames[i] ?? ''])) children.set(key, made)
    made(value)
  }
  return {
    write,
    readWith: (given) => {
      read = given
    },
    forgetChildren: () => children.clear(),
  }
}

type AnyMetric = { child(values: string[]): (value: number) => void; reset(): void }

function makeMetric(options: {
  name: MetricName
  row: MetricRow
  labelNames: string[]
  registry: Registry
  refresh: () => Promise<void>
}): AnyMetric {
  const { name, row, labelNames, registry, refresh } = options
  const plain = { name, help: row.en, labelNames, registers: [registry] }
  switch (row.kind) {
    case 'counter': {
      const counter = new Counter(plain)
      const child = (values: string[]) => {
        const one = counter.labels(...values)
        return (by: number) => one.inc(by)
      }
      return { child, reset: () => counter.reset() }
    }
    case 'histogram': {
      const histogram = new Histogram({ ...plain, buckets: [...(row.buckets ?? [])] })
      return { child: (values) => histogram.labels(...values).observe, reset: () => histogram.reset() }
    }
    case 'gauge': {
      const gauge = new Gauge({ ...plain, collect: refresh })
      const child = (values: string[]) => {
        const one = gauge.labels(...values)
        return (value: number) => one.set(value)
      }
      const reset = () => {
        gauge.reset()
        // Without labels prom-client resets to 0, which would look like a reading.
        if (labelNames.length === 0) gauge.remove()
      }
      return { child, reset }
    }
    default:
      return row.kind satisfies never
  }
}

/** Makes the check of one label: gives the value back, or `other`. */
function bound(kind: LabelBound | undefined, peers: { known: Set<string> }): (value: string) => string {
  if (kind === undefined) return () => other
  if ('peers' in kind) return (value) => (peers.known.has(value) ? value : other)
  if ('among' in kind) return (value) => (kind.among.includes(value) ? value : other)
  const seen = new Set<string>()
  return (value) => {
    if (seen.has(value)) return value
    if (seen.size >= kind.namesMax || !/^[\w.:-]{1,80}$/.test(value)) return other
    seen.add(value)
    return value
  }
}

async function readings(
  read: () => Promise<AnyReading[]> | AnyReading[],
  name: string,
): Promise<AnyReading[]> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new DOMException('reading took too long', 'TimeoutError')),
    limits.metricsReadTimeoutMs,
  )
  try {
    return await Promise.race([read(), late.promise])
  } catch (error) {
    logIgnored(error, `metrics.${name}`)
    return []
  } finally {
    clearTimeout(timer)
  }
}

/** Measures how late timers fire; the figures are of the time since the last scrape. Returns how to stop it. */
function measureEventLoop(lag: Series): () => void {
  const delay = monitorEventLoopDelay({ resolution: limits.loopLagResolutionMs })
  delay.enable()
  lag.readWith(() => {
    const measured = { p50: delay.percentile(50), p99: delay.percentile(99), max: delay.max }
    delay.reset()
    // What is measured is the time between two ticks of the timer, so the time it should take is taken off.
    return Object.entries(measured).map(([quantile, nanoseconds]) => ({
      labels: { quantile },
      value: Math.max(0, nanoseconds / nanosecondsPerSecond - limits.loopLagResolutionMs / 1000),
    }))
  })
  return () => void delay.disable()
}
