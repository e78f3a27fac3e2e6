// A change: everything one step of the pipeline writes, as data, to be committed whole or not at all.

import type { JournalEntry } from '../../../schemas/journal.ts'
import type { ApplicationChangeRow, ApplicationRow } from '../applications/rows.ts'
import type { Lease } from '../lease.ts'
import type {
  ClaimRow,
  ClaimUse,
  InviteRow,
  LetterMove,
  LetterRow,
  LinkEventRow,
  LinkMeasureRow,
  LinkNewsRow,
  LinkRow,
  SubscriberMove,
  SubscriberSeen,
} from '../links/rows.ts'
import type { DocumentsReaddressed, LinkWaitRow, Readdressed } from '../links/waits.ts'
import type {
  AttemptRow,
  DecisionRow,
  DocumentRow,
  HomeArrivalRow,
  HomeDocumentRow,
  InvitationRow,
  MessagePatch,
  MessageRow,
  PackageInRow,
  PackageOutRow,
  ParentWaitRow,
  VerdictChainRow,
  VerdictRow,
  WorkRow,
} from './rows.ts'

/** A message with the columns it gets; `version` is the one that was read. */
export type MessageMove = { row: MessageRow; state: MessageRow['state']; at: Date; patch: MessagePatch }

/** A package of ours that goes on or ends. */
export type PackageOutMove = Pick<
  PackageOutRow,
  'id' | 'state' | 'attempts' | 'ended_at' | 'first_attempt_at'
> & {
  /** Where it goes from now on; what it was unless given. */
  address?: string
}

/** All parts are optional; what stands in one change is committed in one transaction (RULES 26, STYLE 20). */
export type Change = {
  /** Work rows this node must still own; otherwise the change is stale and dropped. */
  owned?: string[]
  /** Leases this node must still hold; otherwise the change is stale (RULES 29). */
  leases?: Lease[]
  packagesIn?: PackageInRow[]
  messages?: MessageRow[]
  messagesSeen?: { wire_id: string; peer: string; message: string; content_sha256: string }[]
  /** A refused message is processed again under the same id: one new one takes the place of the `earlier` one. */
  messagesSeenAgain?: {
    wire_id: string
    peer: string
    earlier: string
    message: string
    content_sha256: string
  }[]
  documents?: DocumentRow[]
  invitations?: InvitationRow[]
  verdicts?: VerdictRow[]
  verdictChains?: VerdictChainRow[]
  moves?: MessageMove[]
  parentWaits?: ParentWaitRow[]
  /** Messages that wait for no parent any more. */
  parentWaitsDone?: string[]
  /** Messages whose waiting children are to look again now. */
  wakeChildrenOf?: string[]
  work?: WorkRow[]
  workDone?: string[]
  packagesOut?: PackageOutRow[]
  packageOutMoves?: PackageOutMove[]
  attempts?: AttemptRow[]
  decisions?: DecisionRow[]
  homeArrivals?: HomeArrivalRow[]
  homeDocuments?: HomeDocumentRow[]
  /** Links as they are from now on; each is written over the version before its own, else the change is stale. */
  links?: LinkRow[]
  /** Invitations of home subscribers, in the same manner. */
  invites?: InviteRow[]
  /** Applications to operators, in the same manner. */
  applications?: ApplicationRow[]
  applicationRows?: ApplicationChangeRow[]
  linkEvents?: LinkEventRow[]
  /** Invitations on the way that came to their end, for the links they speak of. */
  linkNews?: LinkNewsRow[]
  linkNewsDone?: string[]
  /** Added to the counts of their days. */
  linkMeasures?: LinkMeasureRow[]
  letters?: LetterRow[]
  /** What messages wait for; written over what they waited for before. */
  linkWaits?: LinkWaitRow[]
  /** Messages that wait for no link any more. */
  linkWaitsDone?: string[]
  /** Messages that move in the same change and get another recipient. */
  readdressed?: Readdressed[]
  /** Letters that were tried; stale unless each still waits for this attempt. */
  letterMoves?: LetterMove[]
  /** Documents whose recipient has another id now: those of such messages, and of those that went back for it. */
  documentsReaddressed?: DocumentsReaddressed[]
  /** Subscribers that were heard of. */
  subscribers?: SubscriberSeen[]
  /** Subscribers of ours that become active or retire; stale unless each is in the state that was read. */
  subscriberMoves?: SubscriberMove[]
  claims?: ClaimRow[]
  /** Claim links that are used up; stale when one is not free any more. */
  claimsUsed?: ClaimUse[]
  /** Invitations whose unused claim links are good no more. */
  claimsRevoked?: { invite: string; at: Date }[]
  journal?: JournalEntry[]
}

/** Joins changes to one. */
export function joinChanges(changes: readonly Change[]): Change {
  const joined: Record<string, unknown[]> = {}
  for (const change of changes) {
    for (const [part, rows] of Object.entries(change)) {
      const all = joined[part]
      if (all === undefined) joined[part] = [...rows]
      else for (const row of rows) all.push(row)
    }
  }
  return joined as Change
}
