// The bench of the directory of subscribers: a million of them, resolved by id, ИНН and name, also over the internal API.

import { once } from 'node:events'
import { join } from 'node:path'
import { ask, type BenchResult, machine, reply, withChildren } from './children.ts'

/** The work. */
export type DirectoryBench = {
  subscribers: number
  /** Of each kind of question. */
  questions: number
}

/** What the hub promises, in milliseconds at the 99th percentile. */
const promised = { idFromMemory: 1, idCold: 10, inn: 20 } as const

/** Runs the bench. Being slow is no failure; an answer that is wrong is. */
export async function benchDirectory({ subscribers, questions }: DirectoryBench): Promise<BenchResult> {
  return withChildren(async ({ folder, start }) => {
    const hub = start('hub-child.ts', [join(folder, 'data'), 'home.codes=2AB'])
    const { internal } = (await reply(hub)) as { internal: string }
    process.stderr.write(`making ${subscribers} subscribers\n`)
    const made = await ask(hub, { directory: { make: subscribers } })
    const { key } = await ask(hub, { key: '2AB' })
    const measured = (await ask(hub, { directory: { measure: questions } })) as Measured
    const http = await askOverHttp({ address: internal, key: String(key), inns: measured.inns })
    const ended = once(hub, 'exit')
    await ask(hub, { stop: true })
    await ended
    const { inns: _inns, faults, ...figures } = measured
    const report = {
      machine: machine(),
      work: `${subscribers} subscribers, ${questions} questions of each kind, one after another`,
      made,
      promised,
      ...figures,
      innOverHttp: http.figures,
    }
    return { report, faults: [...faults, ...http.faults] }
  })
}

/** Times of questions in milliseconds. */
export type Figures = { p50: number; p99: number; max: number }
type Measured = { faults: string[]; inns: string[] } & Record<string, Figures | string[]>

async function askOverHttp(of: { address: string; key: string; inns: readonly string[] }) {
  const { address, key, inns } = of
  const times: number[] = []
  const faults: string[] = []
  for (const inn of inns) {
    const startedMs = performance.now()
    const headers = { authorization: `Bearer ${key}` }
    const answer = await fetch(`${address}/api/v1/directory?inn=${inn}`, { headers })
    const { items } = (await answer.json()) as { items?: { inn: string }[] }
    times.push(performance.now() - startedMs)
    if (!items?.some((item) => item.inn === inn))
      faults.push(`over HTTP: nobody with a known ИНН, ${answer.status}`)
  }
  return { figures: figuresOf(times), faults: faults.slice(0, 1) }
}

/** Median, 99th percentile and maximum. */
export function figuresOf(times: readonly number[]): Figures {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(3))
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
