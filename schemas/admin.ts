// What the admin plane answers: the shapes shared by the plane and the command line.

import type { PartnerFile } from './partner.ts'
import type { RefusalCode } from './refusals.ts'
import type { MessageFacts } from './verdict/message-facts.ts'
import type { MessageVerdict } from './verdict/verdict.ts'

/** Any refusal of the admin plane; `refusals` names each fault where there are several. */
export type AdminRefusal = {
  code: RefusalCode
  text: string
  refusals?: { code: RefusalCode; text: string }[]
}

/** A page of rows, newest first; `next` goes into `after` to get the following page. */
export type AdminPage<Row> = { items: Row[]; next: string | null }

/** A message in a list. Times are RFC 3339 in UTC. */
export type AdminMessage = {
  id: string
  /** ИдЛС. */
  message: string
  kind: 'message' | 'invitation'
  /** Name of the package it came in. */
  package: string
  state: string
  /** Code of the refusal, or reason of the hold. */
  code: string | null
  /** Peer it came from, and peer it goes to once routed. */
  fromPeer: string
  toPeer: string | null
  sender: string
  recipient: string
  receivedAt: string
  changedAt: string
}

/** A step of a message, as the journal has it. */
export type AdminStep = { at: string; kind: string; facts: Readonly<Record<string, unknown>> }

/** One attempt to send a package; `answer` is what the peer said. Without `endedAt` its outcome is not known. */
export type AdminAttempt = {
  number: number
  startedAt: string
  endedAt: string | null
  outcome: string | null
  status: number | null
  reason: string | null
  answer: string | null
}

/** A package of ours. `contents` receipts: it told answers. `messages`: how many it is about. */
export type AdminPackageOut = {
  id: string
  package: string
  contents: 'messages' | 'receipts'
  peer: string
  state: string
  messages: number
  bytes: number
  attempts: number
  /** Class and reason of the last attempt, `rejected answer.400`. */
  lastOutcome: string | null
  createdAt: string
}

/** A letter of an invitation. The recipient is masked; `file` names its .eml file where letters are kept as files. */
export type AdminLetter = {
  id: string
  kind: string
  invite: string
  recipient: string
  state: string
  attempts: number
  madeAt: string
  /** When it is tried next; null once it is over. */
  dueAt: string | null
  endedAt: string | null
  /** Code of the last refusal. */
  reason: string | null
  messageId: string | null
  file: string | null
}

/** A person's decision, with the words it was given in; null once they were erased. */
export type AdminDecided = { at: string; actor: string; verb: string; reason: string | null }

/** A document of a message. Size and digest are known once its body was read. */
export type AdminDocument = {
  id: string
  type: string
  bytes: number | null
  sha256: string | null
  /** ИдДокумента it refers to. */
  parents: string[]
}

/** A message whole: documents, packages it went out in and was answered by, decisions and steps, oldest first. */
export type AdminMessageDetails = AdminMessage & {
  /** What the origin is told at the end; `state` none, owed or told. */
  answer: { state: string; code: string | null; text: string | null; ids: string[] }
  routeReason: string | null
  /** ИдЛС under which it went out. */
  outMessage: string | null
  deadlineAt: string | null
  warnings: string[]
  documents: AdminDocument[]
  out: (AdminPackageOut & { tries: AdminAttempt[] })[]
  decisions: AdminDecided[]
  steps: AdminStep[]
  /** Rows of other messages under the same ИдЛС: of other peers, or repeats. */
  others: string[]
}

/** The verdict on a message with the facts it rests on (schemas/verdict). */
export type AdminVerdict = {
  message: string
  judgedAt: string
  /** SHA-256 of the texts of facts and verdict, as the journal has it. */
  digest: string
  facts: MessageFacts
  verdict: MessageVerdict
}

