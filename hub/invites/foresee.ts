// What an invitation would come to, without making it: for a trial.

import { cellFor } from '../../routing/link.ts'
import { participantKey } from '../../schemas/ids.ts'
import type { InviteMade, InviteRequest } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { invitationRoute } from '../links/form-invitation.ts'
import { sidesOf } from '../links/say.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { readSubscriber } from '../store/links/claims.ts'
import { readLink } from '../store/links/reads.ts'
import { begin } from './begin.ts'
import { standingByInn } from './by-inn.ts'
import { madeOf } from './desk.ts'
import type { Making } from './making.ts'

/** The invitation that would serve, or the outcome of one that would be made. */
export type InviteForeseen = InviteMade | Pick<InviteMade, 'outcome'>

/** Only reads. Refusals are those the desk would give, but for what happens until then. */
export async function foreseeInvite(
  context: PipelineContext,
  request: InviteRequest,
): Promise<InviteForeseen | Refusal> {
  const begun = await begin(context, request)
  if (isRefusal(begun)) return begun
  if ('earlier' in begun) return madeOf(begun.earlier, { isRepeated: true })
  const { counterparty } = request
  if (counterparty.by === 'inn') {
    const standing = await standingByInn(context, { ...begun, counterparty })
    return standing === undefined
      ? { outcome: 'unclaimed' }
      : madeOf(standing, { isRepeated: true, isStanding: true })
  }
  return foreseeById(context, begun, counterparty)
}

async function foreseeById(
  context: PipelineContext,
  { request, sender }: Making,
  { id }: { id: Making['sender']['id'] },
): Promise<InviteForeseen | Refusal> {
  const { home, at } = request
  const known = await readSubscriber(context.store, participantKey(id))
  if (known?.state === 'retired' || known?.state === 'inactive') {
    return refuse('invite.retired', known.moved_to ?? known.state, 'counterparty')
  }
  const { first, second, side } = sidesOf({ by: sender.id, to: id })
  const link = await readLink(context.store, participantKey(first), participantKey(second))
  const cell = cellFor(side, link?.cell ?? 'none')
  // A Запрос of ours answers one of theirs.
  const isAsked = cell === 'asked-by-them' || cell === 'asked-again-by-them'
  if (cell === 'linked' || isAsked) return { outcome: 'linked' }
  const route = invitationRoute(context, { home, to: id, at })
  if (!isRefusal(route)) return { outcome: 'asked' }
  return route.code === 'route.capability' ? { outcome: 'application' } : route
}
