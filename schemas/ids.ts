// The identifiers of the field as branded types, with the one parser of each.

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Participant id as spelled by its operator: 3-character code + opaque rest, 3..46 characters (RULES 5). */
export type ParticipantId = Branded<'ParticipantId'>
/** Operator code in upper case: the first three characters of a participant id. */
export type OperatorCode = Branded<'OperatorCode'>
/** Name of a transport package (ТП) as received, `[a-z0-9_-]{1,100}.cms` without regard to case. */
export type PackageName = Branded<'PackageName'>
/** ИдЛС: name of a message's folder in a package, `[a-z0-9]{32}`. */
export type MessageId = Branded<'MessageId'>
/** ИдДокумента, `[a-z0-9]{32}`. */
export type DocumentId = Branded<'DocumentId'>
/** ИдЭП, `[a-z0-9]{32}`. */
export type SignatureId = Branded<'SignatureId'>
/** Our name of a next hop, `[a-z0-9-]{1,40}`. */
export type PeerId = Branded<'PeerId'>
/** Our name of an operator, `[a-z0-9-]{1,40}`. */
export type OperatorId = Branded<'OperatorId'>
/** UUID version 7 of one of our rows, lower case. */
export type RowId = Branded<'RowId'>
/** SHA-256 of a certificate's DER, 64 lower-case hex digits. */
export type Thumbprint = Branded<'Thumbprint'>

const participantCharactersMin = 3
const participantCharactersMax = 46
/** An operator speaks in its own name by a bare code of so many characters (RULES 5). */
export const operatorCodeLength = 3

/**
 * Reads a participant id. Length only: the character set is not enforced in transit (RULES 5).
 * Control characters are refused, for they can stand in no identifier and would reach logs.
 */
export function parseParticipantId(text: string): ParticipantId | undefined {
  const length = [...text].length
  if (length < participantCharactersMin || length > participantCharactersMax) return undefined
  return /\p{Cc}/u.test(text) ? undefined : (text as ParticipantId)
}

/** Reads an operator code and gives its canonical upper-case form. */
export function parseOperatorCode(text: string): OperatorCode | undefined {
  return /^[A-Za-z0-9@.-]{3}$/.test(text) ? (text.toUpperCase() as OperatorCode) : undefined
}

/** The code of the operator that issued an id, upper case; participant codes are compared without case. */
export function operatorCodeOf(id: ParticipantId): OperatorCode {
  return [...id].slice(0, operatorCodeLength).join('').toUpperCase() as OperatorCode
}

/** Whether receipts can be told to an operator: Квитанции/@Получатель is [A-Z0-9]{3} in the published schema. */
export function canBeToldReceipts(code: OperatorCode): boolean {
  return /^[A-Z0-9]{3}$/.test(code)
}

/** The form of a participant id under which it is looked up and compared (RULES 5). */
export function participantKey(id: ParticipantId): string {
  return id.toLowerCase()
}

/** Reads the name of a transport package: `^[a-z0-9_-]{1,100}\.cms$` without regard to case. */
export function parsePackageName(text: string): PackageName | undefined {
  return /^[a-z0-9_-]{1,100}\.cms$/i.test(text) ? (text as PackageName) : undefined
}

/** The key of idempotency of a package name: lower case (RULES 11). */
export function packageKey(name: PackageName): string {
  return name.toLowerCase()
}

const id32 = /^[a-z0-9]{32}$/

/** Reads an ИдЛС. */
export function parseMessageId(text: string): MessageId | undefined {
  return id32.test(text) ? (text as MessageId) : undefined
}

/** Reads an ИдДокумента. */
export function parseDocumentId(text: string): DocumentId | undefined {
  return id32.test(text) ? (text as DocumentId) : undefined
}

/** Reads an ИдЭП. */
export function parseSignatureId(text: string): SignatureId | undefined {
  return id32.test(text) ? (text as SignatureId) : undefined
}

/** Reads the id of a peer. */
export function parsePeerId(text: string): PeerId | undefined {
  return /^[a-z0-9-]{1,40}$/.test(text) ? (text as PeerId) : undefined
}

const homePrefix = 'home:'

/** The name under which a home code stands where messages name a peer (RULES 4); no peer can have it. */
export function homePeerOf(code: OperatorCode): PeerId {
  return `${homePrefix}${code}` as PeerId
}

/** The home code behind such a name, or undefined for a peer. */
export function homeCodeOf(peer: string): OperatorCode | undefined {
  return peer.startsWith(homePrefix) ? (peer.slice(homePrefix.length) as OperatorCode) : undefined
}

/** Reads a row id (any UUID). */
export function parseRowId(text: string): RowId | undefined {
  const lower = text.toLowerCase()
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lower) ? (lower as RowId) : undefined
}