/** The verdict judged again from the frozen facts. */
export type AdminRecheck = {
  message: string
  judgedAt: string
  digest: string
  /** The texts still have the digests they were kept under. */
  unchanged: boolean
  /** An entry of the journal has that digest too. */
  isInJournal: boolean
  /** The same facts give the same verdict. */
  same: boolean
  missingChains: string[]
  kept: MessageVerdict
  again: MessageVerdict | null
}

/** What became of a package whose messages go on under another name. */
export type AdminPackageReleased = { id: string; state: string; released: number }

/** Counts stop at a bound; `more` tells that there are more than `count`. */
export type AdminCount = { count: number; more: boolean }

/** The state of the whole hub at a glance. `lanes`: work by hop and peer, the longest due first. */
export type AdminOverview = {
  at: string
  states: (AdminCount & { state: string })[]
  hops: (AdminCount & { hop: string; oldestDueAt: string | null })[]
  claimed: AdminCount
  lanes: (AdminCount & { hop: string; lane: string; oldestDueAt: string })[]
  heldPackages: AdminCount
  unsealedEntries: AdminCount
  /** Sources of lists and answers; `silent` failed the last time and has given nothing for the longest. */
  sources: {
    edition: number
    oldestIssuedAt: string | null
    states: { state: SourceState; count: number }[]
    silent: { kind: AdminSource['kind']; address: string; since: string; error: string | null } | null
  }
}

/** Of a source: what it gave is in use, or out of date; it never gave anything; nobody wants it any more. */
export type SourceState = 'in-use' | 'out-of-date' | 'away' | 'awaited' | 'forgotten'

/** A person's decision about a held message. */
export type AdminDecision = { reason: string }

/** A peer in a list. */
export type AdminPartner = {
  id: string
  name: string
  state: string
  dialect: string
  address: string | null
  /** Codes it may speak for today. */
  codes: string[]
}

/**
 * A peer whole. `settings` is a partner file: saved, changed and applied again it changes the peer. `lacks`: what it
 * still needs for an exchange.
 */
export type AdminPartnerDetails = AdminPartner & {
  lacks: string[]
  certificates: { thumbprint: string; notBefore: string; notAfter: string }[]
  settings: PartnerFile
  history: { edition: number; at: string; actor: string; reason: string; kind: string; key: string }[]
}

/** Question of a check: whose subscriber a participant is, and whether messages to it would go out. */
export type AdminCheckQuestion = { participant: string; from?: string }

/** Its answer; `text` says all of it in Russian, line by line. */
export type AdminCheckAnswer = {
  exchange: 'home' | 'ready' | 'waiting' | 'none'
  peer?: string | null
  refusal?: { code: RefusalCode; seen: string } | null
  missing: string[]
  text: string
}

/** What a change of partners did; without changes the edition stays what it was. */
export type AdminPartnersApplied = { edition: number; changes: { kind: string; key: string }[] }

/** A key of the internal API, without its secret. `state`: whether it may be used now. */
export type AdminApiKey = {
  id: string
  home: string
  name: string
  verbs: string[]
  state: 'active' | 'expired' | 'revoked'
  createdAt: string
  createdBy: string
  expiresAt: string | null
  revokedAt: string | null
  revokedBy: string | null
}

/** A source that is fetched ahead; `certificate` is what an OCSP responder is asked about, by its SHA-256. */
export type AdminSource = {
  kind: 'crl' | 'ocsp' | 'trust-list'
  address: string
  certificate: string | null
  isKept: boolean
  /** SHA-256, number and times of the edition in use. */
  evidence: string | null
  number: string | null
  issuedAt: string | null
  nextAt: string | null
  succeededAt: string | null
  attemptedAt: string | null
  dueAt: string
  failures: number
  /** Code of the last refusal, null after a success. */
  error: string | null
}

/** The list of accredited authorities this node judges by. */
export type AdminTrustList = {
  version: number
  date: string
  /** SHA-256 of the file. */
  digest: string
  authorities: number
  certificates: number
  /** Certificates left out because they cannot be read. */
  faults: number
}

/** A new key, the only answer that ever holds it whole. */
export type AdminApiKeyMade = AdminApiKey & { key: string }
