// Spares the directory of participants: so many questions at once, none while it fails; and tells monitoring what it answered.

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
import type { ParticipantAnswer, ParticipantsDirectory } from '../directory/participants.ts'

/** After how many failures in a row it is left alone for how many milliseconds, and who is told of answers. */
export type ParticipantsGuardOptions = {
  breakerFailures: number
  breakerOpenMs: number
  /** Told of every answer and of nothing that was asked; `reason` is `none` for an answer. */
  onAnswer(answer: { outcome: ParticipantAnswer['outcome']; reason: string }): void
}

/**
 * The same directory, guarded. At most lookUpsAtOnceMax questions are under way and lookUpsWaitingMax wait for their turn;
 * more are `try-later` at once, and so is every question while the circuit is open.
 */
export function guardParticipants(
  directory: ParticipantsDirectory,
  { breakerFailures, breakerOpenMs, onAnswer }: ParticipantsGuardOptions,
): ParticipantsDirectory {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: breakerOpenMs,
    breaker: new ConsecutiveBreaker(breakerFailures),
  })
  const turns = bulkhead(limits.lookUpsAtOnceMax, limits.lookUpsWaitingMax)
  const guarded: ParticipantsDirectory['find'] = async (query, signal) => {
    try {
      // The circuit is looked at again when the turn comes: it may have opened meanwhile.
      return await wrap(turns, breaker).execute(async () => {
        if (signal.aborted) return tryLater('deadline')
        const answer = await directory.find(query, signal)
        if (answer.outcome === 'try-later') throw new ParticipantsSilent(answer)
        return answer
      })
    } catch (error) {
      if (error instanceof ParticipantsSilent) return error.answer
      if (error instanceof BulkheadRejectedError) return tryLater('busy')
      if (isBrokenCircuitError(error)) return tryLater('breaker.open')
      // The port must not reject; one that does has not answered.
      return tryLater(error instanceof Error ? error.name : 'failure')
    }
  }
  return {
    async find(query, signal) {
      const answer = await guarded(query, signal)
      onAnswer({ outcome: answer.outcome, reason: answer.outcome === 'try-later' ? answer.reason : 'none' })
      return answer
    },
  }
}

function tryLater(reason: string): ParticipantAnswer {
  return { outcome: 'try-later', reason }
}

class ParticipantsSilent extends Error {
  readonly answer: ParticipantAnswer

  constructor(answer: Extract<ParticipantAnswer, { outcome: 'try-later' }>) {
    super(answer.reason)
    this.answer = answer
  }
}
