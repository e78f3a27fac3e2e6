// The port to the directory of participants of the tax service: what is asked of it, and what it may answer.

import type { ParticipantId } from '../../schemas/ids.ts'

/** By the ИНН, of an organisation with its КПП, or by an id. */
export type ParticipantQuery = { inn: string; kpp: string | undefined } | { id: ParticipantId }

/** One participant (FnsParticipantId, Inn, Kpp, FullName). */
export type Participant = {
  id: ParticipantId
  inn: string
  kpp: string | undefined
  name: string | undefined
}

/** `not-allowed`: it hid what it is known by. `try-later`: whatever is no answer, with a word for why. */
export type ParticipantAnswer =
  | { outcome: 'ok'; participants: readonly Participant[] }
  | { outcome: 'not-found' | 'not-allowed' }
  | { outcome: 'try-later'; reason: string; retryAfterMs?: number }

/** Asks the directory of participants. Never rejects; what comes after the signal is `try-later`. */
export type ParticipantsDirectory = {
  find(query: ParticipantQuery, signal: AbortSignal): Promise<ParticipantAnswer>
}
