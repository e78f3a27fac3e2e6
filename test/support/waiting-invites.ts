// Links and invitations of tests, written by hand as the parts that move them would write them.

import { seenOf } from '../../hub/directory/seen.ts'
import { say } from '../../hub/links/say.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { joinChanges } from '../../hub/store/hot/change.ts'
import { readInvite } from '../../hub/store/links/reads.ts'
import type { InviteRow } from '../../hub/store/links/rows.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { unclaimedRow } from './invite-rows.ts'

/** Says a Запрос or Разрыв of one subscriber to another, as if its message had been delivered. */
export async function sayTo(
  context: PipelineContext,
  by: string,
  to: string,
  type: 'ask' | 'break' = 'ask',
): Promise<void> {
  const at = new Date()
  const saying = { by: by as ParticipantId, to: to as ParticipantId, type, sentAt: at.toISOString(), at }
  await context.committer.submit((await say(context, saying)).change)
}

/** Both ask: they are linked. */
export async function linkTwo(context: PipelineContext, one: string, other: string): Promise<void> {
  await sayTo(context, one, other)
  await sayTo(context, other, one)
}

/** An invitation by ИНН and e-mail that nobody claimed yet, and the inactive subscriber that stands in for the invited. */
export async function inviteUnknown(
  context: PipelineContext,
  of: { home: string; sender: string; standIn: string },
): Promise<InviteRow> {
  const { home, sender, standIn } = of
  const at = new Date()
  const inn = '7700000000'
  const invite = unclaimedRow(standIn, {
    home,
    sender,
    inn,
    email: 'buyer@example.ru',
    mail: 'sent',
    deadline_at: new Date(at.getTime() + 86_400_000),
  })
  const how = { state: 'inactive', source: 'invite', at } as const
  const subscriber = seenOf({ id: standIn as ParticipantId, inn }, how)
  await context.committer.submit({ invites: [invite], subscribers: [subscriber] })
  return invite
}

/** Moves an invitation by hand: what the claim page or the clock would do. */
export async function moveInviteTo(
  context: PipelineContext,
  invite: Pick<InviteRow, 'id'>,
  changes: Partial<InviteRow>,
): Promise<void> {
  const row = await readInvite(context.store, invite.id)
  if (row === undefined) throw new Error('no such invitation')
  await context.committer.submit(
    joinChanges([{ invites: [{ ...row, ...changes, version: row.version + 1 }] }]),
  )
}

/** The row of a subscriber after its stand-in was claimed: `retired` with the id it moved to, or `active`. */
export async function settleStandIn(
  context: PipelineContext,
  standIn: string,
  to: { state: 'active' | 'retired'; movedTo?: string },
): Promise<void> {
  await context.store.query('update subscriber set state = $2, moved_to = $3 where key = $1', [
    standIn.toLowerCase(),
    to.state,
    to.movedTo ?? null,
  ])
}
