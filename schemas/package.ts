// The canonical model of what travels: messages, invitations and receipts, free of any dialect's spelling.

import type { DocumentId, MessageId, ParticipantId, SignatureId } from './ids.ts'

/** One document named by a description (Документ). */
export type DocumentHeader = {
  id: DocumentId
  /** ТипДокумента as written; a type the published schema does not know goes on with a warning (RULES 7). */
  type: string
  fileName: string
  answerExpected: boolean
  encrypted: boolean
  /** КДокументу: the documents this one answers. */
  parents: DocumentId[]
  number: string | undefined
  date: string | undefined
  /** ДополнительныйПараметр: untyped, of any meaning two sides have agreed upon; read, never written by us. */
  parameters?: DocumentParameter[]
}

/** One ДополнительныйПараметр. */
export type DocumentParameter = { name: string; value: string }

/** One signature named by a description (ЭП). */
export type SignatureHeader = { id: SignatureId; signer: ParticipantId; document: DocumentId }

/** Сообщение. */
export type MessageDescription = {
  kind: 'message'
  sender: ParticipantId
  recipient: ParticipantId
  recipientUnit: string | undefined
  sentAt: string
  documents: DocumentHeader[]
  signatures: SignatureHeader[]
  warnings: string[]
}

/** One organisation of an invitation (ОргОтпр, ОргПол). */
export type InvitedOrganisation = {
  id: ParticipantId
  inn: string | undefined
  kpp: string | undefined
  name: string | undefined
}

/** Приглашение: `ask` = Запрос, `break` = Разрыв. */
export type InvitationDescription = {
  kind: 'invitation'
  type: 'ask' | 'break'
  from: InvitedOrganisation
  to: InvitedOrganisation
  sender: ParticipantId
  recipient: ParticipantId
  sentAt: string
  comment: string | undefined
  documents: DocumentHeader[]
  signatures: SignatureHeader[]
  warnings: string[]
}

/** description.xml of one message folder. */
export type Description = MessageDescription | InvitationDescription

/** Documents of other messages that a message answers or signs (КДокументу), each once. */
export function referencesOf({
  documents,
  signatures,
}: Pick<Description, 'documents' | 'signatures'>): DocumentId[] {
  const own = new Set(documents.map((document) => document.id))
  const named = [
    ...documents.flatMap((document) => document.parents),
    ...signatures.map((one) => one.document),
  ]
  return [...new Set(named.filter((id) => !own.has(id)))]
}

/** One item of a processing receipt (ТК): what became of one message. */
export type ReceiptItem =
  | { outcome: 'success'; message: MessageId }
  | { outcome: 'unknown-id'; message: MessageId; ids: string[]; text: string }
  | { outcome: 'error'; message: MessageId; text: string }

/** receipts.xml (Квитанции). */
export type Receipts = {
  kind: 'receipts'
  sentAt: string
  operator: string
  items: ReceiptItem[]
  warnings: string[]
}

/** Where an entry's bytes stand inside the ZIP, so that it can be copied without inflating it again. */
export type EntryPlace = {
  name: string
  method: 0 | 8
  crc32: number
  size: number
  /** First byte of the stored (perhaps deflated) data, counted from the start of the ZIP. */
  dataOffset: number
  compressedSize: number
}

/** One message folder of an opened package. */
export type OpenedMessage = {
  id: MessageId
  description: Description
  /** Entries of the folder, description.xml first. */
  entries: EntryPlace[]
  /** SHA-256 over the names and contents of all entries in a fixed order: same message, same digest (RULES 12). */
  contentSha256: string
}

/** The inside of a package: either messages or one receipts.xml, never both. */
export type PackageContent =
  | { kind: 'messages'; messages: OpenedMessage[] }
  | { kind: 'receipts'; receipts: Receipts }
