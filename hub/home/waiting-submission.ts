// What a submission that waits for a link writes besides: its row of link_wait, and the end of the message it replaces.

import { chooseRoute, type Route } from '../../routing/route.ts'
import type { Submission } from '../../schemas/home.ts'
import { homePeerOf, type OperatorCode, participantKey } from '../../schemas/ids.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { moveContext, type PipelineContext } from '../pipeline/context.ts'
import { pairOf } from '../pipeline/linkless/judge.ts'
import { moveMessage } from '../pipeline/run/moves.ts'
import { type Change, joinChanges } from '../store/hot/change.ts'
import { readMessages } from '../store/hot/reads.ts'
import type { MessageRow } from '../store/hot/rows.ts'
import { type LinkWaitRow, readLinkWait, readStandIn } from '../store/links/waits.ts'

/** A message that went back to its sender, with what it waits for. */
export type Returned = { message: MessageRow; wait: LinkWaitRow }

/**
 * The message a submission replaces; undefined when it replaces none. Refusal: home.replaces unless it went back to this very
 * sender and the submission goes to the new id of its recipient.
 */
export async function returnedMessage(
  context: PipelineContext,
  { replaces, home, sender, recipient }: Submission,
): Promise<Returned | undefined | Refusal> {
  if (replaces === undefined) return undefined
  const message = (await readMessages(context.store, [replaces])).get(replaces)
  const isOwn = message?.peer === homePeerOf(home) && isSame(message.sender, sender)
  // RULES 4: of another's message nothing is said, not even that there is one.
  if (message === undefined || !isOwn) return refuse('home.replaces', `сообщения (message) ${replaces}`)
  if (message.state !== 'returned') return refuse('home.replaces', `сейчас (now) ${message.state}`)
  const wait = await readLinkWait(context.store, replaces)
  const wanted = wait?.places?.[0]?.new
  if (wait === undefined || wanted === undefined || !isSame(wanted, recipient)) {
    return refuse('home.replaces', `нужен получатель (the recipient must be) ${wanted ?? '?'}`)
  }
  return { message, wait }
}

/**
 * The route; for a recipient that stands in for a counterparty not connected yet, that to its home code. Such an id may be of
 * the very code of the sender: whether they need a hub between them is not known before it is claimed.
 */
export async function standInRoute(
  context: PipelineContext,
  { sender, recipient, inviting, at }: Submission,
  found: Route | Refusal,
): Promise<Route | Refusal> {
  if (!isRefusal(found) || found.code !== 'route.loop') return found
  const isInvited = inviting?.by === 'inn' || (await readStandIn(context.store, { sender, recipient }))
  if (!isInvited) return found
  const homeCodes = context.settings.homeCodes as OperatorCode[]
  const book = context.book()
  return chooseRoute({ book, homeCodes, recipient, ingressPeer: undefined, kind: 'message', at })
}

/**
 * The rows, by the id of the new message. The end of the replaced message rests on the version that was read: of two versions
 * at once one wins.
 */
export function waitingChange(
  context: PipelineContext,
  { submission, replaced }: { submission: Submission; replaced: Returned | undefined },
): (message: string) => Change {
  const { sender, recipient, waitsForLink = false, at } = submission
  if (!waitsForLink && replaced === undefined) return () => ({})
  const wait = {
    ...pairOf(sender, recipient),
    invite: replaced?.wait.invite ?? null,
    is_wanted: true,
    deadline_at: null,
    places: null,
  }
  if (replaced === undefined) return (message) => ({ linkWaits: [{ ...wait, message }] })
  const ended = moveMessage(replaced.message, { event: 'replaced' }, moveContext(context, at)).change
  return (message) => joinChanges([ended, { linkWaits: [{ ...wait, message }] }])
}

const isSame = (one: string, other: string) =>
  participantKey(one as Submission['sender']) === participantKey(other as Submission['sender'])
