// The runner of the invite machine: what an event means for an invitation, as a change to commit.

import { step } from '../../routing/machine.ts'
import { type InviteEvent, inviteMachine } from '../../routing/machines/invite.ts'
import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import type { RefusalCode } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import type { InviteRow, LinkEventRow } from '../store/links/rows.ts'
import { claimEntry } from './claim-entry.ts'
import { howOf, measureOfInvite } from './measures.ts'

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
 * Gives the change: the row over the version that was read, an event for the service, and its journal entry. One that ends
 * while it waits for a claim takes its stand-in and its claim links along. An event that has no row in this state is noted
 * in the journal and changes nothing.
 */
export function moveInvite(
  context: InviteContext,
  { invite, event, patch = {}, reason, at }: InviteMove,
): { change: Change; invite: InviteRow; means: 'transition' | 'late' | 'impossible' } {
  const found = step(inviteMachine, invite.state, event, () => false)
  const facts = { event, from: invite.state, home: invite.home, reason }
  const journal = (to: InviteRow['state'], how?: string) => ({
    id: context.clock.newId(),
    at,
    kind: 'invite.moved' as const,
    subject: invite.id,
    facts: { ...facts, to, how },
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
  const how = state === 'linked' ? howOf(row.is_automatic) : undefined
  const counted = { linkMeasures: measureOfInvite(row, at), journal: [journal(state, how)] }
  const isOver = invite.state === 'unclaimed' && 'final' in inviteMachine.states[state]
  const ends = isOver ? endOfClaims(context, invite, at) : {}
  const change = joinChanges([{ invites: [row], ...told, ...counted }, ends])
  return { change, invite: row, means: 'transition' }
}

/** Nobody stands in for the counterparty any more, and no link of a letter is good. */
function endOfClaims(context: InviteContext, invite: InviteRow, at: Date): Change {
  const standIn = invite.stand_in as ParticipantId | null
  const unknown = { moved_to: null, inn: null, kpp: null, name: null }
  return {
    claimsRevoked: [{ invite: invite.id, at }],
    journal: [claimEntry(context, { invite, event: 'revoked', at })],
    ...(standIn === null
      ? {}
      : {
          subscriberMoves: [
            { key: participantKey(standIn), from: 'inactive', state: 'retired', ...unknown } as const,
          ],
        }),
  }
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
