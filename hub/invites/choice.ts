// The three choices behind a claim link, as changes: become our subscriber, enter an id at another operator, decline.

import { resolve } from '../../routing/directory.ts'
import type { Directory } from '../../schemas/directory/directory.ts'
import { type OperatorCode, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { isPersonInn, kppRefusal } from '../../schemas/inn.ts'
import type { ClaimChoice, ClaimOutcome } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { seenOf } from '../directory/seen.ts'
import { homeOf } from '../links/home-of.ts'
import { moveInvite } from '../links/move-invite.ts'
import { counterpartyOf, inviterOf } from '../links/parties.ts'
import { speakBoth } from '../links/speak.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import type { InviteRow, SubscriberMove } from '../store/links/rows.ts'
import { ask } from './ask.ts'
import { lettersTo } from './letter.ts'
import { isLine, isName } from './texts.ts'

/** The pipeline, and what only claims need. */
export type ClaimContext = PipelineContext & {
  directory?: Pick<Directory, 'lookUp'>
  /** Our operator, for people; the name in the book unless given. */
  operatorName?: string
}

/** A choice of an unclaimed invitation. */
export type Choosing = { invite: InviteRow; choice: ClaimChoice; at: Date }

/** What it comes to, and what makes it so once it is committed. */
export type Chosen = { outcome: ClaimOutcome; invite: InviteRow; change: Change }

/** What is wrong with the choice itself. A directory that does not answer blocks nobody: "not found" alone refuses. */
export async function faultOfChoice(
  context: ClaimContext,
  { invite, choice, at }: Choosing,
): Promise<Refusal | undefined> {
  if (choice.is === 'decline') return undefined
  if (choice.is === 'join') return faultOfJoin(choice, invite)
  const { id } = choice
  // domain 1.1: the strict alphabet of the 1.03 schemas, at the one place where a person types an id.
  if (!/^[A-Za-z0-9@.-]{4,46}$/.test(id)) return refuse('claim.id', `знаков (characters): ${[...id].length}`)
  if (participantKey(id) === participantKey(invite.sender as ParticipantId)) return refuse('claim.own', id)
  const isHome = context.settings.homeCodes.includes(id.slice(0, 3).toUpperCase())
  if (isHome || homeOf(context, id, at) !== undefined) return refuse('claim.home-id', id)
  const found = await context.directory?.lookUp({ id })
  return found?.status === 'not-found' ? refuse('claim.not-in-directory', id) : undefined
}

function faultOfJoin(
  { name, kpp, contact }: Extract<ClaimChoice, { is: 'join' }>,
  { inn }: InviteRow,
): Refusal | undefined {
  if (!isName(name.trim())) return refuse('claim.text', 'название (name)', 'name')
  if (!isLine(contact.trim(), limits.inviteContactLengthMax)) {
    return refuse('claim.text', 'контакт (contact)', 'contact')
  }
  if (kpp === undefined) return undefined
  if (kppRefusal(kpp) !== undefined) return refuse('claim.text', 'КПП', 'kpp')
  return inn !== null && isPersonInn(inn) ? refuse('claim.text', 'КПП при ИНН из 12 цифр', 'kpp') : undefined
}

/** The change of a choice that is right. Refusals: claim.operator, claim.home-id, and those of the writer. */
export async function settle(context: ClaimContext, choosing: Choosing): Promise<Chosen | Refusal> {
  const { choice } = choosing
  switch (choice.is) {
    case 'join':
      return join(context, choosing, choice)
    case 'id':
      return enterId(context, choosing, choice.id)
    case 'decline':
      return decline(context, choosing)
  }
}

/** The answer to the same choice made again. */
export function outcomeAgain(context: ClaimContext, { invite, choice, at }: Choosing): ClaimOutcome {
  const id = invite.counterparty as ParticipantId
  if (choice.is === 'decline') return { is: 'declined' }
  if (choice.is === 'join') return { is: 'joined', id }
  const is = invite.state === 'application' ? 'application' : 'asked'
  return { is, id, operator: operatorName(context, id, at) }
}

/** By becoming our subscriber to be linked with the inviter, one has accepted: both requests are said at once. */
async function join(
  context: ClaimContext,
  { invite, at }: Choosing,
  choice: Extract<ClaimChoice, { is: 'join' }>,
): Promise<Chosen> {
  const id = invite.counterparty as ParticipantId
  const name = choice.name.trim()
  const kpp = choice.kpp ?? null
  const to = { id, inn: invite.inn ?? undefined, kpp: choice.kpp, name }
  const { link, change } = await speakBoth(context, { from: inviterOf(invite), to, at, except: invite.id })
  const patch = { name, kpp, link: link.id }
  const joined = moveInvite(context, { invite, event: 'joined', patch, at })
  const linked = moveInvite(context, { invite: joined.invite, event: 'linked', at })
  const subscriberMoves = [standInMove(invite, { state: 'active', kpp, name })]
  return {
    outcome: { is: 'joined', id },
    ...inOne(invite, [joined, linked]),
    change: joinChanges([change, inOne(invite, [joined, linked]).change, { subscriberMoves }]),
  }
}

async function enterId(
  context: ClaimContext,
  { invite, at }: Choosing,
  id: ParticipantId,
): Promise<Chosen | Refusal> {
  const operator = operatorName(context, id, at)
  const to = { ...counterpartyOf(invite), id }
  const home = invite.home as OperatorCode
  const comment = invite.message ?? undefined
  const by = { home, from: inviterOf(invite), remote: 'hub', apiKey: undefined, at }
  const asked = await ask(context, { ...by, to, comment, except: invite.id })
  const retired: Change = {
    subscriberMoves: [standInMove(invite, { state: 'retired', moved_to: id })],
    // Who typed an id is not its owner: nothing is learned of it but that it is there.
    subscribers: [seenOf({ id }, { state: 'known', source: 'invite', at })],
  }
  if (isRefusal(asked)) {
    if (asked.code === 'route.loop') return refuse('claim.home-id', id)
    if (asked.code === 'route.unknown-operator' || asked.code === 'route.no-peer') {
      return refuse('claim.operator', asked.seen)
    }
    if (asked.code !== 'route.capability') return asked
    const reason = asked.code
    const patch = { counterparty: id, is_automatic: false }
    const moved = moveInvite(context, { invite, event: 'application-needed', patch, reason, at })
    const change = joinChanges([moved.change, retired])
    return { outcome: { is: 'application', id, operator }, invite: moved.invite, change }
  }
  const letters = asked.is === 'asked' ? lettersTo(context, { invite, kind: 'asked', at }) : []
  const patch: Partial<InviteRow> = {
    counterparty: id,
    link: asked.link.id,
    said_message: asked.message,
    ...(letters.length > 0 ? { mail: 'queued' } : {}),
  }
  const claimed = moveInvite(context, { invite, event: 'claimed', patch, at })
  const moves = asked.is === 'asked' ? [claimed] : [claimed, linkedAfter(context, claimed.invite, at)]
  const whole = inOne(invite, moves)
  return {
    outcome: { is: 'asked', id, operator },
    invite: whole.invite,
    change: joinChanges([asked.change, whole.change, retired, { letters }]),
  }
}

function linkedAfter(context: ClaimContext, invite: InviteRow, at: Date) {
  return moveInvite(context, { invite, event: 'linked', at })
}

function decline(context: ClaimContext, { invite, at }: Choosing): Chosen {
  const refused = moveInvite(context, { invite, event: 'refused', at })
  return { outcome: { is: 'declined' }, invite: refused.invite, change: refused.change }
}

/** Several moves of one invitation as one write over the version that was read. */
function inOne(
  before: InviteRow,
  moves: readonly { invite: InviteRow; change: Change }[],
): { invite: InviteRow; change: Change } {
  const last = moves.at(-1)?.invite ?? before
  const invite = { ...last, version: before.version + 1 }
  const parts = moves.map(({ change: { invites: _each, ...rest } }) => rest)
  return { invite, change: joinChanges([...parts, { invites: [invite] }]) }
}

/** The stand-in of an unclaimed invitation moves on. */
function standInMove(
  { counterparty, stand_in: standIn, inn }: InviteRow,
  move: Partial<SubscriberMove> & Pick<SubscriberMove, 'state'>,
): SubscriberMove {
  const key = participantKey((standIn ?? counterparty) as ParticipantId)
  return { key, from: 'inactive', moved_to: null, inn, kpp: null, name: null, ...move }
}

function operatorName(context: ClaimContext, id: ParticipantId, at: Date): string {
  return resolve(context.book(), id, at).operator?.name ?? id.slice(0, 3).toUpperCase()
}
