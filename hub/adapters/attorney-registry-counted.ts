// Tells monitoring what a registry of powers of attorney answered, so that its silence is seen before anybody reads verdicts.

import type { AttorneyRegistry, RegistryFile, RegistryStatus } from '../trust/attorney/registry.ts'

/** One answer: to which question, what came of it, and why nothing did; `reason` is `none` for an answer. */
export type RegistryAnswer = {
  question: 'file' | 'status'
  outcome: (RegistryFile | RegistryStatus)['outcome']
  reason: string
}

/**
 * The same registry; `onAnswer` is told of every answer, and of none of what was asked. What comes after the signal has ended
 * is silence, `deadline`, as it is for whoever asked.
 */
export function countAnswers(
  registry: AttorneyRegistry,
  onAnswer: (answer: RegistryAnswer) => void,
): AttorneyRegistry {
  const told = <Answer extends RegistryFile | RegistryStatus>(
    question: RegistryAnswer['question'],
    answer: Answer,
    { aborted: isLate }: AbortSignal,
  ): Answer => {
    const reason = 'reason' in answer ? answer.reason : 'none'
    if (isLate) onAnswer({ question, outcome: 'silent', reason: 'deadline' })
    else onAnswer({ question, outcome: answer.outcome, reason })
    return answer
  }
  return {
    fetch: async (key, signal) => told('file', await registry.fetch(key, signal), signal),
    status: async (key, signal) => told('status', await registry.status(key, signal), signal),
  }
}
