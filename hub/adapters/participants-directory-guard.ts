// Spares the directory of participants, and tells monitoring what it answered.

import { limits } from '../../schemas/limits.ts'
import type { ParticipantAnswer, ParticipantsDirectory } from '../directory/participants.ts'
import { spare } from './spare.ts'

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
  const spared = spare<ParticipantAnswer>(
    {
      atOnceMax: limits.lookUpsAtOnceMax,
      waitingMax: limits.lookUpsWaitingMax,
      breakerFailures,
      breakerOpenMs,
      silence: (reason) => ({ outcome: 'try-later', reason }),
    },
    (answer) => (answer as ParticipantAnswer).outcome === 'try-later',
  )
  return {
    async find(query, signal) {
      const answer = await spared(() => directory.find(query, signal), signal)
      onAnswer({ outcome: answer.outcome, reason: answer.outcome === 'try-later' ? answer.reason : 'none' })
      return answer
    },
  }
}
