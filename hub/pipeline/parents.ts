// What the documents a message refers to mean for it: wait, go on, or share their refusal (RULES 15, 18).

import { onItsWayStates } from '../../routing/machines/message.ts'
import { refusalText, refuse } from '../../schemas/refusals.ts'
import type { ParentRow } from '../store/hot/reads.ts'
import type { PipelineContext } from './context.ts'
import type { Passage } from './passage.ts'
import { afterRelease, afterUnknownId } from './reasons.ts'
import type { Named } from './run/moves.ts'

/** The answer: an event, a time to look again, or neither, with the parents nobody here knows. */
export type ParentsAnswer = { named?: Named; lookAgainAt?: Date; unknown: readonly string[] }

/** Judges the parents of one message. Pure but for its arguments. */
export function judgeParents(of: {
  context: Pick<PipelineContext, 'settings'>
  passage: Passage
  parents: readonly ParentRow[]
  now: Date
}): ParentsAnswer {
  const { passage, now } = of
  const { message } = passage
  const references = passage.examined?.references ?? []
  const isWaiting = message.state === 'waiting'
  const untilFinal = message.reason === afterUnknownId
  const parents = of.parents.filter((parent) => isBetweenTheSame(message, parent))
  const known = references.flatMap((id) => {
    const found = parents.filter((parent) => parent.wire_id === id && parent.message !== message.id)
    return countingOne(found, untilFinal) ?? []
  })
  const unknown = references.filter((id) => !parents.some((parent) => parent.wire_id === id))
  if (message.reason === afterRelease) return { unknown: [] }

  const refused = known.find((parent) => parent.state === 'refused')
  if (refused !== undefined) return { named: sameRefusal(refused, isWaiting), unknown }
  const pending = known.filter((parent) => isPending(parent, untilFinal))
  if (pending.length === 0) return isWaiting ? { named: { event: 'parent-ready' }, unknown } : { unknown }
  if (!isWaiting)
    return { named: { event: 'parked', parents: pending.map((parent) => parent.message) }, unknown }
  if (message.deadline_at !== null && message.deadline_at <= now) {
    return { named: { event: 'overdue', reason: 'parent.overdue' }, unknown }
  }
  return { lookAgainAt: new Date(now.getTime() + of.context.settings.parentRecheckMs), unknown }
}

type Parties = { sender: string; recipient: string }

/**
 * A document is a parent only between the same two participants: a stranger that brings a document under the id of
 * another's must neither stop nor spoil what others say about theirs.
 */
export function isBetweenTheSame(one: Parties, other: Parties): boolean {
  const pair = ({ sender, recipient }: Parties) =>
    [sender.toLowerCase(), recipient.toLowerCase()].sort().join('\n')
  return pair(one) === pair(other)
}

/**
 * Of several messages that brought a document the one that counts: any that got through, else one on its way, else
 * the newest refused one. A repeat or an echo that was refused says nothing about a document that arrived.
 */
function countingOne(found: readonly ParentRow[], untilFinal: boolean): ParentRow | undefined {
  const notRefused = found.filter((parent) => parent.state !== 'refused')
  return notRefused.find((parent) => !isPending(parent, untilFinal)) ?? notRefused[0] ?? found[0]
}

function isPending(parent: ParentRow, untilFinal: boolean): boolean {
  if (onItsWayStates.includes(parent.state)) return true
  return untilFinal && (parent.state === 'sent' || parent.state === 'overdue')
}

/** The child shares the refusal of its parent, and its text names the parent. */
function sameRefusal(parent: ParentRow, isWaiting: boolean): Named {
  const refusal = refuse('message.parent-refused', `${parent.wire_id} (${parent.reason ?? 'next.error'})`)
  const told = { reason: refusal.code, text: refusalText(refusal) }
  if (isWaiting) return { event: 'parent-refused', ...told }
  return parent.answer_code === 'unknown-id'
    ? { event: 'unknown-id', ...told, ids: [parent.wire_id] }
    : { event: 'refused', ...told }
}
