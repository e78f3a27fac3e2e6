// The invitation that goes with a message: read from the request of the message, shown in its answer.

import type { MessageSubmitted } from '../../../../schemas/api.ts'
import type { MessageRequest } from '../../../../schemas/api-requests.ts'
import type { InviteRequest } from '../../../../schemas/invites/invite.ts'
import type { InviteForeseen } from '../../../invites/foresee.ts'
import type { Caller } from '../access.ts'
import { invalid, readParticipant } from '../checks.ts'
import { hrefOfInvite, outcomeTexts } from './view.ts'

/**
 * The request of the desk of invitations; undefined for a message to an id alone. Its key is that of the message with a
 * word and a space before it, which no key of a service has. Throws api.invalid.
 */
export function readInviting(
  message: MessageRequest,
  of: { caller: Caller; key: string; remote: string; at: Date },
): InviteRequest | undefined {
  checkShape(message)
  const { sender, senderOrganisation: known = {}, recipient, counterparty, invite } = message
  const texts = counterparty ?? invite
  if (texts === undefined) return undefined
  const { caller, key, remote, at } = of
  const id = readParticipant(sender, 'body/sender')
  const to = counterparty ?? { id: readParticipant(recipient ?? '', 'body/recipient') }
  return {
    home: caller.home,
    key: `message ${key}`,
    sender: { id, inn: known.inn, kpp: known.kpp, name: known.name },
    counterparty:
      'id' in to
        ? { by: 'id', id: to.id, email: invite?.email }
        : { by: 'inn', inn: to.inn, kpp: to.kpp, name: to.name, email: to.email },
    message: texts.message,
    comment: texts.comment,
    bulk: undefined,
    takesStanding: true,
    remote,
    apiKey: caller.key,
    at,
  }
}

function checkShape({ recipient, counterparty, invite, senderOrganisation, replaces }: MessageRequest): void {
  if ((recipient === undefined) === (counterparty === undefined)) {
    throw invalid('нужно одно из двух (one of both): recipient, counterparty', 'body')
  }
  if (counterparty !== undefined && invite !== undefined) {
    throw invalid('counterparty уже приглашает (already invites)', 'body/invite')
  }
  const isInviting = counterparty !== undefined || invite !== undefined
  if (senderOrganisation !== undefined && !isInviting) {
    throw invalid('только при приглашении (only with an invitation)', 'body/senderOrganisation')
  }
  if (replaces !== undefined && isInviting) {
    throw invalid('новая версия никого не приглашает (a new version invites nobody)', 'body/replaces')
  }
}

/** It in the answer to the message; null for a message to an id alone. */
export function invitationOf(invited: InviteForeseen | undefined): MessageSubmitted['invitation'] {
  if (invited === undefined) return null
  const { outcome } = invited
  const made = 'invite' in invited ? invited : undefined
  return {
    id: made?.invite ?? null,
    outcome,
    outcomeText: outcomeTexts[outcome],
    counterparty: made?.counterparty ?? null,
    href: made === undefined ? null : hrefOfInvite(made.invite),
  }
}
