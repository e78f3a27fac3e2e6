// Reads the request of an invitation: by id or by ИНН, never both.

import type { InvitationRequest } from '../../../../schemas/invites/api.ts'
import type { InvitedCounterparty, InviteRequest } from '../../../../schemas/invites/invite.ts'
import type { Caller } from '../access.ts'
import { invalid, readParticipant } from '../checks.ts'

/** Makes the request of the desk, without documents. Throws api.invalid. */
export function readInvitation(
  body: InvitationRequest,
  of: { caller: Caller; key: string; remote: string; at: Date },
): InviteRequest {
  const { sender, message, comment } = body
  const { caller, key, remote, at } = of
  const id = readParticipant(sender.id, 'body/sender/id')
  return {
    home: caller.home,
    key,
    sender: { id, inn: sender.inn, kpp: sender.kpp, name: sender.name },
    counterparty: readCounterparty(body),
    message,
    comment,
    bulk: undefined,
    remote,
    apiKey: caller.key,
    at,
  }
}

function readCounterparty({ counterparty, email }: InvitationRequest): InvitedCounterparty {
  const { id, inn, kpp, name } = counterparty
  if (id === undefined) {
    if (inn === undefined) throw invalid('нужен id или inn (id or inn is needed)', 'body/counterparty')
    if (email === undefined) throw invalid('с inn нужен email (needed with inn)', 'body/email')
    return { by: 'inn', inn, kpp, name, email }
  }
  if (inn !== undefined || kpp !== undefined || name !== undefined) {
    throw invalid('с id других сведений не нужно (an id stands alone)', 'body/counterparty')
  }
  return { by: 'id', id: readParticipant(id, 'body/counterparty/id'), email }
}
