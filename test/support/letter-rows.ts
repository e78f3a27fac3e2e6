// Letters, and the invitations they are about, for tests that need no service to make them.

import { newRowId } from '../../hub/store/ids.ts'
import type { InviteRow, LetterRow } from '../../hub/store/links/rows.ts'
import { inviteRow } from './invite-rows.ts'

/** An invitation of our 2HH to 2BM with all that a letter tells. */
export function letteredInvite(over: Partial<InviteRow> = {}): InviteRow {
  return inviteRow({
    home: '2HH',
    sender: '2HH-7707083893',
    sender_name: 'ООО «Ромашка»',
    counterparty: '2BM-7736050003-773601001',
    inn: '7736050003',
    email: 'buh@firma.example.ru',
    message: 'Добрый день!\nПереходим на ЭДО с 1 декабря.',
    mail: 'queued',
    ...over,
  })
}

/** A letter of it that is due. */
export function letterRow(invite: InviteRow, over: Partial<LetterRow> = {}): LetterRow {
  return {
    id: newRowId(),
    kind: 'asked',
    invite: invite.id,
    recipient: invite.email ?? '',
    language: 'ru',
    state: 'queued',
    attempts: 0,
    due_at: new Date(),
    made_at: new Date(),
    ended_at: null,
    message_id: null,
    reason: null,
    ...over,
  }
}
