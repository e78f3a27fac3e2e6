// Links and invitations of tests, written by hand as the parts that move them would write them.

import { randomUUID } from 'node:crypto'
import { say } from '../../hub/links/say.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import { joinChanges } from '../../hub/store/hot/change.ts'
import { readInvite } from '../../hub/store/links/reads.ts'
import type { InviteRow } from '../../hub/store/links/rows.ts'
import type { ParticipantId } from '../../schemas/ids.ts'

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
  const invite: InviteRow = {
    id: context.clock.newId(),
    home,
    key: randomUUID(),
    digest: 'test',
    kind: 'by-inn',
    sender,
    sender_inn: '7712345678',
    sender_kpp: null,
    sender_name: 'ООО "Свой"',
    counterparty: standIn,
    stand_in: standIn,
    inn: '7700000000',
    kpp: null,
    name: null,
    email: 'buyer@example.ru',
    message: null,
    comment: null,
    state: 'unclaimed',
    state_at: at,
    reason: null,
    link: null,
    said_message: null,
    application: null,
    bulk: null,
    is_automatic: true,
    made_at: at,
    deadline_at: new Date(at.getTime() + 86_400_000),
    mail: 'sent',
    version: 1,
  }
  const subscriber = {
    key: standIn.toLowerCase(),
    id: standIn,
    code: standIn.slice(0, 3).toUpperCase(),
    inn: '7700000000',
    kpp: null,
    name: null,
    state: 'inactive' as const,
    source: 'invite' as const,
    at,
  }
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
