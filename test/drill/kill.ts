// node test/drill/kill.ts [--messages N] [--kills N] [--seed N]: kills a hub at random, tells whether anything was lost.

import { parseArgs } from 'node:util'
import { type DrillReport, runDrill } from './drill.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '10' },
    seed: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const say = (line: string) => void process.stdout.write(`${line}\n`)

say(`seed ${seed}`)
const report = await runDrill({
  messages: Number(values.messages),
  kills: Number(values.kills),
  seed,
  say,
})
for (const line of summary(report)) say(line)
process.exitCode = report.faults.length === 0 ? 0 : 1

function summary(of: DrillReport): string[] {
  const perSecond = Math.round((of.messages / of.trafficMs) * 1000)
  return [
    ...of.faults.slice(0, 50).map((fault) => `FAULT ${fault}`),
    `${of.messages} messages in ${of.packages} packages, ${of.kills} kills, ${of.trafficMs} ms (${perSecond}/s)`,
    `after a kill the hub took packages in ${spread(of.listeningMs)} ms, delivered in ${spread(of.firstDeliveryMs)} ms`,
    `${of.databaseMs.length} kills of the database alone, at work after ${spread(of.databaseMs)} ms`,
    `${of.unknownAttempts} attempts cut by kills, ${of.repeatedArrivals} repeated arrivals at partners`,
    `journal: ${of.journal.entries} entries in ${of.journal.blocks} blocks`,
    of.faults.length === 0 ? 'PASSED' : `FAILED: ${of.faults.length} faults; again with --seed ${seed}`,
  ]
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return `${at(0)}..${at(0.5)}..${at(1)}`
}
