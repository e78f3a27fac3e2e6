// The rows of bulk jobs; names are those of the columns.

/** Where a job stands by the will of its service; what is left to do is seen from its rows. */
export type BulkJobState = 'running' | 'paused' | 'cancelled'

/** A list that became a job. */
export type BulkJobRow = {
  id: string
  home: string
  /** Key of idempotency of the service, and the digest of what it sent under it. */
  key: string
  digest: string
  /** The home subscriber whose links decide what is to be done, and who invites. */
  sender: string
  /** Whether the directory of participants is asked about what the hub does not know. */
  asks: boolean
  state: BulkJobState
  rows: number
  made_at: Date
  changed_at: Date
}

/** What a service wanted for many rows at once. */
export type BulkOrderRow = {
  id: string
  job: string
  message: string | null
  comment: string | null
  remote: string
  api_key: string | null
  at: Date
}

/** The groups of searched rows. */
export type BulkFound = 'linked' | 'ready' | 'application' | 'not-found' | 'try-later'

/** `faulty` is final; `waiting` is to be searched, `queued` to be invited. */
export type BulkRowState = 'faulty' | 'waiting' | 'searched' | 'queued' | 'invited' | 'refused'

/** A row of the list of a job. */
export type BulkRow = {
  job: string
  /** As the list numbers it. */
  number: number
  inn: string
  kpp: string | null
  name: string | null
  email: string | null
  state: BulkRowState
  found: BulkFound | null
  /** The box that is the best of those found, whose it is, and how many there are. */
  counterparty: string | null
  known_name: string | null
  operator: string | null
  boxes: number | null
  /** Code of what is wrong with the row or with reaching it, and what was seen. */
  reason: string | null
  seen: string | null
  ordered: string | null
  invite: string | null
  outcome: string | null
  attempts: number
  due_at: Date | null
  done_at: Date | null
}
