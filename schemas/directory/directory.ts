// What the directory of subscribers answers: who is known under an ИНН, an id or a name, and how each may be reached.

import type { OperatorCode, ParticipantId } from '../ids.ts'
import type { RefusalCode } from '../refusals.ts'

/** What may be done about a subscriber: nothing more is needed, invite it, an application first, or nothing. */
export type Reach = 'linked' | 'invitable' | 'application' | 'unreachable'

/** One box of an organisation. The same organisation may have several, at several operators and КПП. */
export type DirectoryHit = {
  id: ParticipantId
  inn: string | undefined
  kpp: string | undefined
  name: string | undefined
  operator: { id: string; name: string } | undefined
  reach: Reach
  /** Why it is not reachable. */
  reason: RefusalCode | undefined
  firstSeenAt: Date
  lastSeenAt: Date
  lastTrafficAt: Date | undefined
  /** Share of successful deliveries, 0..1; undefined while nothing was sent. */
  deliveredShare: number | undefined
  sources: readonly string[]
  /** Where a retired subscriber of ours went; told to its own home code only. */
  movedTo?: ParticipantId | undefined
}

/** What the directory of participants says. A failed look-up is `try-later`, never `not-found`. */
export type LookUpStatus = 'ok' | 'not-found' | 'not-allowed' | 'try-later'

/**
 * An answer of the directory of participants, with its age. `reason` says why there is none: directory.silent with
 * try-later; with not-allowed, that the participant hid itself (directory.not-allowed), or why nobody was asked and asking
 * again is of no use: directory.not-set-up, directory.kpp-needed, directory.own-id.
 */
export type LookUp = {
  status: LookUpStatus
  ids: readonly ParticipantId[]
  askedAt: Date
  reason?: RefusalCode | undefined
  /** With try-later: milliseconds after which asking may be of use, where that is known. */
  retryAfterMs?: number | undefined
}

/** Boxes with an ИНН, and with this КПП or none where one is given. */
export type InnQuestion = { inn: string; kpp: string | undefined }

/**
 * The directory. `viewer` is the home subscriber whose links decide the reach; without one nothing is linked, and `home` is
 * the home code whose eyes see it.
 */
export type Directory = {
  /** Best first; at most limits.directoryHitsMax. */
  byInn(of: Eyes & InnQuestion): Promise<DirectoryHit[]>
  /**
   * The same of many at once, in their order. The caller bounds them: each may take limits.directoryCandidatesMax rows of
   * memory.
   */
  byInns(of: Eyes & { asked: readonly InnQuestion[] }): Promise<DirectoryHit[][]>
  byId(of: Eyes & { id: ParticipantId }): Promise<DirectoryHit | undefined>
  /** Asks the directory of participants, or gives its cached answer; what it found is known from then on. */
  lookUp(of: InnQuestion | { id: ParticipantId }): Promise<LookUp>
}

/** The directory with what people search by, too. */
export type SubscriberDirectory = Directory & {
  /** Names with these words, then those with a beginning of the last; each best first, at most directoryHitsMax. */
  byName(of: Eyes & { name: string }): Promise<DirectoryHit[]>
  /** How long after its last delivery a box counts as active, in milliseconds. */
  readonly activeForMs: number
}

/** Who looks, and when. */
type Eyes = { viewer: ParticipantId | undefined; home?: OperatorCode; at: Date }
