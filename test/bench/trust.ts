// `npm run bench -- trust`: signatures and digests per second on one core, beside OpenSSL's GOST engine in one run.
//
// Both sides take turns, row by row and round by round; what counts is the time their thread had the processor, in the
// best round of each. A busy machine slows both, so the ratio is what is read.

import type { ChildProcess } from 'node:child_process'
import { findEngine } from '../support/gost-engine.ts'
import { seeded } from '../support/seeded.ts'
import { ask, type BenchResult, withChildren } from './children.ts'
import { processorNs } from './processor-time.ts'
import type { EngineAnswer, EngineQuestion, EngineWork } from './trust-engine-child.ts'
import { type TrustRow, trustRows } from './trust-rows.ts'

type Measured = { name: string; ours: number; engine?: number; ratio?: number; unit: string }

/** Measures every row whose name holds `only`. The report says why when there is no engine to compare with. */
export function benchTrust(options: { rounds: number; only: string; json: boolean }): Promise<BenchResult> {
  return withChildren(async ({ start }) => {
    const engine = findEngine()
    const child =
      'path' in engine ? start('trust-engine-child.ts', [engine.path], ['--no-warnings']) : undefined
    const random = seeded()
    const engineSigns = async (work: EngineWork) => {
      if (child === undefined) throw new Error('no engine to sign with')
      return Buffer.from((await askEngine(child, { work, count: 1 })).result, 'base64')
    }
    const rows = await trustRows({ random, hasEngine: child !== undefined, engineSigns })
    const measured: Measured[] = []
    for (const row of rows.filter(({ name }) => name.includes(options.only))) {
      const one = await measure(row, child, options.rounds)
      measured.push(one)
      if (!options.json) process.stderr.write(`${lineOf(one)}\n`)
    }
    const missing = 'reason' in engine ? { engine: engine.reason } : {}
    return { report: { bench: 'trust', seed: random.seed, ...missing, rows: measured }, faults: [] }
  })
}

async function measure(row: TrustRow, child: ChildProcess | undefined, rounds: number): Promise<Measured> {
  let ours = Number.POSITIVE_INFINITY
  let engine = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round += 1) {
    row.before?.()
    const from = process.threadCpuUsage()
    for (let turn = 0; turn < row.count; turn += 1) row.ours(turn)
    ours = Math.min(ours, processorNs(from) / row.count)
    if (child !== undefined && row.engine !== undefined) {
      const { ns } = await askEngine(child, { work: row.engine, count: row.count })
      engine = Math.min(engine, ns / row.count)
    }
  }
  const [unit, perSecond] =
    row.bytes === undefined
      ? ['per second', (ns: number) => Math.round(1e9 / ns)]
      : ['MB per second', (ns: number) => Math.round((1e4 * (row.bytes ?? 0)) / ns) / 10]
  const compared = Number.isFinite(engine)
    ? { engine: perSecond(engine), ratio: Math.round((100 * engine) / ours) / 100 }
    : {}
  return { name: row.name, ours: perSecond(ours), ...compared, unit }
}

function lineOf({ name, ours, engine, ratio, unit }: Measured): string {
  const compared =
    engine === undefined ? 'no engine' : `engine ${String(engine).padStart(7)}  ratio ${ratio?.toFixed(2)}`
  return `${name.padEnd(52)} ${String(ours).padStart(7)} ${unit.padEnd(13)} ${compared}`
}

async function askEngine(child: ChildProcess, question: EngineQuestion): Promise<EngineAnswer> {
  const { ns, result } = await ask(child, question)
  return { ns: Number(ns), result: String(result) }
}
