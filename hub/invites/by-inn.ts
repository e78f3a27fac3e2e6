// An invitation by ИНН and e-mail: an inactive subscriber stands in for the counterparty until somebody claims it.

import { randomBytes } from 'node:crypto'
import { type OperatorCode, type ParticipantId, parseParticipantId } from '../../schemas/ids.ts'
import type { InvitedCounterparty } from '../../schemas/invites/invite.ts'
import { parseEmail } from '../../schemas/mail/email.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { joinChanges } from '../store/hot/change.ts'
import { readOpenByInn } from '../store/links/invites.ts'
import { seenOf } from './ask.ts'
import type { Made, Making } from './making.ts'
import { newInvite } from './row.ts'

type ByInn = Making & { counterparty: Extract<InvitedCounterparty, { by: 'inn' }> }

/** The strength of an id nobody can guess: whoever knew it could write to it. */
const standInBytes = 16

/** The one that stands is given again while it is open: its letter may be sent once more by its own call. */
export async function inviteByInn(context: PipelineContext, making: ByInn): Promise<Made> {
  const { request, sender, counterparty } = making
  const { home, at } = request
  const { inn, kpp, name, email } = counterparty
  const address = parseEmail(email) ?? email
  const open = await readOpenByInn(context.store, { home, sender: sender.id, inn, email: address })
  if (open !== undefined) return { invite: open }
  const standIn = newStandIn(home)
  const { invite, change } = newInvite(context, making, {
    state: 'unclaimed',
    counterparty: standIn,
    standIn,
  })
  const subscribers = [seenOf({ id: standIn, inn, kpp, name }, 'inactive', at)]
  return { invite, change: joinChanges([change, { subscribers }]) }
}

/** An id of the home code in the form of every participant id: the code, a hyphen, 32 hex digits. */
function newStandIn(home: OperatorCode): ParticipantId {
  const id = parseParticipantId(`${home}-${randomBytes(standInBytes).toString('hex')}`)
  if (id === undefined) throw new TypeError('an id of a code and 33 characters is a participant id')
  return id
}
