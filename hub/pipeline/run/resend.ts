// Prepares further attempts of packages of ours: the same bytes under the same name, durable as started (RULES 20, 21).

import type { PackageName } from '../../../schemas/ids.ts'
import type { Outcome } from '../../../schemas/transport.ts'
import { giveBack } from '../../store/hot/claim.ts'
import { mayHaveArrived, readLastAttempts, readPackagesOut } from '../../store/hot/reads.ts'
import type { AttemptRow, ClaimedWork, PackageOutRow } from '../../store/hot/rows.ts'
import { journalMaker, type PipelineContext, peerOf } from '../context.ts'
import { settleAttempt } from './attempt-outcome.ts'
import { holdPackages } from './hold-package.ts'
import { attemptChange, type Outgoing } from './outgoing.ts'
import { racePoint } from './race.ts'

/** Loads packages again for their next attempt. An attempt without an end was cut by a crash: ambiguous (RULES 21). */
export async function prepareResend(
  context: PipelineContext,
  lane: string,
  works: readonly ClaimedWork[],
): Promise<Outgoing[]> {
  const ids = works.map((work) => work.id)
  const [rows, attempts] = await Promise.all([
    readPackagesOut(context.store, ids),
    readLastAttempts(context.store, ids),
  ])
  const prepared = works.map(({ id, attempt: faults }) =>
    prepareOne(context, { lane, id, faults, row: rows.get(id), last: attempts.get(id) }),
  )
  return (await Promise.all(prepared)).filter((outgoing) => outgoing !== undefined)
}

async function prepareOne(
  context: PipelineContext,
  of: {
    lane: string
    id: string
    faults: number
    row: PackageOutRow | undefined
    last: AttemptRow | undefined
  },
): Promise<Outgoing | undefined> {
  const { id, faults, row, last } = of
  const peer = peerOf(context, of.lane)
  if (
    row === undefined ||
    peer?.address === undefined ||
    peer.state !== 'active' ||
    row.state !== 'sending'
  ) {
    if (row?.state !== 'sending')
      context.watcher.fault('send.load', new Error(`package ${id} cannot be sent`))
    // The peer is suspended or closed: its lane waits, nothing is lost.
    const at = new Date(context.clock.now().getTime() + context.settings.breakerOpenMs)
    await giveBack(context.store, { ids: [id], node: context.node, at })
    return undefined
  }
  const hasMoved = row.address !== peer.address && !peer.receiptAddresses.includes(row.address)
  if (hasMoved && (await mayHaveArrived(context.store, id))) {
    // At the new address nobody would recognise the name of what may have been taken at the old one (RULES 20).
    await holdPackages(context, [id], 'deliver.ambiguous')
    return undefined
  }
  const bytes = await context.blobs.get(row.blob)
  const address = hasMoved ? peer.address : row.address
  const outgoing = again(context, {
    row,
    peer,
    bytes,
    address,
    faults,
    attempts: last?.number ?? row.attempts,
  })
  if (last !== undefined && last.ended_at === null && !(await closeUnknown(context, outgoing, last)))
    return undefined
  await context.committer.submit(attemptChange(context, outgoing))
  racePoint('resend.commit')
  return outgoing
}

function again(
  context: PipelineContext,
  of: Pick<Outgoing, 'peer' | 'bytes'> & {
    row: PackageOutRow
    address: string
    faults: number
    attempts: number
  },
): Outgoing {
  const { row, peer, bytes, address } = of
  const now = context.clock.now()
  return {
    id: row.id,
    peer,
    address,
    name: row.name as PackageName,
    kind: row.kind,
    relay: row.relay,
    originCode: row.origin_code,
    bytes,
    blob: row.blob,
    sha256: row.sha256,
    members: row.members,
    number: of.attempts + 1,
    faults: of.faults,
    attemptId: context.clock.newId(),
    startedAt: now,
    firstAttemptAt: row.first_attempt_at ?? now,
  }
}

/** Journals the unknown outcome of a cut attempt. False when the package must not be sent again by itself. */
async function closeUnknown(
  context: PipelineContext,
  outgoing: Outgoing,
  last: AttemptRow,
): Promise<boolean> {
  const now = context.clock.now()
  const make = journalMaker(context, now)
  const entry = make('attempt.unknown', outgoing.id, { number: last.number, peer: outgoing.peer.id })
  if (outgoing.peer.policy.idempotentByName) {
    const closed = { ...last, ended_at: now, class: 'ambiguous', reason: 'process.stopped' }
    await context.committer.submit({ owned: [outgoing.id], attempts: [closed], journal: [entry] })
    return true
  }
  const cut: Outgoing = { ...outgoing, attemptId: last.id, number: last.number, startedAt: last.started_at }
  const outcome: Outcome = {
    class: 'ambiguous',
    status: undefined,
    reason: 'process.stopped',
    text: '',
    durationMs: 0,
  }
  await context.committer.submit({ journal: [entry] })
  await settleAttempt(context, cut, outcome)
  return false
}
