// Shows what a message waits for between its subscribers, and what must change in one that went back.

import { cellFor } from '../../../../routing/link.ts'
import { linkStatuses } from '../../../../routing/machines/link.ts'
import type { MessageDetails } from '../../../../schemas/api.ts'
import type { ParticipantId } from '../../../../schemas/ids.ts'
import { sidesOf } from '../../../links/say.ts'
import type { PipelineContext } from '../../../pipeline/context.ts'
import type { MessageRow } from '../../../store/hot/rows.ts'
import { readLink } from '../../../store/links/reads.ts'
import { readLinkWait } from '../../../store/links/waits.ts'

/** Reads it for a message that waits; nothing for all others, without a statement. */
export async function waitingOf(
  { store }: Pick<PipelineContext, 'store'>,
  { id, state, sender, recipient }: MessageRow,
): Promise<Pick<MessageDetails, 'waitsFor' | 'needsVersion'>> {
  if (state !== 'awaiting-link' && state !== 'returned') return { waitsFor: null, needsVersion: [] }
  const wait = await readLinkWait(store, id)
  if (wait === undefined) return { waitsFor: null, needsVersion: [] }
  const { first_key: first, second_key: second, invite, deadline_at: deadline, places } = wait
  const link = await readLink(store, first, second)
  const { side } = sidesOf({ by: sender as ParticipantId, to: otherOf(wait, { sender, recipient }) })
  return {
    waitsFor: {
      linkStatus: linkStatuses[cellFor(side, link?.cell ?? 'none')],
      invite,
      deadlineAt: deadline?.toISOString() ?? null,
    },
    needsVersion: places ?? [],
  }
}

/** The link is that with the new id, of a message that went back for it. */
function otherOf(
  { first_key: first, second_key: second }: { first_key: string; second_key: string },
  { sender }: { sender: string; recipient: string },
): ParticipantId {
  return (first === sender.toLowerCase() ? second : first) as ParticipantId
}
