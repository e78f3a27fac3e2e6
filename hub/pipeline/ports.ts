// What the pipeline asks of the outside: workers, blobs, clock and ids, metrics (chosen in hub/build.ts only).

import type { ParticipantId, RowId } from '../../schemas/ids.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import type {
  DocumentHeader,
  InvitationDescription,
  MessageDescription,
  OpenedMessage,
  PackageContent,
  ReceiptItem,
  Receipts,
} from '../../schemas/package.ts'
import type { Refusal } from '../../schemas/refusals.ts'
import type { FoundPlace } from '../links/names-recipient.ts'
import type { ListedOrganisation } from '../lists/organisations.ts'
import type { ReadAttorneyFile } from '../trust/attorney/file.ts'
import type { SignatureAllowance } from '../trust/cms/allowance.ts'
import type { ReadSignature } from '../trust/verdict/gather.ts'

/** A package that passed everything that depends on its bytes alone (RULES 9). */
export type Inspection = {
  thumbprint: string
  content: PackageContent
  /** Its messages, examined while it was open; none of a package that is not small, and of receipts. */
  examined: readonly ExaminedAtDoor[]
}

/** A package with the certificates its signer may need (a CMS may carry none). */
export type PackedSource = { bytes: Uint8Array; registered: readonly Uint8Array[] }

/** A stored package: who signed it was checked at the door, its bytes are covered by the blob's digest since. */
export type StoredPackage = { bytes: Uint8Array }

/** The digests of one document body. */
export type BodyDigests = { document: string; size: number; sha256: string; streebog256: string }

/** A message examined at the door, with the bytes it takes when it is written down (structured clone). */
export type ExaminedAtDoor = { message: ExaminedMessage; bytes: number }

/** What was found in one message: at the door, or opened again from the durable bytes. */
export type ExaminedMessage = {
  id: string
  documents: DocumentHeader[]
  bodies: BodyDigests[]
  /** Its signatures; those over documents that are not in the message have no facts yet. */
  signatures: ReadSignature[]
  /** Powers of attorney in the message; read only when a signer may need one. */
  attorneys: ReadAttorneyFile[]
  /** Documents of other messages this one answers or signs (КДокументу). */
  references: string[]
  bytes: number
  /** What its signatures over documents of earlier messages may still cost. */
  left: SignatureAllowance
}

/** Signatures of a message over documents that came earlier, with the packages those documents are in. */
export type EarlierSigned = {
  source: StoredPackage
  wireId: string
  /** The document, and the package it came in. */
  document: string
  stored: StoredPackage
  /** What the signatures may cost. */
  allowance: SignatureAllowance
}

/** The signatures as read, what is left of the allowance, and whether the document is encrypted by its description. */
export type EarlierRead = { signatures: ReadSignature[]; left: SignatureAllowance; isEncrypted: boolean }

/** What a message of ours says of itself. */
export type DescriptionToForm =
  | Omit<MessageDescription, 'kind' | 'warnings'>
  | Omit<InvitationDescription, 'kind' | 'warnings' | 'sender' | 'recipient'>

/** A message to be formed: its description, and the file of every document and signature it names. */
export type FormJob = {
  wireId: string
  description: DescriptionToForm
  files: readonly { id: string; of: 'document' | 'signature'; bytes: Uint8Array }[]
  dialect: string
  signAs: string
  at: Date
}

/** A package of ours with what the door would find in it. */
export type FormedPackage = { bytes: Uint8Array; content: PackageContent }

/** A stored message and whom it is for from now on. */
export type ReaddressJob = {
  source: StoredPackage
  wireId: string
  from: ParticipantId
  to: ParticipantId
  dialect: string
  signAs: string
  at: Date
}

/** The new package, or the places that stand in its way. */
export type ReaddressedPackage =
  | { is: 'formed'; formed: FormedPackage }
  | { is: 'named'; places: readonly FoundPlace[] }

