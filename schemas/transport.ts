// What a transport hands in and what it brings back: arrivals, answers, outcomes (RULES 9-24).

import type { PackageName, RowId } from './ids.ts'
import type { Refusal } from './refusals.ts'
import type { SftpSite } from './sftp.ts'

/** How bytes came: from partners, or from an internal service of our own operator (`api`). */
export type TransportName = 'http' | 'sftp' | 'api'

/** A whole package as it arrived, before anything of it is believed. */
export type Arrival = {
  transport: TransportName
  name: PackageName
  bytes: Uint8Array
  /** Send-Receipt-To as given; used only when registered for the peer (RULES 14). */
  receiptAddress: string | undefined
  /** Address of the other side, for the journal. */
  remote: string
  at: Date
}

/** The transport receipt (ТрК). `code` is `accepted` or a refusal's code. */
export type DoorAnswer = {
  status: number
  code: string
  text: string
  packageId?: RowId
  /** Seconds for Retry-After, with 503. */
  retryAfterS?: number
  /** True when this answer was given before for the same package. */
  repeated?: boolean
}

/** The stage behind every transport. */
export type Door = {
  /** Takes a package in. Resolves after everything is durable; never rejects for reasons of input. */
  accept(arrival: Arrival): Promise<DoorAnswer>
  /** Records a request that never became an arrival (wrong header, too slow), and gives its answer. */
  turnAway(
    refusal: Refusal,
    from: { transport: TransportName; remote: string; name?: string; at: Date },
  ): Promise<DoorAnswer>
}

/** One package on its way out; the same bytes under the same name at every attempt (RULES 20). */
export type Departure = {
  /** The peer it goes to: sessions and host keys are kept by it. */
  peer: string
  address: string
  /** The SFTP side of the peer; needed where the address is `sftp:`. */
  site?: SftpSite
  name: PackageName
  bytes: Uint8Array
  /** Our Send-Receipt-To. */
  receiptAddress: string | undefined
  timeoutMs: number
  signal: AbortSignal
}

/**
 * What became of an attempt. `accepted`: the peer said 200. `rejected`: it said no for ever. `transient`: it surely
 * does not have the package, or said it wants it again. `ambiguous`: it may have it (RULES 18, 22).
 * `forbidden`: we may not connect to this address.
 */
export type Outcome = {
  class: 'accepted' | 'rejected' | 'transient' | 'ambiguous' | 'forbidden'
  status: number | undefined
  /** Short reason of ours, `what.how`: `answer.500`, `connect.refused`, `body.cut`, `timeout.answer`. */
  reason: string
  /** The peer's text, cut to limits.answerTextLengthMax, control characters removed. */
  text: string
  durationMs: number
  /** Accepted by a server that holds the file for the peer: whether the peer takes it is seen later (RULES 24). */
  isPlaced?: true
  /** Seconds the peer asked us to wait (Retry-After), at most limits.retryAfterMaxS. */
  retryAfterS?: number
}

/** A package of ours that lies at a peer's server (RULES 24). */
export type PlacedPackage = { id: RowId; name: PackageName }

/** What became of it: gone or answered 200; refused; asked for again. */
export type PlacedEnd = {
  id: RowId
  is: 'taken' | 'refused' | 'wanted-again'
  /** First number of the peer's answer file; undefined when the file is simply gone. */
  status: number | undefined
  /** The peer's text, cleaned as that of an HTTP answer. */
  text: string
}

/** Speaks to peers over one transport. */
export type Courier = {
  send(departure: Departure): Promise<Outcome>
  close(): Promise<void>
}
