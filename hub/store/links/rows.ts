// The rows of links, invitations of home subscribers, letters and known subscribers; names are those of the columns.

import type { LinkPast, LinkSide, Saying } from '../../../routing/link.ts'
import type { InviteEvent, InviteState } from '../../../routing/machines/invite.ts'
import type { LinkCell, LinkNews } from '../../../routing/machines/link.ts'
import type { NamedPlace } from '../../../schemas/invites/invite.ts'

/** A saying as it is kept: with the message that brought it and the time it was heard. */
export type KeptSaying = Saying & { message?: string; at: string }

/** What two subscribers said. `first` is the one whose key sorts first; `cell` and `before` are seen from it. */
export type LinkRow = {
  id: string
  first_key: string
  second_key: string
  first_id: string
  second_id: string
  cell: LinkCell
  before: LinkCell | null
  /** What the sayings that are no longer kept came to. */
  base: LinkPast
  /** In the order of arrival, the last of them only. */
  sayings: KeptSaying[]
  changed_at: Date
  /** Since when there is a link. */
  linked_at: Date | null
  /** When a standing request is unanswered. */
  deadline_at: Date | null
  /** 1 when new; written over the version before. */
  version: number
}

/** What happened to a link or to an invitation. `cell` is seen from the first side. */
export type LinkEventRow = {
  id: string
  link: string | null
  invite: string | null
  at: Date
  said_by: LinkSide | 'clock' | 'hub'
  news: LinkNews | 'undelivered' | InviteEvent | 'made' | 'bounced' | 'needs-version'
  cell: LinkCell | null
  state: InviteState | null
  reason: string | null
  message: string | null
  /** What must change in the message, with `needs-version`. */
  places?: NamedPlace[]
}

/** An invitation on the way that came to its end. */
export type LinkNewsRow = { message: string; outcome: 'delivered' | 'refused'; at: Date }

/** What happened so many times on a day (UTC, yyyy-mm-dd), and how long it took in all. */
export type LinkMeasureRow = {
  day: string
  measure: 'link' | 'invite'
  label: string
  count: number
  total_ms: number
}

/** An invitation a home subscriber made. */
export type InviteRow = {
  id: string
  home: string
  /** Key of idempotency of the service, and the digest of what it asked for under it. */
  key: string
  digest: string
  kind: 'by-id' | 'by-inn'
  sender: string
  sender_inn: string
  sender_kpp: string | null
  sender_name: string
  /** Whom it is for: the id that was given, or the one of our inactive subscriber until somebody claims it. */
  counterparty: string
  /** The inactive subscriber that stood in for the counterparty, also after it was claimed. */
  stand_in: string | null
  inn: string | null
  kpp: string | null
  name: string | null
  email: string | null
  /** For the counterparty. */
  message: string | null
  /** For the sender's own eyes. */
  comment: string | null
  state: InviteState
  state_at: Date
  /** Code of the refusal or reason. */
  reason: string | null
  link: string | null
  /** The message that carries its Запрос. */
  said_message: string | null
  application: string | null
  bulk: string | null
  /** Nobody at an operator had to do anything. */
  is_automatic: boolean
  made_at: Date
  deadline_at: Date | null
  mail: 'none' | 'queued' | 'sent' | 'bounced'
  version: number
}

/** Kinds of letters. `claim` carries a link whose token is made when the letter goes. */
export type LetterKind = 'asked' | 'claim' | 'readdressed' | 'linked' | 'refused'

/** A letter to be sent. */
export type LetterRow = {
  id: string
  kind: LetterKind
  invite: string
  recipient: string
  language: 'ru' | 'en'
  state: 'queued' | 'sent' | 'bounced' | 'dropped'
  attempts: number
  due_at: Date
  made_at: Date
  ended_at: Date | null
  message_id: string | null
  reason: string | null
}

/** A letter after an attempt; `attempts` counts it. Whoever moves one that moved meanwhile is stale. */
export type LetterMove = Pick<
  LetterRow,
  'id' | 'state' | 'attempts' | 'due_at' | 'ended_at' | 'message_id' | 'reason'
> & { file: string | null }

/** Where the hub heard of a subscriber. */
export type SubscriberSource = 'invitation' | 'traffic' | 'import' | 'look-up' | 'invite'

/** A subscriber that was heard of; what is null leaves what is known. */
export type SubscriberSeen = {
  key: string
  id: string
  code: string
  inn: string | null
  kpp: string | null
  name: string | null
  /** State of one that is new; of a known one it stays. */
  state: 'known' | 'inactive' | 'active' | 'retired'
  source: SubscriberSource
  at: Date
}

/** What becomes of a subscriber of ours: stale unless it is in the state that was read. Null leaves what is known. */
export type SubscriberMove = {
  key: string
  from: 'inactive' | 'active'
  state: 'active' | 'retired'
  /** Where a retired one went. */
  moved_to: string | null
  inn: string | null
  kpp: string | null
  name: string | null
}

/** A claim link: of its token SHA-256 (hex) alone is kept. */
export type ClaimRow = { digest: string; invite: string; made_at: Date; expires_at: Date }

/** A claim link that is used up; stale when it was used or taken back meanwhile. */
export type ClaimUse = {
  digest: string
  used_at: Date
  /** SHA-256 (hex) of what was chosen. */
  choice: string
  /** How to reach who became our subscriber. */
  contact: string | null
}
