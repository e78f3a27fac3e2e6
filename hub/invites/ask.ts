// Asks a counterparty for a link, unless both are linked or the request stands already.

import { cellFor } from '../../routing/link.ts'
import { participantKey } from '../../schemas/ids.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import type { OutgoingInvitation } from '../links/form-invitation.ts'
import { sidesOf } from '../links/say.ts'
import { type Except, speak } from '../links/speak.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import type { Change } from '../store/hot/change.ts'
import { readLink } from '../store/links/reads.ts'
import type { LinkRow } from '../store/links/rows.ts'

/**
 * What came of asking: linked by now, or a request stands. `message` carries it; null where nothing has to travel.
 * `isCarried`: the attachment is in that message.
 */
export type Asked = {
  is: 'linked' | 'asked'
  link: LinkRow
  message: string | null
  change: Change
  isCarried: boolean
}

/**
 * Gives the change that asks. Linked already or asked already, it sends nothing and only makes sure that this still holds
 * at the commit. Two subscribers of one home code need no package: what one says is put to the link and is news in the
 * inbox of the code. Refusals: those of the route, route.capability for an operator that takes no invitations.
 */
export async function ask(
  context: PipelineContext,
  asking: Omit<OutgoingInvitation, 'type'> & Except,
): Promise<Asked | Refusal> {
  const { from, to } = asking
  const { first, second, side } = sidesOf({ by: from.id, to: to.id })
  const link = await readLink(context.store, participantKey(first), participantKey(second))
  if (link !== undefined) {
    const cell = cellFor(side, link.cell)
    if (cell === 'linked')
      return { is: 'linked', link, message: null, change: unchanged(link), isCarried: false }
    if (cell === 'asked-by-us' || cell === 'asked-again-by-us') {
      const last = link.sayings.findLast((one) => one.side === side && one.type === 'ask')
      const message = last?.message ?? null
      return { is: 'asked', link, message, change: unchanged(link), isCarried: false }
    }
  }
  const spoken = await speak(context, { ...asking, type: 'ask' })
  if (isRefusal(spoken)) return spoken
  const { said, message = null, change, isCarried } = spoken
  return { is: said.to === 'linked' ? 'linked' : 'asked', link: said.link, message, change, isCarried }
}

/** Writes the link as it is: whoever moved it meanwhile makes the change stale. */
function unchanged(link: LinkRow): Change {
  return { links: [{ ...link, version: link.version + 1 }] }
}