/** A message of a stored package; `bytes` of the entries asked for, undefined for a name the package has not. */
export type ReopenedMessage = { opened: OpenedMessage; bytes: (Uint8Array | undefined)[] }

/** Work that is too heavy for the event loop; every call has a time-out and may be done twice. */
export type Workers = {
  /** All the door checks; small packages are examined too. `registered`: DER of the peer's certificates. */
  inspect(bytes: Uint8Array, registered: readonly Uint8Array[]): Promise<Inspection | Refusal>
  /** Reads the wanted messages of a package again and digests their bodies. */
  examine(source: StoredPackage, wanted: readonly string[]): Promise<ExaminedMessage[] | Refusal>
  /** Checks signatures over documents of earlier packages (RULES 16). */
  examineEarlier(job: EarlierSigned): Promise<EarlierRead | Refusal>
  /** Reads a power of attorney with its detached signature. */
  readAttorney(bytes: Uint8Array, signature: Uint8Array | undefined): Promise<ReadAttorneyFile>
  readReceipts(source: StoredPackage): Promise<Receipts | Refusal>
  /** Packs messages out of their packages and signs: bytes of bodies and descriptions are copied as they are. */
  packMessages(job: {
    sources: readonly StoredPackage[]
    members: readonly { source: number; wireId: string; outWireId: string }[]
    dialect: string
    signAs: string
    at: Date
  }): Promise<Uint8Array>
  packReceipts(job: {
    operator: string
    sentAt: string
    items: readonly ReceiptItem[]
    dialect: string
    signAs: string
    at: Date
  }): Promise<Uint8Array>
  /** Forms, checks and signs a package of one message whose parts are at hand. */
  formMessage(job: FormJob): Promise<FormedPackage | Refusal>
  /**
   * Forms a stored message of ours anew for another recipient: the same ИдЛС, documents, signatures and bytes under a new
   * description. Where its contents name the old one nothing is formed: `named` says where. Refusals: xml.*, and those of the
   * writer.
   */
  readdress(job: ReaddressJob): Promise<ReaddressedPackage | Refusal>
  /** Reads one message of a stored package again, and with it entries of that package by their names. */
  describe(
    source: StoredPackage,
    wireId: string,
    entries: readonly string[],
  ): Promise<ReopenedMessage | Refusal>
  /** SHA-256 (hex) of entries of a stored package; undefined for a name it has not. */
  digestEntries(source: StoredPackage, entries: readonly string[]): Promise<(string | undefined)[]>
  /** Reads an uploaded list of organisations, whatever its form. Refusals: list.*, of the list as a whole. */
  readList(bytes: Uint8Array): Promise<ListedOrganisation[] | Refusal>
  queued(): number
  close(): Promise<void>
}

/** Time and ids; fakes in tests. */
export type Clock = { now(): Date; newId(): RowId; random(): number }

/** How a package was answered at the door. */
export type Arrived = {
  peer: string | undefined
  outcome: 'accepted' | 'repeated' | 'refused' | 'failed'
  code: string
  bytes: number
  durationMs: number
}

/** What the pipeline tells monitoring; must never throw. */
export type Watcher = {
  stage(name: string, durationMs: number): void
  moved(state: string, count: number): void
  attempt(peer: string, outcome: string, durationMs: number): void
  /** A package came to the door and was answered; `peer` once its signature was verified. */
  arrived(arrived: Arrived): void
  /** A message was taken by the next operator, so long after it was accepted. */
  relayed(peer: string, durationMs: number): void
  /** A message of a peer was judged, and its verdict is kept. */
  judged(peer: string, indication: string, subIndication: string): void
  fault(place: string, error: unknown): void
}

/** Makes an entry with its id and time. */
export type JournalMaker = (
  kind: JournalEntry['kind'],
  subject: string | undefined,
  facts: JournalEntry['facts'],
) => JournalEntry
