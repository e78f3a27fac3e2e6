// `npm run fuzz -- <parser|trust|name of a target> [--inputs N] [--seed S]`: fuzzes the targets of a group, by a
// million inputs together unless told otherwise.

import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { sharesOf } from './shares.ts'
import { targets } from './targets.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
})
const [what = ''] = positionals
const chosen = targets.filter(({ name, group }) => group === what || name === what)
const inputs = Number(values.inputs)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
if (chosen.length === 0 || !(inputs > 0) || !Number.isSafeInteger(seed)) {
  const names = targets.map(({ name }) => name).join('|')
  process.stderr.write(`usage: npm run fuzz -- <parser|trust|${names}> [--inputs N] [--seed S]\n`)
  process.exit(64)
}
let failed = 0
let all = 0
for (const [target, count] of sharesOf(chosen, inputs)) {
  const started = performance.now()
  const report = fuzz(target, { inputs: count, seed })
  const seconds = (performance.now() - started) / 1000
  const rate = Math.round(report.inputs / seconds)
  const steepest = `${Math.round(100 * report.steepest)} % of the steps allowed at most`
  const memory = `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`
  const told = [`${report.inputs} inputs`, `seed ${seed}`, `${rate}/s`, steepest, memory]
  process.stdout.write(`${target.name}: ${told.join(', ')}\n`)
  const outcomes = [...report.outcomes].sort(([, one], [, other]) => other - one)
  for (const [outcome, count] of outcomes) process.stdout.write(`  ${count} ${outcome}\n`)
  for (const failure of report.failures) process.stdout.write(`${failure}\n`)
  failed += report.failures.length
  all += report.inputs
}
process.stdout.write(`${all} inputs, ${failed === 0 ? 'nothing found' : `${failed} failures`}\n`)
process.exit(failed === 0 ? 0 : 1)
