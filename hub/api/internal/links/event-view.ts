// Shows what happened to a link or an invitation to the service of a home code, as its subscriber sees it.

import { cellFor, type LinkSide } from '../../../../routing/link.ts'
import { inviteMachine } from '../../../../routing/machines/invite.ts'
import { type LinkCell, linkMachine, linkStatuses } from '../../../../routing/machines/link.ts'
import { type OperatorCode, type ParticipantId, participantKey } from '../../../../schemas/ids.ts'
import type { LinkEventView } from '../../../../schemas/links/api.ts'
import { type RefusalCode, refusals } from '../../../../schemas/refusals.ts'
import { homeOf } from '../../../links/home-of.ts'
import type { PipelineContext } from '../../../pipeline/context.ts'
import type { ShownEvent } from '../../../store/links/event-reads.ts'
import type { InviteRow } from '../../../store/links/rows.ts'
import { problemWords } from '../problems.ts'
import { newsWords } from './words.ts'

/** An event for a home code; undefined for one that is none of its own (RULES 4). */
export function eventView(
  context: Pick<PipelineContext, 'book' | 'clock' | 'settings'>,
  home: OperatorCode,
  event: ShownEvent,
): LinkEventView | undefined {
  if (event.invite !== null) return inviteEvent(home, event)
  const side = ownSide(context, home, event)
  return side === undefined ? undefined : linkEvent(side, event)
}

/**
 * The side of the home code. Where both are its subscribers there is one entry, as the side sees it that is told: who did not
 * say it; for the clock and the hub, who had asked.
 */
function ownSide(
  context: Pick<PipelineContext, 'book' | 'clock' | 'settings'>,
  home: OperatorCode,
  event: ShownEvent,
): LinkSide | undefined {
  const at = context.clock.now()
  const isOwn = (id: string | null) => id !== null && homeOf(context, id as ParticipantId, at) === home
  const [first, second] = [isOwn(event.first_id), isOwn(event.second_id)]
  if (!first || !second) return first ? 'first' : second ? 'second' : undefined
  switch (event.said_by) {
    case 'first':
      return 'second'
    case 'second':
      return 'first'
    case 'clock':
      return event.cell === 'asked-by-us' || event.cell === 'asked-again-by-us' ? 'first' : 'second'
    case 'hub':
      return isSame(event.from_id, event.second_id) ? 'second' : 'first'
  }
}

function isSame(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false
  return participantKey(one as ParticipantId) === participantKey(other as ParticipantId)
}

function linkEvent(side: LinkSide, event: ShownEvent): LinkEventView {
  const { id, at, news, said_by: said, message } = event
  const saidBy = said === 'first' || said === 'second' ? (said === side ? 'us' : 'counterparty') : said
  const cell = cellFor(side, event.cell ?? 'none')
  const [own, counterparty] =
    side === 'first' ? [event.first_id, event.second_id] : [event.second_id, event.first_id]
  return {
    id,
    at: at.toISOString(),
    news,
    newsText: newsWords(news, saidBy),
    saidBy,
    message,
    link: {
      id: event.link ?? '',
      own: own ?? '',
      counterparty: counterparty ?? '',
      ...((side === 'first' ? event.second : event.first) ?? unknown),
      ...cellWords(cell),
      linkedAt: cell === 'linked' ? at.toISOString() : null,
    },
    invite: null,
  }
}

const unknown = { inn: null, kpp: null, name: null }

/** A cell, its name for services, and its words. */
export function cellWords(cell: LinkCell): {
  status: string
  cell: LinkCell
  cellText: { ru: string; en: string }
} {
  const { ru, en } = linkMachine.states[cell]
  return { status: linkStatuses[cell], cell, cellText: { ru, en } }
}

function inviteEvent(home: OperatorCode, event: ShownEvent): LinkEventView | undefined {
  const { id, at, news, message, invitation } = event
  if (invitation === undefined || invitation.home !== home) return undefined
  const saidBy = event.said_by === 'clock' ? 'clock' : 'hub'
  const state = event.state ?? invitation.state
  return {
    id,
    at: at.toISOString(),
    news,
    newsText: newsWords(news, saidBy),
    saidBy,
    message,
    link: null,
    invite: inviteThen(invitation, state, event.reason),
  }
}

function inviteThen(
  invite: InviteRow,
  state: InviteRow['state'],
  reason: string | null,
): LinkEventView['invite'] {
  const { id, sender, counterparty, inn, kpp, name } = invite
  const { ru, en } = inviteMachine.states[state]
  const isFinal = 'final' in inviteMachine.states[state]
  const said = { state, stateText: { ru, en }, isFinal, reason: reasonOf(reason) }
  return { id, own: sender, counterparty, inn, kpp, name, ...said }
}

function reasonOf(code: string | null): NonNullable<LinkEventView['invite']>['reason'] {
  if (code === null) return null
  if (!Object.hasOwn(refusals, code)) return { code, title: code, advice: '' }
  const { title, advice } = problemWords(code as RefusalCode)
  return { code, title, advice }
}
