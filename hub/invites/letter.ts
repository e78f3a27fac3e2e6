// Letters of invitations, as rows for whoever sends them.

import type { PipelineContext } from '../pipeline/context.ts'
import type { InviteRow, LetterKind, LetterRow } from '../store/links/rows.ts'

/** A letter to the counterparty; none when its e-mail is not known. */
export function lettersTo(
  context: Pick<PipelineContext, 'clock'>,
  { invite, kind, at }: { invite: Pick<InviteRow, 'id' | 'email'>; kind: LetterKind; at: Date },
): LetterRow[] {
  if (invite.email === null) return []
  return [
    {
      id: context.clock.newId(),
      kind,
      invite: invite.id,
      recipient: invite.email,
      language: 'ru',
      state: 'queued',
      attempts: 0,
      due_at: at,
      made_at: at,
      ended_at: null,
      message_id: null,
      reason: null,
    },
  ]
}
