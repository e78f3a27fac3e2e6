// Spares a registry of powers of attorney, and whoever waits for it: so many questions at once, and none while it fails.

import { limits } from '../../schemas/limits.ts'
import type { AttorneyRegistry } from '../trust/attorney/registry.ts'
import { spare } from './spare.ts'

/** How many questions at once, and after how many failures in a row it is left alone for how many milliseconds. */
export type RegistryGuardOptions = { atOnceMax: number; breakerFailures: number; breakerOpenMs: number }

/**
 * The same registry, guarded. At most registryWaitingMax questions wait for their turn; more are silent at once, and so is
 * every question while the circuit is open. A question whose deadline passed before its turn is not put.
 */
export function guardRegistry(registry: AttorneyRegistry, options: RegistryGuardOptions): AttorneyRegistry {
  const spared = spare<Silent>(
    {
      ...options,
      waitingMax: limits.registryWaitingMax,
      silence: (reason) => ({ outcome: 'silent', reason }),
    },
    (answer) => (answer as { outcome: string }).outcome === 'silent',
  )
  return {
    fetch: (key, signal) => spared(() => registry.fetch(key, signal), signal),
    status: (key, signal) => spared(() => registry.status(key, signal), signal),
  }
}

type Silent = { outcome: 'silent'; reason: string }
