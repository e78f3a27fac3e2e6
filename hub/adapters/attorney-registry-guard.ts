// Spares a registry of powers of attorney, and whoever waits for it: so many questions at once, and none while it fails.

import {
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  isBrokenCircuitError,
  wrap,
} from 'cockatiel'
import { limits } from '../../schemas/limits.ts'
import type { AttorneyRegistry } from '../trust/attorney/registry.ts'

/** How many questions at once, and after how many failures in a row it is left alone for how many milliseconds. */
export type RegistryGuardOptions = { atOnceMax: number; breakerFailures: number; breakerOpenMs: number }

/**
 * The same registry, guarded. At most registryWaitingMax questions wait for their turn; more are silent at once, and so is
 * every question while the circuit is open. A question whose deadline passed before its turn is not put.
 */
export function guardRegistry(registry: AttorneyRegistry, options: RegistryGuardOptions): AttorneyRegistry {
  const { atOnceMax, breakerFailures, breakerOpenMs } = options
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: breakerOpenMs,
    breaker: new ConsecutiveBreaker(breakerFailures),
  })
  const turns = bulkhead(atOnceMax, limits.registryWaitingMax)
  const guarded = async <Answer extends { outcome: string }>(
    ask: () => Promise<Answer | Silent>,
    signal: AbortSignal,
  ): Promise<Answer | Silent> => {
    try {
      // The circuit is looked at again when the turn comes: it may have opened meanwhile.
      return await wrap(turns, breaker).execute(async () => {
        if (signal.aborted) return silent('deadline')
        const answer = await ask()
        if (isSilent(answer)) throw new RegistrySilent(answer)
        return answer
      })
    } catch (error) {
      if (error instanceof RegistrySilent) return error.answer
      if (error instanceof BulkheadRejectedError) return silent('busy')
      if (isBrokenCircuitError(error)) return silent('breaker.open')
      // The port must not reject; one that does has not answered.
      return silent(error instanceof Error ? error.name : 'failure')
    }
  }
  return {
    fetch: (key, signal) => guarded(() => registry.fetch(key, signal), signal),
    status: (key, signal) => guarded(() => registry.status(key, signal), signal),
  }
}

type Silent = { outcome: 'silent'; reason: string }

function silent(reason: string): Silent {
  return { outcome: 'silent', reason }
}

function isSilent(answer: { outcome: string }): answer is Silent {
  return answer.outcome === 'silent'
}

class RegistrySilent extends Error {
  readonly answer: Silent

  constructor(answer: Silent) {
    super(answer.reason)
    this.answer = answer
  }
}
