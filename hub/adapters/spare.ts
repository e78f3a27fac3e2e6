// Spares an outside service, and whoever waits for it: so many questions at once, and none while it fails.

import {
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  isBrokenCircuitError,
  wrap,
} from 'cockatiel'

/** How many questions at once and in waiting, after how many failures in a row it is left alone for how long, in ms. */
export type SpareOptions<Silence> = {
  atOnceMax: number
  waitingMax: number
  breakerFailures: number
  breakerOpenMs: number
  /** What stands for no answer, and why there is none: deadline, busy, breaker.open, or the name of an error. */
  silence(reason: string): Silence
}

/** Puts a question, or tells why it was not put or not answered. Never rejects. */
export type Spared<Silence> = <Answer>(
  ask: () => Promise<Answer | Silence>,
  signal: AbortSignal,
) => Promise<Answer | Silence>

/**
 * Makes it. More questions than may wait are silent at once, and so is every one while the circuit is open. A question whose
 * deadline passed before its turn is not put. An answer for which `isSilence` holds counts as a failure.
 */
export function spare<Silence>(
  options: SpareOptions<Silence>,
  isSilence: (answer: unknown) => boolean,
): Spared<Silence> {
  const { atOnceMax, waitingMax, breakerFailures, breakerOpenMs, silence } = options
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: breakerOpenMs,
    breaker: new ConsecutiveBreaker(breakerFailures),
  })
  const turns = bulkhead(atOnceMax, waitingMax)
  return async <Answer>(ask: () => Promise<Answer | Silence>, signal: AbortSignal) => {
    try {
      // The circuit is looked at again when the turn comes: it may have opened meanwhile.
      return await wrap(turns, breaker).execute(async () => {
        if (signal.aborted) return silence('deadline')
        const answer = await ask()
        if (isSilence(answer)) throw new Silent(answer as Silence)
        return answer
      })
    } catch (error) {
      if (error instanceof Silent) return error.answer as Silence
      if (error instanceof BulkheadRejectedError) return silence('busy')
      if (isBrokenCircuitError(error)) return silence('breaker.open')
      // The port must not reject; one that does has not answered.
      return silence(error instanceof Error ? error.name : 'failure')
    }
  }
}

class Silent extends Error {
  readonly answer: unknown

  constructor(answer: unknown) {
    super('no answer')
    this.answer = answer
  }
}
