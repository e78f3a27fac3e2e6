// What a step of the demo found: facts to show, and comparisons that must hold.

import type { Fact } from './narrator.ts'

/** A comparison that did not hold: the step did not happen. */
class StepFailed extends Error {}

/** Collects what a step shows and proves. */
export type Findings = {
  fact(label: string, value: string | number): void
  /** Proves something; `seen` is told when it does not hold. */
  check(text: string, holds: boolean, seen?: string): void
  facts: readonly Fact[]
  checks: readonly string[]
}

/** Empty findings. */
export function findings(): Findings {
  const facts: Fact[] = []
  const checks: string[] = []
  return {
    facts,
    checks,
    fact: (label, value) => void facts.push([label, value]),
    check(text, holds, seen = '') {
      if (!holds) throw new StepFailed(seen === '' ? text : `${text}; ${seen}`)
      checks.push(text)
    },
  }
}
