// What the hub asks of a dialect: the container and the spelling one family of operators speaks.

import type { DocumentId, MessageId, OperatorCode, SignatureId } from '../schemas/ids.ts'
import type {
  Description,
  EntryPlace,
  InvitationDescription,
  MessageDescription,
  OpenedMessage,
  PackageContent,
  ReceiptItem,
  Receipts,
} from '../schemas/package.ts'
import type { Refusal } from '../schemas/refusals.ts'

/** A dialect as an implementation exports it. The hub picks one by name from operators/dialects/table.ts. */
export type Dialect = {
  profile: DialectProfile
  entryNames: EntryNames
  /**
   * Opens the ZIP of a package and checks all of it (RULES 9). The first fault is the refusal; never
   * throws.
   */
  openContent(zip: Uint8Array): PackageContent | Refusal
  /**
   * Like `openContent`, but goes on after a fault and gives what could be read, for `hub package inspect`.
   */
  inspectContent(zip: Uint8Array): ContentInspection
  readDescription(bytes: Uint8Array): Description | Refusal
  readReceipts(bytes: Uint8Array): Receipts | Refusal
  /** The writers are strict: what the published schema would not take is refused, never written. */
  writeReceipts(receipts: ReceiptsToWrite): Uint8Array | Refusal
  writeMessage(message: MessageToWrite): Uint8Array | Refusal
  writeInvitation(invitation: InvitationToWrite): Uint8Array | Refusal
}

/** Facts of a dialect as data. */
export type DialectProfile = {
  name: string
  /** Namespaces of its XML that are read; the first is written. */
  namespaces: readonly [string, ...string[]]
  /** ТипДокумента values of the published schema; others are read with a warning, and never written. */
  documentTypes: readonly string[]
  capabilities: { invitations: boolean; receipts: boolean; severalMessagesPerPackage: boolean }
  /**
   * Which operator's code stands in a receipts package as its recipient (RULES 23); any is accepted on
   * input.
   */
  receiptsRecipient: 'origin-operator' | 'destination-operator'
  /** Whether a package sent again under its name has no second effect (RULES 22). */
  idempotentByName: boolean
}

/** Names of the entries inside the ZIP of a package. */
export type EntryNames = {
  description(message: MessageId): string
  document(message: MessageId, document: DocumentId): string
  signature(message: MessageId, signature: SignatureId): string
  receipts(): string
}

/** What could be read of a package, and everything found wrong with it (the first is the refusal). */
export type ContentInspection = {
  faults: Refusal[]
  entries: EntryPlace[]
  messages: InspectedMessage[]
  receipts: Receipts | undefined
}

/** One message folder as far as it could be read; `opened` only if nothing was wrong with it. */
export type InspectedMessage = {
  id: MessageId
  entries: EntryPlace[]
  description: Description | undefined
  opened: OpenedMessage | undefined
}

export type ReceiptsToWrite = { operator: OperatorCode; sentAt: string; items: ReceiptItem[] }
export type MessageToWrite = Omit<MessageDescription, 'kind' | 'warnings'>
export type InvitationToWrite = Omit<InvitationDescription, 'kind' | 'warnings' | 'sender' | 'recipient'>
