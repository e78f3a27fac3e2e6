// What the documents a message refers to mean for it: wait, go on, or share their refusal (RULES 15, 18).

import { finalStates, onItsWayStates } from '../../routing/machines/message.ts'
import { refusalText, refuse } from '../../schemas/refusals.ts'
import type { AwaitedRow, ParentRow } from '../store/hot/reads.ts'
import { afterLyingParent, afterRelease, afterUnknownId } from './reasons.ts'
import type { Awaited, Named } from './run/named.ts'

/** What becomes of a message by its parents: nothing, or an event; and the documents nobody here knows. */
export type ParentsAnswer = { named?: Named; unknown: readonly string[] }

/** Messages that brought documents, newest first, by the id of the document. */
export type Bringers = ReadonlyMap<string, readonly ParentRow[]>

/** Puts what was read in order, once for a whole batch. */
export function bringersOf(parents: readonly ParentRow[]): Bringers {
  return Map.groupBy(parents, (parent) => parent.wire_id)
}

/**
 * Judges the parents of a message that was accepted. `companions`: messages that refer to this one as it refers to
 * them; they go together and wait for each other no more than for themselves.
 */
export function judgeParents(of: {
  message: Parties & { id: string; reason: string | null }
  references: readonly string[]
  bringers: Bringers
  companions: ReadonlySet<string>
}): ParentsAnswer {
  const { message, references, bringers, companions } = of
  if (message.reason === afterRelease) return { unknown: [] }
  const isOfInterest = message.reason === afterUnknownId ? isNotFinal : isPendingFor(message)
  const known = references.flatMap((document) => {
    const found = (bringers.get(document) ?? []).filter(
      (parent) => parent.message !== message.id && isRelated(message, parent),
    )
    return countingOne(found, isOfInterest) ?? []
  })
  const unknown = references.filter((document) => !bringers.has(document))
  const refused = known.find(isDead)
  if (refused !== undefined) {
    const { event, ...told } = sharedRefusal({ ...refused, document: refused.wire_id })
    return { named: { event: event === 'parent-unknown' ? 'unknown-id' : 'refused', ...told }, unknown }
  }
  const pending = known.filter((parent) => isOfInterest(parent) && !companions.has(parent.message))
  return pending.length === 0
    ? { unknown }
    : { named: { event: 'parked', parents: pending.map(awaitedOf) }, unknown }
}

/** What waiting comes to: an event, or undefined while it goes on. Pure. */
export function judgeAwaited(of: {
  reason: string | null
  deadlineAt: Date | null
  awaited: readonly AwaitedRow[]
  now: Date
}): Named | undefined {
  const { reason, deadlineAt, awaited, now } = of
  const refused = awaited.find((parent) => parent.state === 'refused')
  if (refused !== undefined) return sharedRefusal(refused)
  const open = awaited.filter(reason === afterUnknownId ? isNotFinal : isPending)
  if (open.length === 0) return { event: 'parent-ready' }
  if (deadlineAt === null || deadlineAt > now) return undefined
  // Whoever takes files once a day gets both together: that is no case for a person.
  const doLie = reason !== afterUnknownId && !open.some(isOnItsWay)
  if (doLie) return { event: 'parent-ready', patch: { reason: afterLyingParent } }
  return { event: 'overdue', reason: 'parent.overdue' }
}

/** Messages that bring the documents a next operator does not know yet and that have no final answer (RULES 18). */
export function stillToCome(
  message: Parties & { id: string },
  documents: readonly string[],
  bringers: Bringers,
): Awaited[] {
  return documents.flatMap((document) => {
    const found = (bringers.get(document) ?? []).filter(
      (parent) => parent.message !== message.id && isRelated(message, parent),
    )
    const counting = countingOne(found, isNotFinal)
    return counting !== undefined && isNotFinal(counting) ? [awaitedOf(counting)] : []
  })
}

/**
 * Whether a message only answers or signs documents that got through between its parties: what came of a link goes on after
 * it is broken, for both have the documents.
 */
export function answersWhatGotThrough(
  message: Parties,
  of: {
    examined:
      | { documents: readonly { parents: readonly string[] }[]; references: readonly string[] }
      | undefined
    bringers: Bringers
  },
): boolean {
  const { documents = [], references = [] } = of.examined ?? {}
  const gotThrough = (document: string) =>
    (of.bringers.get(document) ?? []).some(
      (parent) => isRelated(message, parent) && !isOnItsWay(parent) && !isDead(parent),
    )
  const isNew = documents.some(({ parents }) => parents.length === 0)
  return !isNew && references.length > 0 && references.every(gotThrough)
}

type Parties = { sender: string; recipient: string }

/**
 * A document is a parent only among its own parties: a stranger that brings a document under the id of another's must
 * neither stop nor spoil what others say about theirs. An operator speaks about the documents of its subscribers
 * (ПодтверждениеОператора names the bare operator code as a party, RULES 5), so its code stands for each of them.
 */
export function isRelated(child: Parties, parent: Parties): boolean {
  const isAmong = (party: string) => isSameParty(party, parent.sender) || isSameParty(party, parent.recipient)
  return isAmong(child.sender) && isAmong(child.recipient)
}

const operatorCodeLength = 3

function isSameParty(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()]
  if (a === b) return true
  if (a.length === operatorCodeLength) return b.startsWith(a)
  return b.length === operatorCodeLength && a.startsWith(b)
}

/**
 * Of several messages that brought a document the one that counts: any that got through, else one that is still
 * awaited, else the newest refused one. A repeat or an echo that was refused says nothing about a document that
 * arrived.
 */
function countingOne(
  found: readonly ParentRow[],
  isAwaited: (parent: ParentRow) => boolean,
): ParentRow | undefined {
  const notRefused = found.filter((parent) => !isDead(parent))
  return notRefused.find((parent) => !isAwaited(parent)) ?? notRefused[0] ?? found[0]
}

/** Its document will never arrive in it: refused, or replaced by a version that brings its own. */
const isDead = ({ state }: Pick<ParentRow, 'state'>) => state === 'refused' || state === 'replaced'
const isOnItsWay = (parent: Pick<ParentRow, 'state'>) => onItsWayStates.includes(parent.state)
const isPending = (parent: Pick<ParentRow, 'state' | 'not_taken'>) => isOnItsWay(parent) || parent.not_taken
/**
 * What lies in the folder of a peer may be refused there and put again, so what goes the same way waits until it was
 * taken (RULES 15, 24). Whoever received it and speaks about it has it.
 */
const isPendingFor = (child: Parties & { reason: string | null }) => (parent: ParentRow) => {
  const mayLie = child.reason === afterLyingParent || !isSameParty(child.sender, parent.sender)
  return mayLie ? isOnItsWay(parent) : isPending(parent)
}
const isNotFinal = (parent: Pick<ParentRow, 'state'>) => !finalStates.includes(parent.state)
const awaitedOf = (parent: ParentRow): Awaited => ({ parent: parent.message, document: parent.wire_id })

/** The child shares the refusal of its parent, and its text names the parent (RULES 15). */
function sharedRefusal(
  parent: Pick<ParentRow, 'answer_code' | 'reason'> & { document: string },
): Named & { event: 'parent-unknown' | 'parent-refused' } {
  const refusal = refuse('message.parent-refused', `${parent.document} (${parent.reason ?? 'next.error'})`)
  const told = { reason: refusal.code, text: refusalText(refusal) }
  return parent.answer_code === 'unknown-id'
    ? { event: 'parent-unknown', ...told, ids: [parent.document] }
    : { event: 'parent-refused', ...told }
}
