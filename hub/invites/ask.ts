// Asks a counterparty for a link, unless both are linked or the request stands already.

import { cellFor } from '../../routing/link.ts'
import { operatorCodeOf, participantKey } from '../../schemas/ids.ts'
import type { InvitedOrganisation } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { formInvitation, type OutgoingInvitation } from '../links/form-invitation.ts'
import { homeOf } from '../links/home-of.ts'
import { moveInvitesOf } from '../links/pair-invites.ts'
import { type Said, say, sayOn, sidesOf } from '../links/say.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { readLink } from '../store/links/reads.ts'
import type { LinkRow, SubscriberSeen } from '../store/links/rows.ts'

/** What came of asking: linked by now, or a request stands. `message` carries it; null where nothing has to travel. */
export type Asked = { is: 'linked' | 'asked'; link: LinkRow; message: string | null; change: Change }

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
    if (cell === 'linked') return { is: 'linked', link, message: null, change: unchanged(link) }
    if (cell === 'asked-by-us' || cell === 'asked-again-by-us') {
      const last = link.sayings.findLast((one) => one.side === side && one.type === 'ask')
      return { is: 'asked', link, message: last?.message ?? null, change: unchanged(link) }
    }
  }
  const said = await speak(context, { ...asking, type: 'ask' })
  if (isRefusal(said)) return said
  return { ...said, is: said.said.to === 'linked' ? 'linked' : 'asked', link: said.said.link }
}

/** An invitation that the caller moves itself. */
type Except = { except?: string }

/** Says it, to the link alone within a home code, else by a message; invitations between the two move with it. */
export async function speak(
  context: PipelineContext,
  { except, ...invitation }: OutgoingInvitation & Except,
): Promise<{ said: Said; message: string | null; change: Change } | Refusal> {
  const { home, type, from, to, at } = invitation
  if (homeOf(context, to.id, at) === home) {
    const said = await say(context, { by: from.id, to: to.id, type, sentAt: at.toISOString(), at })
    const moved = await movedBy(context, { said, by: from.id, type, at, except })
    return { said, message: null, change: joinChanges([said.change, moved]) }
  }
  const formed = await formInvitation(context, invitation)
  if (isRefusal(formed)) return formed
  const { said, message } = formed
  const moved = await movedBy(context, { said, by: from.id, type, at, except })
  return { said, message: message.id, change: joinChanges([formed.change, moved]) }
}

type Saying = Omit<Parameters<typeof moveInvitesOf>[1], 'except'> & { except: string | undefined }

function movedBy(context: PipelineContext, { except, ...saying }: Saying): Promise<Change> {
  return moveInvitesOf(context, { ...saying, ...(except === undefined ? {} : { except }) })
}

/** Both subscribers of one home code ask, one after the other, in one change. */
export async function askBoth(
  context: PipelineContext,
  { from, to, at, except }: Pick<OutgoingInvitation, 'from' | 'to' | 'at'> & Except,
): Promise<{ link: LinkRow; change: Change }> {
  const sentAt = at.toISOString()
  const one = await say(context, { by: from.id, to: to.id, type: 'ask', sentAt, at })
  const other = sayOn(context, one.link, { by: to.id, to: from.id, type: 'ask', sentAt, at })
  const link = { ...other.link, version: one.link.version }
  const { links: _before, ...rest } = one.change
  const moved = await movedBy(context, { said: other, by: to.id, type: 'ask', at, except })
  return { link, change: joinChanges([rest, { ...other.change, links: [link] }, moved]) }
}

/** Writes the link as it is: whoever moved it meanwhile makes the change stale. */
function unchanged(link: LinkRow): Change {
  return { links: [{ ...link, version: link.version + 1 }] }
}

/** What is learned of an organisation that is named in an invitation. */
export function seenOf(
  { id, inn, kpp, name }: InvitedOrganisation,
  state: SubscriberSeen['state'],
  at: Date,
): SubscriberSeen {
  return {
    key: participantKey(id),
    id,
    code: operatorCodeOf(id),
    inn: inn ?? null,
    kpp: kpp ?? null,
    name: name ?? null,
    state,
    source: 'invite',
    at,
  }
}
