// What invites, claims and looks up: the requests of home services, and the ports between the parts that serve them.

import type { SubmittedDocument, SubmittedSignature } from '../home.ts'
import type { OperatorCode, ParticipantId, RowId } from '../ids.ts'
import type { Refusal } from '../refusals.ts'

/** An organisation as a service names it. */
export type NamedOrganisation = {
  id: ParticipantId
  /** What is left out is taken from the directory of subscribers. */
  inn: string | undefined
  kpp: string | undefined
  name: string | undefined
}

/** Whom to invite: by its id, or by its ИНН and an e-mail to which a claim link goes. */
export type InvitedCounterparty =
  | { by: 'id'; id: ParticipantId; email: string | undefined }
  | { by: 'inn'; inn: string; kpp: string | undefined; name: string | undefined; email: string }

/** A document with its signature that is to travel with an invitation; `digest` is over everything in it. */
export type InviteAttachment = {
  documents: readonly SubmittedDocument[]
  signatures: readonly SubmittedSignature[]
  digest: string
}

/** One invitation a home service wants. */
export type InviteRequest = {
  home: OperatorCode
  /** Idempotency key of the service: visible ASCII; one of the hub's own has a space or a colon and a row id in it. */
  key: string
  sender: NamedOrganisation
  counterparty: InvitedCounterparty
  /** For the counterparty. */
  message: string | undefined
  /** For the sender's own eyes. */
  comment: string | undefined
  /** The bulk job it belongs to. */
  bulk: string | undefined
  /** It travels inside the Запрос where the next operator takes it there; else whoever asked sends it himself. */
  attachment?: InviteAttachment
  /** An open invitation to the id serves as well: it is given instead of invite.open. By ИНН it always is. */
  takesStanding?: boolean
  remote: string
  apiKey: string | undefined
  at: Date
}

/** What came of it. */
export type InviteMade = {
  invite: RowId
  /** `linked`: they were linked already, or are now, for the other side had asked. */
  outcome: 'asked' | 'linked' | 'unclaimed' | 'application'
  /** Whom messages may be sent to from now on: they wait until the link opens. */
  counterparty: ParticipantId
  /** Whom messages may be sent to whatever became of the invitation, where it was one by ИНН. */
  standIn?: ParticipantId | undefined
  /** The attachment travels inside the Запрос. */
  isCarried?: boolean
  /** It was there before. */
  isRepeated: boolean
  /** And was made under another key: it stands between the two, and nothing was sent. */
  isStanding?: boolean
}

/** Makes invitations. Refusals: invite.* and those of the route. Idempotent by home code and key. */
export type InviteDesk = { invite(request: InviteRequest): Promise<InviteMade | Refusal> }

/** What the page behind a claim link may show; nothing of anybody but the inviter. */
export type ClaimView = {
  inviter: { name: string; inn: string }
  /** The ИНН the letter was meant for. */
  inn: string
  message: string | undefined
  /** Our operator, for people. */
  operator: string
  expiresAt: Date
}

/** What its reader chose. */
export type ClaimChoice =
  | { is: 'join'; name: string; kpp: string | undefined; contact: string }
  | { is: 'id'; id: ParticipantId }
  | { is: 'decline' }

/** What came of the choice. */
export type ClaimOutcome =
  | { is: 'joined'; id: ParticipantId }
  | { is: 'asked'; id: ParticipantId; operator: string }
  | { is: 'application'; id: ParticipantId; operator: string }
  | { is: 'declined' }

/**
 * What stands behind claim links. Refusals: claim.unknown (forged, revoked), claim.expired, claim.used, and for an id
 * claim.id, claim.operator, claim.home-id, claim.not-in-directory, claim.own.
 */
export type ClaimDesk = {
  /** A new token for a letter about to go; undefined when the invitation waits for no claim any more. */
  mint(invite: string, at: Date): Promise<{ token: string; expiresAt: Date } | undefined>
  look(token: string, at: Date): Promise<ClaimView | Refusal>
  /** Of two at once one wins; the same choice again gets the same answer, another one claim.used. */
  choose(token: string, choice: ClaimChoice, at: Date): Promise<ClaimOutcome | Refusal>
}

/**
 * One place of a document that names a participant: what must change before it is signed again. Ids and names of
 * elements only, no content.
 */
export type NamedPlace = {
  document: string
  /** `file-name`, or the attribute as a path: `Файл/@ИдФайл`, `СвУчДокОбор/@ИдПол`. */
  place: string
  old: string
  new: string
}
