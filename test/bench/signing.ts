// `npm run bench -- signing`: whether the time of a signature tells of its secrets, by Welch's t test. Reports only.
//
// Signatures with one and the same private key and number k alternate at random with signatures whose private key, or
// k, is drawn anew each time. When the means of the two classes differ by chance alone, t stays within some 4.5.

import { curves } from '../../hub/trust/gost/curves.ts'
import { fromBigEndian } from '../../hub/trust/gost/integers.ts'
import { sign } from '../../hub/trust/gost/kernel.ts'
import { secretOf } from '../support/gost-samples.ts'
import { type Seeded, seeded } from '../support/seeded.ts'
import type { BenchResult } from './children.ts'

type Classes = readonly [number[], number[]]

/** Times signatures of each set and class; t beyond 4.5 in repeated runs would be a leak worth looking for. */
export async function benchSigning(options: { signatures: number }): Promise<BenchResult> {
  const random = seeded()
  const rows = curves.flatMap((curve) =>
    (['privateKey', 'random'] as const).map((varied) => {
      const number = () =>
        secretOf(curve, (fromBigEndian(random.bytes(curve.bits / 8)) % (curve.q - 1n)) + 1n)
      const digest = random.bytes(curve.bits / 8)
      // A small number stands for the class that a leak would tell from the others most easily.
      const fixed = { curve, digest, privateKey: number(), random: number(), [varied]: secretOf(curve, 5n) }
      const classes = timed(random, options.signatures, (isFixed) =>
        isFixed ? fixed : { ...fixed, [varied]: number() },
      )
      return { set: curve.name, varied: varied === 'random' ? 'k' : 'private key', ...welch(classes) }
    }),
  )
  return { report: { bench: 'signing', seed: random.seed, signatures: options.signatures, rows }, faults: [] }
}

function timed(
  random: Seeded,
  count: number,
  inputOf: (isFixed: boolean) => Parameters<typeof sign>[0],
): Classes {
  const classes: Classes = [[], []]
  for (let turn = 0; turn < count; turn += 1) {
    const isFixed = random.number(2) === 0
    const input = inputOf(isFixed)
    const from = process.hrtime.bigint()
    sign(input)
    classes[isFixed ? 0 : 1].push(Number(process.hrtime.bigint() - from))
  }
  return classes
}

/** The slowest tenth is left out: it is the machine's interruptions. */
function welch(classes: Classes): { fixedNs: number; variedNs: number; t: number } {
  const limit = [...classes[0], ...classes[1]].sort((a, b) => a - b)
  const cut = limit[Math.floor(limit.length * 0.9)] ?? Number.POSITIVE_INFINITY
  const [fixed, varied] = classes.map((times) => {
    const kept = times.filter((time) => time < cut)
    const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length
    const variance = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (kept.length - 1)
    return { mean, error: variance / kept.length }
  }) as [{ mean: number; error: number }, { mean: number; error: number }]
  const t = (fixed.mean - varied.mean) / Math.sqrt(fixed.error + varied.error)
  return { fixedNs: Math.round(fixed.mean), variedNs: Math.round(varied.mean), t: Math.round(100 * t) / 100 }
}
