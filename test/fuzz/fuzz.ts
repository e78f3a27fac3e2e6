// Runs one target over mutated inputs: asserts that nothing throws, no work is out of bounds and no change passes.

import { below, seededRandom } from '../support/random.ts'
import { mutableSample, mutate } from './mutate.ts'
import type { FuzzTarget } from './target.ts'

/** What a run found. */
export type FuzzReport = {
  readonly target: string
  readonly seed: number
  readonly inputs: number
  readonly outcomes: ReadonlyMap<string, number>
  /** The most steps an input took, as a part of what it may take. */
  readonly steepest: number
  /** The first failures with the input in hex, at most failuresShownMax. */
  readonly failures: readonly string[]
}

const failuresShownMax = 5

/** Fuzzes a target; the same seed makes the same inputs. The samples themselves are judged first. */
export function fuzz(target: FuzzTarget, options: { inputs: number; seed: number }): FuzzReport {
  const random = seededRandom(options.seed)
  const samples = target.samples().map((bytes) => mutableSample(bytes, target.form))
  const outcomes = new Map<string, number>()
  const failures: string[] = []
  let steepest = 0
  const one = (input: Uint8Array, index: number): void => {
    const before = target.steps()
    let outcome: string
    try {
      outcome = target.judge(input, index)
    } catch (error) {
      outcome = 'FAILED'
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
      if (failures.length < failuresShownMax) {
        failures.push(`${target.name}, sample ${index}: ${what}\n${Buffer.from(input).toString('hex')}`)
      }
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const part = (target.steps() - before) / target.stepsMax(input.length)
    steepest = Math.max(steepest, part)
    if (part > 1 && failures.length < failuresShownMax) {
      failures.push(`${target.name}: too many steps\n${Buffer.from(input).toString('hex')}`)
    }
  }
  for (const [index, { bytes }] of samples.entries()) one(bytes, index)
  for (let round = 0; round < options.inputs; round += 1) {
    const index = below(random, samples.length)
    one(mutate(random, samples, index), index)
  }
  return {
    target: target.name,
    seed: options.seed,
    inputs: options.inputs,
    outcomes,
    steepest,
    failures,
  }
}
