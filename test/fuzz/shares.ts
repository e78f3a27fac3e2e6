// Shares the inputs of a run among targets.

import type { FuzzTarget } from './target.ts'

/** How many of the inputs each target gets, by its share. */
export function sharesOf(targets: readonly FuzzTarget[], inputs: number): Map<FuzzTarget, number> {
  const whole = targets.reduce((sum, { share }) => sum + share, 0)
  return new Map(targets.map((target) => [target, Math.ceil((inputs * target.share) / whole)]))
}
