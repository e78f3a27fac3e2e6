// Invitations that need an application, as the desk of invitations leaves them.

import type { InviteRow } from '../../hub/store/links/rows.ts'
import { inviteRow } from './invite-rows.ts'
import { innOf } from './lists.ts'

/** An invitation of a subscriber of 2AB to the n-th counterparty of 2ZB. */
export function waitingInvite(n: number, over: Partial<InviteRow> = {}): InviteRow {
  return inviteRow({
    sender_kpp: '770701001',
    counterparty: `2ZB-${innOf(n)}-770701001`,
    inn: innOf(n),
    kpp: '770701001',
    name: `ООО "Контрагент ${n}"`,
    state: 'application',
    ...over,
  })
}

/** The first so many of them. */
export function waitingInvites(count: number, over: Partial<InviteRow> = {}): InviteRow[] {
  return Array.from({ length: count }, (_, n) => waitingInvite(n + 1, over))
}
