// Deadlines of links and invitations: a request nobody answered in time, and an invitation that is over.

import { advance } from '../../routing/link.ts'
import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { StaleChange } from '../store/hot/batcher.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import type { Lease } from '../store/lease.ts'
import { readLapsing, readUnanswered } from '../store/links/follow-reads.ts'
import type { InviteRow, LinkRow } from '../store/links/rows.ts'
import { type InviteContext, moveInvite } from './move-invite.ts'
import { eventParts, eventRow, type SayContext } from './say.ts'

/**
 * Tells of one batch of each and whether there may be more. Rows rest on the version that was read: what an answer has
 * changed meanwhile is left to the next look, which finds it with no deadline or a new one.
 */
export async function passDeadlines(
  context: PipelineContext,
  { lease, onFault }: { lease: Lease; onFault(place: string, error: unknown): void },
): Promise<boolean> {
  const at = context.clock.now()
  const due = { at, countMax: limits.linkNewsBatchMax }
  const links = await readUnanswered(context.store, due)
  const invites = await readLapsing(context.store, due)
  const changes = [
    ...links.map((link) => unanswered(context, link, at)),
    ...invites.map((invite) => lapsed(context, invite, at)),
  ]
  const passed = await Promise.all(changes.map((change) => pass(context, { change, lease, onFault })))
  const isFull = [links, invites].some(({ length }) => length === limits.linkNewsBatchMax)
  return isFull && passed.every((done) => done)
}

async function pass(
  context: PipelineContext,
  of: { change: Change; lease: Lease; onFault(place: string, error: unknown): void },
): Promise<boolean> {
  try {
    return await context.committer.submit(joinChanges([of.change, { leases: [of.lease] }]))
  } catch (error) {
    if (!(error instanceof StaleChange)) of.onFault('links.deadline', error)
    return false
  }
}

/** Where no answer is waited for, a deadline says nothing. */
function lapsed(context: InviteContext, invite: InviteRow, at: Date): Change {
  const { change, means } = moveInvite(context, { invite, event: 'lapsed', at })
  if (means === 'transition') return change
  return { invites: [{ ...invite, deadline_at: null, version: invite.version + 1 }] }
}

/** The request stands on; both sides know that no answer came. */
export function unanswered(context: SayContext, link: LinkRow, at: Date): Change {
  const { news } = advance({ cell: link.cell, before: link.before ?? undefined }, 'unanswered')
  const row: LinkRow = { ...link, deadline_at: null, version: link.version + 1 }
  if (news === undefined) return { links: [row] }
  const event = eventRow(context, { link: row, saidBy: 'clock', news, message: null, at })
  return { links: [row], ...eventParts(context, row, event) }
}
