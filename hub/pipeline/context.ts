// What every stage works with, wired once in hub/build.ts.

import { policyOf as completePolicy } from '../../routing/book.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import type { PartnerBook, PeerPolicy, PeerWithPolicy } from '../../schemas/partner.ts'
import type { Courier } from '../../schemas/transport.ts'
import type { BlobStore } from '../ports.ts'
import type { Committer } from '../store/hot/commit.ts'
import type { IntakeQueue } from '../store/hot/intake.ts'
import type { MessageRow } from '../store/hot/rows.ts'
import type { SqlStore } from '../store/sql.ts'
import type { AttorneyDesk } from '../trust/verdict/attorney-desk.ts'
import type { TrustView } from '../trust/verdict/gather.ts'
import type { Clock, JournalMaker, Watcher, Workers } from './ports.ts'
import type { MoveContext } from './run/effects.ts'
import type { ExaminedStore } from './verdict/examined-at-door.ts'
import type { KnownChains } from './verdict/known-chains.ts'

/** Settings of the pipeline, in milliseconds and counts. */
export type PipelineSettings = {
  homeCodes: readonly string[]
  /** Home codes whose services tell themselves what becomes of a message (RULES 19). */
  homeAnsweringCodes: readonly string[]
  /** Names under which the hub can sign besides its own: home codes. */
  homeIdentities: readonly string[]
  parentWithinMs: number
  parentRecheckMs: number
  pollMs: number
  processBatchMax: number
  breakerFailures: number
  breakerOpenMs: number
  /** Our Send-Receipt-To. */
  publicAddress: string | undefined
  /** How long an invitation may stay unanswered. */
  linkAnswerWithinMs: number
  /** How long a message may wait for a link, and for its new version. */
  linkMessageWaitMs: number
  linkVersionWaitMs: number
  /** For how many days a claim link is good, and after how long its letter may be sent again. */
  claimValidDays: number
  claimResendAfterMs: number
}

/** The wired pipeline. */
export type PipelineContext = {
  store: SqlStore
  committer: Committer
  intake: IntakeQueue
  blobs: BlobStore
  workers: Workers
  examinedAtDoor: ExaminedStore
  courier: Courier
  clock: Clock
  watcher: Watcher
  /** The current edition of the partner book; cheap. */
  book(): PartnerBook
  /** DER of all certificates registered for a peer. */
  certificatesOf(peer: string): readonly Uint8Array[]
  /** What this node trusts at the moment; cheap. */
  trust(): TrustView
  attorneys: AttorneyDesk
  knownChains: KnownChains
  settings: PipelineSettings
  /** Token of this node in work.owner. */
  node: string
}

/** The dialect in which messages of home services are formed. */
export const homeDialect = 'roseu'

/** A peer by name, even one that was taken out of the book meanwhile. */
export function peerOf(context: PipelineContext, id: string): PeerWithPolicy | undefined {
  return context.book().peers.get(id)
}

/** The policy of a peer, or undefined when it is not in the book. */
export function policyOf(context: PipelineContext, id: string): PeerPolicy | undefined {
  return peerOf(context, id)?.policy
}

/** A maker of journal entries with this moment's time. */
export function journalMaker(context: PipelineContext, at: Date): JournalMaker {
  return (kind, subject, facts) => {
    const entry: JournalEntry = { id: context.clock.newId(), at, kind, facts }
    return subject === undefined ? entry : { ...entry, subject }
  }
}

/** For a peer that was taken out of the book meanwhile. */
const policyDefaults = completePolicy({ policy: {} })

/** What the runner of the message machine asks, answered from the book and the settings. */
export function moveContext(context: PipelineContext, now: Date): MoveContext {
  const policyFor = (peer: string) => policyOf(context, peer) ?? policyDefaults
  return {
    now,
    newId: () => context.clock.newId(),
    answerKey: (message: MessageRow) => message.origin_code,
    gatherMs: (peer) => policyFor(peer).gatherMs,
    receiptWithinMs: (peer) => policyFor(peer).receiptWithinMs,
    overdueHoldMs: (peer) => policyFor(peer).overdueHoldMs,
    recheckMs: context.settings.parentRecheckMs,
    parentWithinMs: context.settings.parentWithinMs,
    linkMessageWaitMs: context.settings.linkMessageWaitMs,
    linkVersionWaitMs: context.settings.linkVersionWaitMs,
  }
}
