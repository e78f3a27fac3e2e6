// What the directory of subscribers answers: who is known under an ИНН, an id or a name, and how each may be reached.

import type { ParticipantId } from './ids.ts'
import type { RefusalCode } from './refusals.ts'

/** What may be done about a subscriber: nothing more is needed, invite it, an application first, or nothing, and why. */
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
}

/** What the directory of participants says. A failed look-up is `try-later`, never `not-found`. */
export type LookUpStatus = 'ok' | 'not-found' | 'not-allowed' | 'try-later'

/** An answer of the directory of participants, with its age. */
export type LookUp = { status: LookUpStatus; ids: readonly ParticipantId[]; askedAt: Date }

/** The directory. `viewer` is the home subscriber whose links decide the reach; without one nothing is linked. */
export type Directory = {
  /** Best first; at most limits.directoryHitsMax. */
  byInn(of: {
    inn: string
    kpp: string | undefined
    viewer: ParticipantId | undefined
    at: Date
  }): Promise<DirectoryHit[]>
  byId(of: {
    id: ParticipantId
    viewer: ParticipantId | undefined
    at: Date
  }): Promise<DirectoryHit | undefined>
  /** Asks the directory of participants, or gives its cached answer; what it found is known from then on. */
  lookUp(of: { inn: string; kpp: string | undefined } | { id: ParticipantId }): Promise<LookUp>
}
