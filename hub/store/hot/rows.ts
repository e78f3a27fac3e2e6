// The rows of the relay's tables as the pipeline reads and writes them; names are those of the columns.

import type { MessageState } from '../../../routing/machines/message.ts'
import type { TransportName } from '../../../schemas/transport.ts'

/** A received package whose bytes are durable. */
export type PackageInRow = {
  id: string
  peer: string
  name: string
  transport: TransportName
  kind: 'messages' | 'receipts'
  received_at: Date
  bytes: number
  sha256: string
  blob: string
  messages: number
  receipt_address: string | null
  remote: string
  /** The package whose one message was formed anew in this one, for another recipient. */
  formed_from?: string
}

/** The stored answer to a package name (RULES 11). */
export type PackageSeenRow = {
  peer: string
  name_key: string
  package: string
  sha256: string
  status: number
  code: string
  answer: string
  seen_at: Date
}

/** What the origin of a message was told: nothing yet, something is owed, or it was told. */
export type AnswerState = 'none' | 'owed' | 'told'
/** The final answer itself, in the words of processing receipts. */
export type AnswerCode = 'success' | 'unknown-id' | 'error'

/** One logical message. */
export type MessageRow = {
  id: string
  package: string
  peer: string
  wire_id: string
  kind: 'message' | 'invitation'
  origin_code: string
  sender: string
  recipient: string
  content_sha256: string
  received_at: Date
  /** What it takes in a ZIP: entries, bytes with their headers, and bytes once inflated. */
  entries: number
  packed_bytes: number
  plain_bytes: number
  state: MessageState
  state_at: Date
  answer: AnswerState
  answer_code: AnswerCode | null
  answer_text: string | null
  answer_ids: string[]
  /** Code of the refusal or of the reason to hold. */
  reason: string | null
  next_peer: string | null
  route_reason: string | null
  out_wire_id: string | null
  package_out: string | null
  verdict: string
  warnings: string[]
  deadline_at: Date | null
  version: number
}

/** The columns of a message that a transition may change. */
export type MessagePatch = Partial<
  Pick<
    MessageRow,
    | 'answer'
    | 'answer_code'
    | 'answer_text'
    | 'answer_ids'
    | 'reason'
    | 'next_peer'
    | 'route_reason'
    | 'out_wire_id'
    | 'package_out'
    | 'verdict'
    | 'deadline_at'
  >
>

/** A document in the index that outlives the partitions of messages (RULES 28). */
export type DocumentRow = {
  wire_id: string
  message: string
  peer: string
  sender: string
  recipient: string
  type: string
  encrypted: boolean
  parents: string[]
  size: number | null
  sha256: string | null
  streebog256: string | null
  blob: string | null
}

/** The verdict on a message, with facts and answer as the very texts that were digested. */
export type VerdictRow = {
  message: string
  judged_at: Date
  indication: string
  sub_indication: string | null
  action: string
  policy: string
  edition: string
  /** The texts, packed, in base64. */
  packed: string
  /** SHA-256 (hex) of the facts, a line feed and the verdict. */
  digest: string
}

/** A chain of certificates that facts name by its digest. */
export type VerdictChainRow = { sha256: string; facts: string; first_at: Date }

/** What a waiting message waits for: another message, and the document of it that it names. */
export type ParentWaitRow = { child: string; parent: string; document: string }

/** A recorded invitation (Запрос or Разрыв). */
export type InvitationRow = {
  message: string
  type: 'ask' | 'break'
  sent_at: string
  from_id: string
  from_inn: string | null
  from_kpp: string | null
  from_name: string | null
  to_id: string
  to_inn: string | null
  to_kpp: string | null
  to_name: string | null
}

/** Something a home service is to see: a message, the final answer to one of its own, news of a link (RULES 19, 27). */
export type HomeArrivalRow = {
  id: string
  home: string
  kind: 'message' | 'answer' | 'link' | 'invite'
  /** The message, or the event of a link or an invitation. */
  message: string
  at: Date
}

/** The header of a document of a home subscriber, for search. */
export type HomeDocumentRow = {
  home: string
  message: string
  document: string
  type: string
  file_name: string
  number: string | null
  date: string | null
}

/** Where a live message or outgoing package waits for its next step. */
export type Hop = 'process' | 'deliver' | 'send' | 'watch' | 'settle' | 'frozen'

/** The lane of the PROCESS hop for messages that wait for their parents, and for nothing else. */
export const waitingLane = 'waiting'
/** The lane of the PROCESS hop for messages that wait for a link or for a new version, and for nothing else. */
export const linkWaitLane = 'links'

/**
 * One live message, received receipts package or outgoing package; `owner` 0 = free to claim, `attempt` = faults of the
 * hub on end.
 */
export type WorkRow = {
  id: string
  hop: Hop
  lane: string
  batch_key: string
  package: string | null
  bytes: number
  due_at: Date
  attempt: number
  owner: string
  created_at: Date
}

/** A row of work as it was claimed. `claim` is another whenever the row is written again. */
export type ClaimedWork = WorkRow & { claim: string }

/** A package of ours: frozen bytes under one name (RULES 20). */
export type PackageOutRow = {
  id: string
  peer: string
  name: string
  kind: 'messages' | 'receipts'
  relay: 'repack' | 'original'
  address: string
  origin_code: string
  blob: string
  bytes: number
  sha256: string
  members: string[]
  /** `placed`: it lies at the server of an SFTP peer, which did not take it yet (RULES 24). */
  state: 'sending' | 'placed' | 'taken' | 'held' | 'abandoned'
  attempts: number
  created_at: Date
  ended_at: Date | null
  first_attempt_at: Date | null
}

/** What a person decided about a held message or package; words and salt may be erased. */
export type DecisionRow = {
  id: string
  subject: string
  at: Date
  verb: 'release' | 'refuse'
  actor: string
  reason: string | null
  salt: string | null
}

/** One attempt to send a package; without `ended_at` its outcome is not known (RULES 21). */
export type AttemptRow = {
  id: string
  package_out: string
  number: number
  started_at: Date
  ended_at: Date | null
  class: string | null
  status: number | null
  reason: string | null
  answer: string | null
}
