// The two parties of an invitation as its Запрос names them.

import type { ParticipantId } from '../../schemas/ids.ts'
import type { InvitedOrganisation } from '../../schemas/package.ts'
import type { InviteRow } from '../store/links/rows.ts'

/** Who invites. */
export function inviterOf(invite: InviteRow): InvitedOrganisation {
  const { sender, sender_inn: inn, sender_kpp: kpp, sender_name: name } = invite
  return { id: sender as ParticipantId, inn, kpp: kpp ?? undefined, name }
}

/** Who is invited, with what the inviter knows of it. */
export function counterpartyOf({ counterparty, inn, kpp, name }: InviteRow): InvitedOrganisation {
  return {
    id: counterparty as ParticipantId,
    inn: inn ?? undefined,
    kpp: kpp ?? undefined,
    name: name ?? undefined,
  }
}
