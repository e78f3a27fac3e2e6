// Gathers invitations that need a person at an operator into applications, and closes those with nothing left to do.

import { resolve } from '../../routing/directory.ts'
import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import {
  applicationsToSettle,
  invitesToGather,
  readApplicationRows,
  readFilling,
} from '../store/applications/reads.ts'
import type { ApplicationRow } from '../store/applications/rows.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import type { Change } from '../store/hot/change.ts'
import type { Lease } from '../store/lease.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { changedEntry, endedState } from './entries.ts'

/** What gathering needs. */
export type GatherContext = Pick<PipelineContext, 'store' | 'clock' | 'book' | 'committer'>

/**
 * Puts waiting invitations into applications: one operator, one home code, one subscriber of ours each, at most
 * limits.applicationRowsMax counterparties. Runs under a lease, so that two nodes never begin two of a kind; what went
 * stale is gathered by the next round. An invitation whose operator nobody knows waits until the book does. Gives how many
 * were put in.
 */
export async function gatherApplications(
  context: GatherContext,
  lease: Lease,
  signal: AbortSignal,
): Promise<number> {
  let after: string | undefined
  let count = 0
  while (!signal.aborted) {
    const invites = await invitesToGather(context.store, { after, countMax: limits.applicationsGatherRows })
    const last = invites.at(-1)
    if (last === undefined) break
    after = last.id
    for (const group of Map.groupBy(invites, (invite) => groupOf(context, invite)).entries()) {
      const [key, members] = group
      if (key !== undefined) count += await fill(context, lease, members)
    }
  }
  return count
}

function operatorOf({ book, clock }: GatherContext, invite: InviteRow): string | undefined {
  return resolve(book(), invite.counterparty as ParticipantId, clock.now()).operator?.id
}

function groupOf(context: GatherContext, invite: InviteRow): string | undefined {
  const operator = operatorOf(context, invite)
  if (operator === undefined) return undefined
  return `${invite.home} ${operator} ${participantKey(invite.sender as ParticipantId)}`
}

/** Fills the application that takes rows, then new ones. */
async function fill(context: GatherContext, lease: Lease, invites: readonly InviteRow[]): Promise<number> {
  let left = invites
  while (left.length > 0) {
    const [first] = left
    if (first === undefined) break
    const application = await applicationFor(context, first)
    const taken = left.slice(0, limits.applicationRowsMax - application.rows)
    try {
      await context.committer.submit({ leases: [lease], ...filled(context, application, taken) })
    } catch (error) {
      if (error instanceof StaleChange) return invites.length - left.length // the next round reads again
      throw error
    }
    left = left.slice(taken.length)
  }
  return invites.length
}

/** The one that takes rows, or a new one of version 0, which the change makes 1. */
async function applicationFor(context: GatherContext, invite: InviteRow): Promise<ApplicationRow> {
  const operator = operatorOf(context, invite) ?? ''
  const sender_key = participantKey(invite.sender as ParticipantId)
  const filling = await readFilling(context.store, { home: invite.home, operator, sender_key })
  return (
    filling ?? {
      id: context.clock.newId(),
      home: invite.home,
      operator,
      sender_key,
      sender: invite.sender,
      sender_inn: invite.sender_inn,
      sender_kpp: invite.sender_kpp,
      sender_name: invite.sender_name,
      state: 'draft',
      number: null,
      rows: 0,
      is_filling: true,
      made_at: context.clock.now(),
      sent_at: null,
      sent_by: null,
      ended_at: null,
      ended_by: null,
      version: 0,
    }
  )
}

function filled(context: GatherContext, application: ApplicationRow, invites: readonly InviteRow[]): Change {
  const at = context.clock.now()
  const rows = application.rows + invites.length
  const row: ApplicationRow = {
    ...application,
    rows,
    is_filling: rows < limits.applicationRowsMax,
    version: application.version + 1,
  }
  return {
    applications: [row],
    applicationRows: invites.map((invite, index) => ({
      invite: invite.id,
      application: row.id,
      position: application.rows + index + 1,
      state: 'open',
      at,
      by: null,
    })),
    invites: invites.map((invite) => ({ ...invite, application: row.id, version: invite.version + 1 })),
    journal: [changedEntry(context, row, { action: 'gathered', rows: invites.length, at })],
  }
}

/**
 * Marks rows whose invitation ended in another way as gone, and ends applications without an open row. Gives how many
 * applications it changed; those that went stale are looked at again by the next round.
 */
export async function settleApplications(context: GatherContext): Promise<number> {
  const applications = await applicationsToSettle(context.store, limits.applicationsGatherRows)
  let count = 0
  for (const application of applications) {
    try {
      await settleApplication(context, application, 'hub')
      count += 1
    } catch (error) {
      if (!(error instanceof StaleChange)) throw error // another node settled it, or a person acts on it
    }
  }
  return count
}

/** The same for one application, by whoever ended its last row. Throws StaleChange. */
export async function settleApplication(
  context: GatherContext,
  application: ApplicationRow,
  by: string,
): Promise<ApplicationRow> {
  const at = context.clock.now()
  const all = await readApplicationRows(context.store, application.id)
  const isGone = ({ state, invite_state }: (typeof all)[number]) =>
    state === 'open' && invite_state !== 'application'
  const gone = all.filter(isGone).map(({ invite, application, position }) => {
    return { invite, application, position, state: 'gone' as const, at, by }
  })
  const states = all.map((row) => (isGone(row) ? 'gone' : row.state))
  const state = endedState(states)
  if (state === undefined && gone.length === 0) return application
  const row: ApplicationRow = {
    ...application,
    ...(state === undefined ? {} : { state, is_filling: false, ended_at: at, ended_by: by }),
    version: application.version + 1,
  }
  const action = state ?? 'gone'
  const entry = changedEntry(context, row, { action, rows: gone.length, actor: by, at })
  await context.committer.submit({ applications: [row], applicationRows: gone, journal: [entry] })
  return row
}
