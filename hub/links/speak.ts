// A home subscriber says Запрос or Разрыв: by a message, or to the link alone where the other one is of the same code.

import { participantKey } from '../../schemas/ids.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { readLink } from '../store/links/reads.ts'
import type { LinkRow } from '../store/links/rows.ts'
import { formInvitation, type OutgoingInvitation } from './form-invitation.ts'
import { homeOf } from './home-of.ts'
import { moveInvitesOf } from './pair-invites.ts'
import { ruleEntry, ruleFor } from './rule.ts'
import { type Said, say, sayOn, sidesOf } from './say.ts'

/** An invitation that the caller moves itself. */
export type Except = { except?: string }

/**
 * What was said. `message` carries it in `package`; both are undefined where nothing has to travel. `isCarried`: the
 * attachment is in that message.
 */
export type Spoken = { said: Said; message?: string; package?: string; change: Change; isCarried: boolean }

/**
 * Says it and moves the invitations between the two that wait. What one subscriber of a home code says to another of the same
 * is put to the link and is news in the inbox of the code; a rule of the one that is asked accepts it in the same change.
 * To be committed whole; a StaleChange means to do it all again. Refusals: those of the route and of the writer.
 */
export async function speak(
  context: PipelineContext,
  { except, ...invitation }: OutgoingInvitation & Except,
): Promise<Spoken | Refusal> {
  const { home, type, from, to, at } = invitation
  if (homeOf(context, to.id, at) === home) return speakAtHome(context, { ...invitation, ...named(except) })
  const formed = await formInvitation(context, invitation)
  if (isRefusal(formed)) return formed
  const { said, message, package: packageId, isCarried } = formed
  const moved = await moveInvitesOf(context, { said, by: from.id, type, at, ...named(except) })
  const change = joinChanges([formed.change, moved])
  return { said, message: message.id, package: packageId, change, isCarried }
}

async function speakAtHome(
  context: PipelineContext,
  { home, type, from, to, at, except }: OutgoingInvitation & Except,
): Promise<Spoken> {
  const said = await say(context, { by: from.id, to: to.id, type, sentAt: at.toISOString(), at })
  const rule =
    type === 'ask' && said.to !== 'linked'
      ? await ruleFor(context, { home, own: to.id, asking: { id: from.id, inn: from.inn } })
      : undefined
  if (rule !== undefined) {
    const both = await speakBoth(context, { from, to, at, ...named(except) })
    const of = { rule, own: to.id, counterparty: from.id, subject: both.link.id, at }
    const change = joinChanges([both.change, { journal: [ruleEntry(context, of)] }])
    return { said: { ...said, link: both.link, to: 'linked' }, change, isCarried: false }
  }
  const moved = await moveInvitesOf(context, { said, by: from.id, type, at, ...named(except) })
  return { said, change: joinChanges([said.change, moved]), isCarried: false }
}

/**
 * Both ask, one after the other, in one change and without a message: two subscribers of one home code, or ours and one
 * whose operator says it was set up. One row is written, over the version that was read.
 */
export async function speakBoth(
  context: PipelineContext,
  { from, to, at, except }: Pick<OutgoingInvitation, 'from' | 'to' | 'at'> & Except,
): Promise<{ link: LinkRow; change: Change }> {
  const { first, second } = sidesOf({ by: from.id, to: to.id })
  const stored = await readLink(context.store, participantKey(first), participantKey(second))
  const asking = { type: 'ask', sentAt: at.toISOString(), at } as const
  const one = sayOn(context, stored, { ...asking, by: from.id, to: to.id })
  const other = sayOn(context, one.link, { ...asking, by: to.id, to: from.id })
  const link = { ...other.link, version: (stored?.version ?? 0) + 1 }
  const said: Said = { ...other, link, from: one.from }
  const moved = await moveInvitesOf(context, { said, by: from.id, type: 'ask', at, ...named(except) })
  const { links: _between, ...begun } = one.change
  return { link, change: joinChanges([begun, { ...other.change, links: [link] }, moved]) }
}

function named(except: string | undefined): Except {
  return except === undefined ? {} : { except }
}
