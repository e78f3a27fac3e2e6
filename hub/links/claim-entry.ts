// Journal entries of claim links.

import type { PipelineContext } from '../pipeline/context.ts'
import type { InviteRow } from '../store/links/rows.ts'

/** An entry that says what became of a claim link; the token stands nowhere. */
export function claimEntry(
  context: Pick<PipelineContext, 'clock'>,
  { invite, event, at }: { invite: InviteRow; event: 'made' | 'used' | 'revoked'; at: Date },
) {
  const facts = { event, home: invite.home }
  return { id: context.clock.newId(), at, kind: 'invite.claim' as const, subject: invite.id, facts }
}
