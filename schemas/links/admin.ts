// The shapes of links and invitations in the admin plane.

import type { InvitationCard } from '../invites/api.ts'

/** Links of one day (UTC). */
export type AdminLinkDay = {
  day: string
  /** Links that opened, of which `transit` between subscribers of others. */
  opened: number
  transit: number
  /** Invitations that our services made. */
  made: number
  /** Share that needed no application to an operator, 0..1; null where none opened. */
  automaticShare: number | null
  /** From the request to the link, on the average. */
  meanMs: number | null
  /** What ended otherwise, and why: `link.refused:home`, `invite.undelivered:route.capability`. */
  refusals: { what: string; count: number }[]
}

/** Links by day, and what waits now. */
export type AdminLinkMeasures = {
  days: AdminLinkDay[]
  waiting: {
    requests: number
    invites: number
    /** Messages that wait for a link, by home code; null: of partners. */
    messages: { home: string | null; count: number; oldestAt: string }[]
  }
}

/** What became of one batch of old invitations: `said` of them, to so many `links`; `after` names the next batch. */
export type AdminLinksBackfilled = { looked: number; said: number; links: number; after: string | null }

/** A link as neither side's: `cell` is seen from the first. */
export type AdminLink = {
  id: string
  first: string
  second: string
  cell: string
  cellText: string
  changedAt: string
  linkedAt: string | null
  deadlineAt: string | null
}

/** The same with the last sayings and events, oldest first, and invitations of home subscribers; without texts. */
export type AdminLinkCard = AdminLink & {
  sayings: {
    by: 'first' | 'second'
    type: 'ask' | 'break'
    sentAt: string
    heardAt: string
    message: string | null
  }[]
  events: { at: string; news: string; saidBy: string; cell: string | null; message: string | null }[]
  invitations: AdminInvitation[]
}

/** An invitation of a home subscriber; what people wrote in it and their addresses are left out. */
export type AdminInvitation = {
  id: string
  home: string
  kind: 'by-id' | 'by-inn'
  state: string
  stateText: string
  reason: string | null
  sender: string
  counterparty: string
  letter: string
  madeAt: string
  changedAt: string
  deadlineAt: string | null
}

/** The same with what happened to it; claim links without their tokens. */
export type AdminInvitationCard = AdminInvitation &
  Pick<InvitationCard, 'link' | 'saidBy' | 'waitingMessages' | 'letters' | 'claims' | 'events'>
