// The runner of the invite machine: what an event means for an invitation, as a change to commit.

import { step } from '../../routing/machine.ts'
import { type InviteEvent, inviteMachine } from '../../routing/machines/invite.ts'
import type { RefusalCode } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { Change } from '../store/hot/change.ts'
import type { InviteRow, LinkEventRow } from '../store/links/rows.ts'
import { measureOfInvite } from './measures.ts'

/** What it needs of the pipeline. */
export type InviteContext = Pick<PipelineContext, 'clock'> & {
  settings: Pick<PipelineContext['settings'], 'linkAnswerWithinMs'>
}

/** What happened to an invitation, with the columns the event brings along. */
export type InviteMove = {
  invite: InviteRow
  event: InviteEvent
  patch?: Partial<InviteRow>
  reason?: RefusalCode
  at: Date
}

/**
 * Gives the change: the row over the version that was read, an event for the service, and its journal entry. An event that
 * has no row in this state is noted in the journal and changes nothing.
 */
export function moveInvite(
  context: InviteContext,
  { invite, event, patch = {}, reason, at }: InviteMove,
): { change: Change; invite: InviteRow; means: 'transition' | 'late' | 'impossible' } {
  const found = step(inviteMachine, invite.state, event, () => false)
  const facts = { event, from: invite.state, home: invite.home, reason }
  const journal = (to: InviteRow['state']) => ({
    id: context.clock.newId(),
    at,
    kind: 'invite.moved' as const,
    subject: invite.id,
    facts: { ...facts, to },
  })
  if (found.means !== 'transition') {
    return { change: { journal: [journal(invite.state)] }, invite, means: found.means }
  }
  const state = found.row.to
  const isWaiting = 'deadline' in inviteMachine.states[state]
  const row: InviteRow = {
    ...invite,
    ...patch,
    state,
    state_at: at,
    reason: reason ?? null,
    deadline_at: isWaiting ? new Date(at.getTime() + context.settings.linkAnswerWithinMs) : null,
    version: invite.version + 1,
  }
  const told = inviteNews(context, { invite: row, news: event, at })
  const counted = { linkMeasures: measureOfInvite(row, at), journal: [journal(state)] }
  return { change: { invites: [row], ...told, ...counted }, invite: row, means: 'transition' }
}

/** An event of an invitation with its entry for the inbox of the home code that made it. */
export function inviteNews(
  context: Pick<InviteContext, 'clock'>,
  { invite, news, at }: { invite: InviteRow; news: LinkEventRow['news']; at: Date },
): Pick<Change, 'linkEvents' | 'homeArrivals'> {
  const event: LinkEventRow = {
    id: context.clock.newId(),
    link: invite.link,
    invite: invite.id,
    at,
    said_by: 'hub',
    news,
    cell: null,
    state: invite.state,
    reason: invite.reason,
    message: invite.said_message,
  }
  const arrival = {
    id: context.clock.newId(),
    home: invite.home,
    kind: 'invite' as const,
    message: event.id,
    at,
  }
  return { linkEvents: [event], homeArrivals: [arrival] }
}
