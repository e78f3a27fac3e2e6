// Rows of invitations and letters for tests that need no service to make them.

import { newRowId } from '../../hub/store/ids.ts'
import type { InviteRow, LetterRow } from '../../hub/store/links/rows.ts'

/** An invitation that was asked, of our 2HH to 2BM. */
export function inviteRow(over: Partial<InviteRow> = {}): InviteRow {
  const id = newRowId()
  return {
    id,
    home: '2HH',
    key: `key-${id}`,
    digest: 'd',
    kind: 'by-id',
    sender: '2HH-7707083893',
    sender_inn: '7707083893',
    sender_kpp: null,
    sender_name: 'ООО «Ромашка»',
    counterparty: '2BM-7736050003-773601001',
    stand_in: null,
    inn: '7736050003',
    kpp: null,
    name: null,
    email: 'buh@firma.example.ru',
    message: 'Добрый день!\nПереходим на ЭДО с 1 декабря.',
    comment: null,
    state: 'asked',
    state_at: new Date(),
    reason: null,
    link: null,
    said_message: null,
    application: null,
    bulk: null,
    is_automatic: true,
    made_at: new Date(),
    deadline_at: null,
    mail: 'queued',
    version: 1,
    ...over,
  }
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
