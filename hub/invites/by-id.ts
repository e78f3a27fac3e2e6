// An invitation by the id of a counterparty: a Запрос to its operator, an application, or nothing where both are linked.

import { participantKey } from '../../schemas/ids.ts'
import type { InvitedCounterparty } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { joinChanges } from '../store/hot/change.ts'
import { readSubscriber } from '../store/links/claims.ts'
import { readOpenInvite } from '../store/links/invites.ts'
import { ask } from './ask.ts'
import type { Made, Making } from './making.ts'
import { newInvite } from './row.ts'

type ById = Making & { counterparty: Extract<InvitedCounterparty, { by: 'id' }> }

/**
 * While an invitation of the same two is open, another one would say nothing new and its letter would come twice:
 * invite.open names the one that stands, unless whoever asks takes it. A request that stands without an invitation, for it was said on another way, is
 * taken as that of the new one.
 */
export async function inviteById(context: PipelineContext, making: ById): Promise<Made | Refusal> {
  const { request, sender, counterparty } = making
  const { home, at, message: comment, remote, apiKey, attachment } = request
  const known = await readSubscriber(context.store, participantKey(counterparty.id))
  if (known?.state === 'retired' || known?.state === 'inactive') {
    return refuse('invite.retired', known.moved_to ?? known.state, 'counterparty')
  }
  const to = {
    id: counterparty.id,
    inn: known?.inn ?? undefined,
    kpp: undefined,
    name: known?.name ?? undefined,
  }
  const asked = await ask(context, { home, from: sender, to, comment, remote, apiKey, attachment, at })
  // Read after the link on whose version the change rests: an invitation made by another meanwhile moved that link.
  const open = await readOpenInvite(context.store, { home, sender: sender.id, counterparty: counterparty.id })
  const taken = open !== undefined && request.takesStanding === true ? { invite: open } : undefined
  if (isRefusal(asked)) {
    if (asked.code !== 'route.capability') return asked
    if (open !== undefined) return taken ?? refuse('invite.open', open.id)
    const made = { state: 'application', counterparty: counterparty.id, reason: asked.code } as const
    return newInvite(context, making, made)
  }
  if (asked.is === 'asked' && open !== undefined) return taken ?? refuse('invite.open', open.id)
  const { invite, change } = newInvite(context, making, {
    state: asked.is,
    counterparty: counterparty.id,
    link: asked.link.id,
    said: asked.message,
  })
  return { invite, change: joinChanges([asked.change, change]), isCarried: asked.isCarried }
}
