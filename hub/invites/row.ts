// The row of a new invitation, and the parts of a change that go with every new one.

import { inviteMachine } from '../../routing/machines/invite.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { parseEmail } from '../../schemas/mail/email.ts'
import { measureOfMade } from '../links/measures.ts'
import { inviteNews } from '../links/move-invite.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { Change } from '../store/hot/change.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { lettersTo } from './letter.ts'
import type { Making } from './making.ts'

/** What differs between new invitations. */
export type NewInvite = {
  state: 'asked' | 'unclaimed' | 'application' | 'linked'
  counterparty: ParticipantId
  standIn?: ParticipantId
  link?: string
  /** The message that carries the Запрос. */
  said?: string | null
  reason?: string
}

/** The letter each state needs; none where there is nothing for the counterparty to do. */
const letterKinds = { asked: 'asked', unclaimed: 'claim', application: undefined, linked: undefined } as const

/** A new invitation with its event for the service, its letter and its journal entry. */
export function newInvite(
  context: PipelineContext,
  making: Making,
  made: NewInvite,
): { invite: InviteRow; change: Change } {
  const row = rowOf(context, making, made)
  const kind = letterKinds[made.state]
  const letters = kind === undefined ? [] : lettersTo(context, { invite: row, kind, at: row.made_at })
  const invite: InviteRow = { ...row, mail: letters.length > 0 ? 'queued' : 'none' }
  const { id, home, state, reason, made_at: at } = invite
  const facts = {
    event: 'made',
    to: state,
    home,
    reason: reason ?? undefined,
    sender: invite.sender,
    counterparty: invite.counterparty,
    bulk: invite.bulk ?? undefined,
    apiKey: making.request.apiKey,
  }
  const change: Change = {
    invites: [invite],
    letters,
    ...inviteNews(context, { invite, news: 'made', at }),
    linkMeasures: measureOfMade(invite),
    journal: [{ id: context.clock.newId(), at, kind: 'invite.moved', subject: id, facts }],
  }
  return { invite, change }
}

function rowOf(context: PipelineContext, { request, sender, digest }: Making, made: NewInvite): InviteRow {
  const { home, key, counterparty, message, comment, bulk, at } = request
  const { inn, kpp, name } =
    counterparty.by === 'inn' ? counterparty : { inn: undefined, kpp: undefined, name: undefined }
  const email = counterparty.email === undefined ? undefined : parseEmail(counterparty.email)
  const isWaiting = 'deadline' in inviteMachine.states[made.state]
  return {
    id: context.clock.newId(),
    home,
    key,
    digest,
    kind: counterparty.by === 'id' ? 'by-id' : 'by-inn',
    sender: sender.id,
    sender_inn: sender.inn,
    sender_kpp: sender.kpp ?? null,
    sender_name: sender.name,
    counterparty: made.counterparty,
    stand_in: made.standIn ?? null,
    inn: inn ?? null,
    kpp: kpp ?? null,
    name: name ?? null,
    email: email ?? null,
    message: message ?? null,
    comment: comment ?? null,
    state: made.state,
    state_at: at,
    reason: made.reason ?? null,
    link: made.link ?? null,
    said_message: made.said ?? null,
    application: null,
    bulk: bulk ?? null,
    is_automatic: made.state !== 'application',
    made_at: at,
    deadline_at: isWaiting ? new Date(at.getTime() + context.settings.linkAnswerWithinMs) : null,
    mail: 'none',
    version: 1,
  }
}
