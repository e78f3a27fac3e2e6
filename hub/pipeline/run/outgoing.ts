// A package of ours on its way out: its name, its rows, and the entry "attempt started" (RULES 20, 21).

import { randomBytes } from 'node:crypto'
import type { PackageName } from '../../../schemas/ids.ts'
import type { PeerWithPolicy } from '../../../schemas/partner.ts'
import type { Change } from '../../store/hot/change.ts'
import type { AttemptRow, PackageOutRow, WorkRow } from '../../store/hot/rows.ts'
import { journalMaker, type PipelineContext } from '../context.ts'

/** Everything one attempt needs; the bytes never change between attempts. */
export type Outgoing = {
  id: string
  peer: PeerWithPolicy
  name: PackageName
  kind: 'messages' | 'receipts'
  relay: 'repack' | 'original'
  originCode: string
  bytes: Uint8Array
  blob: string
  sha256: string
  members: string[]
  number: number
  attemptId: string
  startedAt: Date
  firstAttemptAt: Date
  /**
   * Where it goes, when not to the peer's own address: a registered Send-Receipt-To (RULES 14), or where the attempts
   * before went (RULES 20).
   */
  address?: string
  /** Faults of the hub on end, as its work row counts them: since an attempt of it came to an outcome. */
  faults?: number
}

const nameBytes = 16

/** A name for a package of ours: 128 random bits, never used twice (RULES 20). */
export function newPackageName(): PackageName {
  return `${randomBytes(nameBytes).toString('hex')}.cms` as PackageName
}

/** Where a package goes. */
export function addressOf(outgoing: Outgoing): string {
  return outgoing.address ?? outgoing.peer.address ?? ''
}

/** The rows that must be durable before the first byte of a new package leaves. */
export function outgoingChange(context: PipelineContext, outgoing: Outgoing): Change {
  const { id, peer, startedAt } = outgoing
  const make = journalMaker(context, startedAt)
  const row: PackageOutRow = {
    id,
    peer: peer.id,
    name: outgoing.name,
    kind: outgoing.kind,
    relay: outgoing.relay,
    address: addressOf(outgoing),
    origin_code: outgoing.originCode,
    blob: outgoing.blob,
    bytes: outgoing.bytes.length,
    sha256: outgoing.sha256,
    members: outgoing.members,
    state: 'sending',
    attempts: 1,
    created_at: startedAt,
    ended_at: null,
    first_attempt_at: startedAt,
  }
  const facts = {
    peer: peer.id,
    name: outgoing.name,
    contents: outgoing.kind,
    members: outgoing.members,
    bytes: outgoing.bytes.length,
    sha256: outgoing.sha256,
    relay: outgoing.relay,
  }
  return {
    packagesOut: [row],
    attempts: [startedAttempt(outgoing)],
    work: [sendWork(outgoing, turnNow(context, outgoing))],
    journal: [make('out.made', id, facts), startedEntry(context, outgoing)],
  }
}

/** The rows of another attempt with the very same bytes. */
export function attemptChange(context: PipelineContext, outgoing: Outgoing): Change {
  return {
    owned: [outgoing.id],
    attempts: [startedAttempt(outgoing)],
    packageOutMoves: [
      {
        id: outgoing.id,
        state: 'sending',
        attempts: outgoing.number,
        ended_at: null,
        first_attempt_at: outgoing.firstAttemptAt,
        address: addressOf(outgoing),
      },
    ],
    work: [sendWork(outgoing, turnNow(context, outgoing))],
    journal: [startedEntry(context, outgoing)],
  }
}

function startedAttempt(outgoing: Outgoing): AttemptRow {
  return {
    id: outgoing.attemptId,
    package_out: outgoing.id,
    number: outgoing.number,
    started_at: outgoing.startedAt,
    ended_at: null,
    class: null,
    status: null,
    reason: null,
    answer: null,
  }
}

function startedEntry(context: PipelineContext, outgoing: Outgoing) {
  const make = journalMaker(context, outgoing.startedAt)
  return make('attempt.started', outgoing.id, { number: outgoing.number, peer: outgoing.peer.id })
}

/** The row of a package at hop SEND: of the attempt this node makes now, claimed from the start, or of a later one. */
export function sendWork(outgoing: Outgoing, turn: Turn): WorkRow {
  const { id, peer, originCode, bytes, firstAttemptAt } = outgoing
  const row = { id, peer: peer.id, origin_code: originCode, bytes: bytes.length, created_at: firstAttemptAt }
  return sendWorkOf(row, turn)
}

/** The same of a package whose bytes are not at hand. */
export function sendWorkOf(
  row: Pick<PackageOutRow, 'id' | 'peer' | 'origin_code' | 'bytes' | 'created_at'>,
  turn: Turn,
): WorkRow {
  const { id, peer, origin_code, bytes, created_at } = row
  return { id, hop: 'send', lane: peer, batch_key: origin_code, package: null, bytes, created_at, ...turn }
}

/** When it is due, after how many faults, and who has claimed it. */
type Turn = Pick<WorkRow, 'due_at' | 'attempt' | 'owner'>

function turnNow({ node }: PipelineContext, { startedAt, faults = 0 }: Outgoing) {
  return { due_at: startedAt, attempt: faults, owner: node }
}
