// An invitation by ИНН and e-mail: an inactive subscriber stands in for the counterparty until somebody claims it.

import type { InvitedCounterparty } from '../../schemas/invites/invite.ts'
import { parseEmail } from '../../schemas/mail/email.ts'
import { seenOf } from '../directory/seen.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { joinChanges } from '../store/hot/change.ts'
import { readStandingByInn } from '../store/links/invites.ts'
import type { InviteRow } from '../store/links/rows.ts'
import type { Made, Making } from './making.ts'
import { newInvite } from './row.ts'
import { newStandIn } from './stand-in.ts'

type ByInn = Making & { counterparty: Extract<InvitedCounterparty, { by: 'inn' }> }

/**
 * The one that stands is given again, while it is open or when it made them a link: its letter may be sent once more by its
 * own call.
 */
export async function inviteByInn(context: PipelineContext, making: ByInn): Promise<Made> {
  const { request, counterparty } = making
  const { home, at } = request
  const { inn, kpp, name } = counterparty
  const standing = await standingByInn(context, making)
  if (standing !== undefined) return { invite: standing }
  const standIn = newStandIn(home)
  const { invite, change } = newInvite(context, making, {
    state: 'unclaimed',
    counterparty: standIn,
    standIn,
  })
  const subscribers = [seenOf({ id: standIn, inn, kpp, name }, { state: 'inactive', source: 'invite', at })]
  return { invite, change: joinChanges([change, { subscribers }]) }
}

/** The open one, or one whose link is open by now. */
export function standingByInn(
  context: PipelineContext,
  { request, sender, counterparty }: ByInn,
): Promise<InviteRow | undefined> {
  const { inn, kpp, email } = counterparty
  const of = { home: request.home, sender: sender.id, inn, kpp, email: parseEmail(email) ?? email }
  return readStandingByInn(context.store, of)
}
