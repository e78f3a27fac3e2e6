// Bytes and numbers out of a printed seed, for tests that want both.

import { below, seededRandom } from './random.ts'

export type Seeded = {
  readonly seed: number
  /** The next bytes of the sequence. */
  bytes(length: number): Buffer
  /** A number in 0..limit-1. */
  number(limit: number): number
}

/** A sequence that depends on HUB_TEST_SEED only, or on the time when it is not set. */
export function seeded(): Seeded {
  const random = seededRandom()
  return {
    seed: random.seed,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(random, 256))),
    number: (limit) => below(random, limit),
  }
}
