// What the admin plane answers: the shapes shared by the plane, the command line and the console.

import type { RefusalCode } from './refusals.ts'

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

/** A message with its documents, the packages it went out in, and its steps, oldest first. */
export type AdminMessageDetails = AdminMessage & {
  documents: { id: string; type: string; fileName: string; bytes: number }[]
  out: { package: string; state: string; attempts: number; lastOutcome: string | null }[]
  steps: AdminStep[]
}

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
