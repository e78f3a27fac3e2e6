// What letters need of whoever carries them: the port, a letter that is ready to go, and what became of it.

import type { EmailAddress } from '../../schemas/mail/email.ts'
import type { LetterReason } from '../../schemas/mail/refusals.ts'

/** A letter with its words. `messageId` is the same at every attempt, so that one that came twice is recognisable. */
export type ReadyLetter = {
  /** Id of its row. */
  id: string
  from: { name: string; address: EmailAddress }
  to: EmailAddress
  /** With its angle brackets. */
  messageId: string
  at: Date
  subject: string
  text: string
  html: string
}

/** What became of it. `later`: to be tried again; `refused`: never at this address. */
export type Posted =
  | { is: 'sent'; file: string | undefined }
  | { is: 'later' | 'refused'; reason: LetterReason }

/** Carries letters. Nothing that is expected of a network is thrown. */
export type Mailer = {
  post(letter: ReadyLetter, signal: AbortSignal): Promise<Posted>
  close(): Promise<void>
}
