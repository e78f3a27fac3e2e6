// What an internal service of our own operator submits, receives and acknowledges (RULES 4, 19, 27).

import type { DocumentId, MessageId, OperatorCode, ParticipantId, RowId, SignatureId } from './ids.ts'

/** What an API key allows. */
export const apiVerbs = {
  submit: { ru: 'отправлять сообщения', en: 'submit messages' },
  read: { ru: 'видеть сообщения и их историю', en: 'read messages and their timelines' },
  inbox: { ru: 'читать входящие, тела и подписи', en: 'read the inbox, bodies and signatures' },
  acknowledge: { ru: 'отвечать на входящие', en: 'acknowledge what came in' },
  invite: { ru: 'приглашать контрагентов и отвечать им', en: 'invite counterparties and answer them' },
  directory: { ru: 'видеть операторов и маршруты', en: 'see operators and routes' },
} as const
export type ApiVerb = keyof typeof apiVerbs

/** A document with its body; ids are chosen by whoever makes the submission. */
export type SubmittedDocument = {
  id: DocumentId
  /** ТипДокумента. */
  type: string
  fileName: string
  answerExpected: boolean
  encrypted: boolean
  parents: readonly DocumentId[]
  number: string | undefined
  /** yyyy-mm-dd; required by the published schema. */
  date: string
  body: Uint8Array
}

/** A detached signature over a document of this message or of an earlier one. */
export type SubmittedSignature = {
  id: SignatureId
  document: DocumentId
  signer: ParticipantId
  bytes: Uint8Array
}

/** One message an internal service wants to be sent. Digests its caller gave were compared before. */
export type Submission = {
  home: OperatorCode
  /** Idempotency key of the service: visible ASCII. */
  key: string
  /** ИдЛС as the service wants it; a new one unless given. */
  wireId: MessageId | undefined
  sender: ParticipantId
  recipient: ParticipantId
  recipientUnit: string | undefined
  documents: readonly SubmittedDocument[]
  signatures: readonly SubmittedSignature[]
  /** Documents may be named that the hub never carried for this home code. */
  allowsUnknownReferences: boolean
  /** It waits until sender and recipient are linked, whatever the policy of the partner says. */
  waitsForLink?: boolean
  /**
   * It goes with an invitation of its recipient, whose digest this is. By ИНН the desk of invitations names the recipient:
   * it is then no part of what the submission says.
   */
  inviting?: { by: 'id' | 'inn'; digest: string }
  /** The returned message whose new version this is; it waits for the same link. */
  replaces?: RowId
  /** Everything is checked and a route is found, nothing is kept. */
  isDryRun: boolean
  /** Address of the caller, for the journal. */
  remote: string
  /** Id of the API key, for the journal. */
  apiKey: string
  at: Date
}

/** What came of it. `message` and `wireId` are undefined after a dry run. */
export type Submitted = {
  message: RowId | undefined
  wireId: MessageId | undefined
  /** True when this very submission was taken before. */
  isRepeated: boolean
  /** Where it goes: our name of the next hop, and the reason in words. */
  route: { peer: string; reason: string }
  warnings: readonly string[]
}

/** What a service says of a message in its inbox (RULES 19). */
export type Acknowledgement = {
  home: OperatorCode
  message: RowId
  outcome:
    | { is: 'success' }
    | { is: 'error'; text: string }
    | { is: 'unknown-id'; ids: readonly string[]; text: string }
  apiKey: string
  at: Date
}
