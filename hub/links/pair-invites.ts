// What a change of a link means for the invitations between its two subscribers.

import type { InviteEvent } from '../../routing/machines/invite.ts'
import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { readOpenInvites } from '../store/links/follow-reads.ts'
import type { InviteRow } from '../store/links/rows.ts'
import { moveInvite } from './move-invite.ts'
import type { NewSaying, Said, SayContext } from './say.ts'

/**
 * Moves the invitations that wait between the two: a link ends them well, on whatever way it came; a Разрыв refuses those of
 * the other side and withdraws those of its own. To be committed with the change of the link. At most
 * limits.linkInvitesMovedMax; `except` is one that the caller moves.
 */
export async function moveInvitesOf(
  context: SayContext,
  of: { said: Said; by: ParticipantId; type: NewSaying['type']; at: Date; except?: string },
): Promise<Change> {
  const { said, at } = of
  const { link } = said
  if (said.from === said.to) return {}
  const pair = { link: link.id, first: link.first_key, second: link.second_key }
  const open = await readOpenInvites(context.store, { ...pair, countMax: limits.linkInvitesMovedMax })
  const changes = open.flatMap((invite) => {
    const event = invite.id === of.except ? undefined : eventFor(invite, of)
    if (event === undefined) return []
    return [moveInvite(context, { invite, event, patch: { link: link.id }, at }).change]
  })
  return joinChanges(changes)
}

function eventFor(
  invite: InviteRow,
  { said, by, type }: { said: Said; by: ParticipantId; type: NewSaying['type'] },
): InviteEvent | undefined {
  if (said.to === 'linked') return 'linked'
  if (type !== 'break' || invite.state !== 'asked') return undefined
  return participantKey(invite.sender as ParticipantId) === participantKey(by) ? 'withdrawn' : 'refused'
}
