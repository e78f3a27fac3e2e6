// Rows of invitations for tests that need no service to make them.

import { newRowId } from '../../hub/store/ids.ts'
import type { InviteRow } from '../../hub/store/links/rows.ts'

/** An invitation by id, of a subscriber of our 2AB to one of 2ZB, that was asked and needs no letter. */
export function inviteRow(over: Partial<InviteRow> = {}): InviteRow {
  const at = new Date()
  const id = newRowId()
  return {
    id,
    home: '2AB',
    key: `key-${id}`,
    digest: 'd',
    kind: 'by-id',
    sender: '2AB-7707083893-770701001',
    sender_inn: '7707083893',
    sender_kpp: null,
    sender_name: 'ООО "Наша"',
    counterparty: '2ZB-7736050003-773601001',
    stand_in: null,
    inn: null,
    kpp: null,
    name: null,
    email: null,
    message: null,
    comment: null,
    state: 'asked',
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

/** An invitation by ИНН that nobody claimed yet; the id stands in for whoever is invited. */
export function unclaimedRow(standIn: string, over: Partial<InviteRow> = {}): InviteRow {
  return inviteRow({
    kind: 'by-inn',
    counterparty: standIn,
    stand_in: standIn,
    state: 'unclaimed',
    ...over,
  })
}
