// Invitations that need an application, as the desk of invitations leaves them.

import { newRowId } from '../../hub/store/ids.ts'
import type { InviteRow } from '../../hub/store/links/rows.ts'
import { innOf } from './lists.ts'

/** An invitation of a subscriber of 2AB to the n-th counterparty of 2ZB. */
export function waitingInvite(n: number, over: Partial<InviteRow> = {}): InviteRow {
  const at = new Date()
  const id = newRowId(at)
  return {
    id,
    home: '2AB',
    key: `key-${id}`,
    digest: '',
    kind: 'by-id',
    sender: '2AB-7707083893-770701001',
    sender_inn: '7707083893',
    sender_kpp: '770701001',
    sender_name: 'ООО "Наша"',
    counterparty: `2ZB-${innOf(n)}-770701001`,
    stand_in: null,
    inn: innOf(n),
    kpp: '770701001',
    name: `ООО "Контрагент ${n}"`,
    email: null,
    message: null,
    comment: null,
    state: 'application',
    state_at: at,
    reason: null,
    link: null,
    said_message: null,
    application: null,
    bulk: null,
    is_automatic: true,
    made_at: at,
    deadline_at: null,
    mail: 'none',
    version: 1,
    ...over,
  }
}

/** The first so many of them. */
export function waitingInvites(count: number, over: Partial<InviteRow> = {}): InviteRow[] {
  return Array.from({ length: count }, (_, n) => waitingInvite(n + 1, over))
}
