// What becomes of a message by the link of its two subscribers: it goes, waits, is re-addressed or refused. Pure.

import { operatorCodeLength } from '../schemas/ids.ts'
import type { InviteState } from './machines/invite.ts'
import type { LinkCell } from './machines/link.ts'

/** What a policy says of messages between subscribers without a link. */
export type LinklessPolicy = 'refuse' | 'hold' | 'pass'

/** Whoever must be linked to send; all that is known of the two, seen from the sender. */
export type LinklessQuestion = {
  policy: LinklessPolicy
  /** The sender asked for it to wait, whatever the policy. */
  isWanted: boolean
  sender: string
  recipient: string
  /** State of the recipient among our own subscribers; undefined for everybody else. */
  recipientState: string | undefined
  cell: LinkCell
  /** A Запрос or Разрыв between the two is on its way through the relay, or was not put to their link yet. */
  isUnderWay: boolean
  /** The newest invitation by this sender of this recipient. */
  invite: { id: string; state: InviteState; counterparty: string } | undefined
  /** It only answers or signs what got through between the two before. */
  isAnswer: boolean
}

/** Why a message between two without a link is refused. */
export type LinklessCode =
  | 'link.none'
  | 'link.refused'
  | 'link.broken'
  | 'link.lapsed'
  | 'link.withdrawn'
  | 'link.undelivered'
  | 'link.not-invited'
  | 'link.retired'

/** What becomes of it. */
export type LinklessAnswer =
  | { is: 'goes' }
  | { is: 'waits'; invite: string | undefined }
  | { is: 'readdressed'; to: string; invite: string }
  | { is: 'refused'; code: LinklessCode }

const goes = { is: 'goes' } as const

/** True of parties that can have a link at all: operators speak by their bare codes and are linked with nobody. */
export function mayHaveLink(sender: string, recipient: string): boolean {
  const isSubscriber = (id: string) => id.length > operatorCodeLength
  return isSubscriber(sender) && isSubscriber(recipient) && !isSame(sender, recipient)
}

/**
 * Decides. What goes to one who stands in for somebody not yet known waits for its invitation whatever the policy, and
 * what was said last decides before what was said earlier.
 */
export function judgeLinkless(question: LinklessQuestion): LinklessAnswer {
  const { recipient, recipientState, cell, invite } = question
  const isStandIn = recipientState === 'inactive' || recipientState === 'retired'
  if (isStandIn) return judgeStandIn(question)
  // Claimed with an id elsewhere: a stand-in that is not (or no more) a row of ours.
  if (invite !== undefined && !isSame(invite.counterparty, recipient)) return moved(invite)
  if (cell === 'linked') return goes
  const policy = question.isWanted ? 'hold' : question.policy
  if (policy === 'pass' || (question.isAnswer && !question.isWanted)) return goes
  if (question.isUnderWay) return { is: 'waits', invite: invite?.id }
  const no = noOf(question)
  if (no !== undefined) return { is: 'refused', code: no }
  return policy === 'refuse' ? { is: 'refused', code: 'link.none' } : { is: 'waits', invite: invite?.id }
}

function judgeStandIn({ recipient, recipientState, invite }: LinklessQuestion): LinklessAnswer {
  const isRetired = recipientState === 'retired'
  // An id of somebody else says nothing to a stranger: neither who it became nor that it became anybody.
  if (invite === undefined) return { is: 'refused', code: isRetired ? 'link.retired' : 'link.not-invited' }
  const ended = endings[invite.state]
  if (ended !== undefined) return { is: 'refused', code: ended }
  if (!isSame(invite.counterparty, recipient)) return moved(invite)
  return isRetired ? { is: 'refused', code: 'link.retired' } : { is: 'waits', invite: invite.id }
}

/** An invitation that ended leads nowhere, whatever id it had come to. */
function moved(invite: NonNullable<LinklessQuestion['invite']>): LinklessAnswer {
  const ended = endings[invite.state]
  if (ended !== undefined) return { is: 'refused', code: ended }
  return { is: 'readdressed', to: invite.counterparty, invite: invite.id }
}

const endings: Readonly<Partial<Record<InviteState, LinklessCode>>> = {
  refused: 'link.refused',
  undelivered: 'link.undelivered',
  withdrawn: 'link.withdrawn',
  lapsed: 'link.lapsed',
}

/** A no that stands; a request that stands after it leaves hope, unless its invitation is over. */
function noOf({ cell, invite }: LinklessQuestion): LinklessCode | undefined {
  if (cell === 'broken-by-them') return 'link.refused'
  if (cell === 'broken-by-us' || cell === 'broken-by-both') return 'link.broken'
  return invite === undefined ? undefined : endings[invite.state]
}

const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
