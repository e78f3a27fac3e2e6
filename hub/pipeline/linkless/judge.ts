// Stage 4, links: which messages must be linked to go, and what becomes of those that are not.

import { cellFor } from '../../../routing/link.ts'
import {
  judgeLinkless,
  type LinklessAnswer,
  type LinklessPolicy,
  mayHaveLink,
} from '../../../routing/linkless.ts'
import { chooseRoute } from '../../../routing/route.ts'
import {
  homeCodeOf,
  type OperatorCode,
  type ParticipantId,
  type PeerId,
  participantKey,
} from '../../../schemas/ids.ts'
import { isRefusal, refusalText, refuse } from '../../../schemas/refusals.ts'
import { hasStandInForm } from '../../invites/stand-in.ts'
import { sidesOf } from '../../links/say.ts'
import type { MessageRow } from '../../store/hot/rows.ts'
import { type LinkFacts, readLinkFacts } from '../../store/links/waits.ts'
import { type PipelineContext, policyOf } from '../context.ts'
import { afterRelease, linkReasons } from '../reasons.ts'
import type { Named, NamedWait } from '../run/named.ts'

/** What is known of the links of messages, by message; only of those that need one. */
export type KnownLinks = ReadonlyMap<string, LinkFacts>

/**
 * Reads what is known of the subscribers of those messages that may have to be linked. Traffic between partners whose
 * policy passes everything costs no statement.
 */
export async function readLinks(
  context: PipelineContext,
  messages: readonly MessageRow[],
  now: Date,
): Promise<KnownLinks> {
  const keys = messages
    .filter((message) => mayNeedLink(context, message, now))
    .map(({ id, sender, recipient }) => ({
      message: id,
      sender: participantKey(sender as ParticipantId),
      recipient: participantKey(recipient as ParticipantId),
      ...pairOf(sender, recipient),
    }))
  return readLinkFacts(
    context.store,
    keys.map(({ first_key, second_key, ...key }) => ({ ...key, first: first_key, second: second_key })),
  )
}

/**
 * What left once goes on: a Разрыв after that changes nothing, for the other side has it. Messages of our own subscribers
 * are always looked at, for their sender may want them to wait; and so is whatever comes for an id that may stand in for
 * somebody, which no partner should know.
 */
function mayNeedLink(context: PipelineContext, message: MessageRow, now: Date): boolean {
  const { kind, package_out: out, sender, recipient, reason, peer } = message
  if (comesForStandIn(context, message)) return true
  if (kind !== 'message' || out !== null || !mayHaveLink(sender, recipient)) return false
  if (homeCodeOf(peer) !== undefined || reason?.startsWith(linkReasons) === true) return true
  return linklessPolicy(context, message, now) !== 'pass'
}

function comesForStandIn({ settings }: PipelineContext, { peer, sender, recipient }: MessageRow): boolean {
  const isOwn = homeCodeOf(peer) !== undefined
  const isItself = sender.toLowerCase() === recipient.toLowerCase()
  return !isOwn && !isItself && hasStandInForm(recipient, settings.homeCodes)
}

/**
 * Whose policy counts: of the partner a message came from, who brings it by agreement with us, be it for one of ours or in
 * transit; and what one of ours sends goes by the policy of the partner it goes to. Between two of our own home codes
 * messages pass.
 */
function linklessPolicy(context: PipelineContext, message: MessageRow, now: Date): LinklessPolicy {
  if (message.reason === afterRelease) return 'pass'
  if (homeCodeOf(message.peer) === undefined) return policyOf(context, message.peer)?.linkless ?? 'pass'
  const route = chooseRoute({
    book: context.book(),
    homeCodes: context.settings.homeCodes as OperatorCode[],
    recipient: message.recipient as ParticipantId,
    ingressPeer: message.peer as PeerId,
    kind: 'message',
    at: now,
  })
  if (isRefusal(route) || 'home' in route) return 'pass'
  return policyOf(context, route.plan.peer)?.linkless ?? 'pass'
}

/** What becomes of a message by what is known of the two. `isAnswer`: it only answers what got through before. */
export function judgeLink(
  context: PipelineContext,
  of: { message: MessageRow; facts: LinkFacts; isAnswer: boolean; now: Date },
): LinklessAnswer {
  const { message, facts, isAnswer, now } = of
  const { sender, recipient } = message
  const isNobody = facts.recipient_state === 'inactive' || facts.recipient_state === 'retired'
  // Invitations and what operators say need no link, but somebody to be for.
  const needsLink = message.kind === 'message' && mayHaveLink(sender, recipient)
  if (!needsLink && !isNobody) return { is: 'goes' }
  const { side } = sidesOf({ by: sender as ParticipantId, to: recipient as ParticipantId })
  const { invite, invite_state: state, invite_counterparty: counterparty } = facts
  return judgeLinkless({
    policy: linklessPolicy(context, message, now),
    isWanted: facts.wait_is_wanted === true && message.reason !== afterRelease,
    sender,
    recipient,
    recipientState: facts.recipient_state ?? undefined,
    cell: cellFor(side, facts.cell ?? 'none'),
    isUnderWay: facts.is_under_way,
    invite:
      invite === null || state === null || counterparty === null
        ? undefined
        : { id: invite, state, counterparty },
    isAnswer,
  })
}

/** The words of an answer that ends or interrupts the way; undefined for one that lets go or changes the recipient. */
export function namedOf(
  answer: LinklessAnswer,
  { message, facts }: { message: MessageRow; facts: LinkFacts },
): Named | undefined {
  switch (answer.is) {
    case 'goes':
    case 'readdressed':
      return undefined
    case 'refused': {
      const refusal = refuse(answer.code, `получатель (recipient) ${message.recipient}`)
      return { event: 'refused', reason: refusal.code, text: refusalText(refusal) }
    }
    case 'waits':
      return { event: 'link-awaited', wait: waitOf(message, facts, answer.invite) }
  }
}

/** The row to be. Who waits for an invitation waits for its link, whatever id the counterparty is claimed under. */
function waitOf(message: MessageRow, facts: LinkFacts, invite: string | undefined): NamedWait {
  return {
    ...pairOf(message.sender, message.recipient),
    invite: invite ?? null,
    is_wanted: facts.wait_is_wanted === true || facts.recipient_state === 'inactive',
    deadline_at: facts.wait_deadline_at,
    places: null,
  }
}

/** Keys of two subscribers in their order. */
export function pairOf(one: string, other: string): { first_key: string; second_key: string } {
  const { first, second } = sidesOf({ by: one as ParticipantId, to: other as ParticipantId })
  return { first_key: participantKey(first), second_key: participantKey(second) }
}
