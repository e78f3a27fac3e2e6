// Learns subscribers from traffic: follows the journal behind everybody's commits and counts what was delivered.

import { subscriberName } from '../../schemas/directory/subscriber-name.ts'
import { operatorCodeOf, type ParticipantId, parseParticipantId, participantKey } from '../../schemas/ids.ts'
import { limits } from '../../schemas/limits.ts'
import { type Refusal, type RefusalCode, refusalRow, refusals, refuse } from '../../schemas/refusals.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import {
  type EndedMessage,
  readEnded,
  readFoldEnd,
  readFoldRange,
  type SubscriberTraffic,
  writeFold,
} from '../store/directory/fold.ts'
import type { Lease } from '../store/lease.ts'
import { stateOfNew } from './seen.ts'

/** What learning needs. */
export type LearnContext = Pick<PipelineContext, 'store' | 'book'> & {
  settings: Pick<PipelineContext['settings'], 'homeCodes'>
}

/** What one run did; `isCaughtUp` is false when more could be read at once. */
export type Learned = { messages: number; isCaughtUp: boolean }

/**
 * Counts finished messages into the directory, foldBatchesMax batches at most. A batch and the cursor behind it are one
 * transaction, so each entry counts exactly once whoever crashes where. Nobody's commit waits: only transactions that
 * ended are read, and a long one anywhere in the server delays learning alone. Refuses with journal.moved when the
 * server's transaction ids are behind the cursor, as after a restore from a dump. Throws LeaseLost.
 */
export async function learnOnce(context: LearnContext, lease: Lease): Promise<Learned | Refusal> {
  const { store } = context
  let messages = 0
  for (let batch = 0; batch < limits.foldBatchesMax; batch += 1) {
    const range = await readFoldRange(store)
    if (range.horizon < range.from) {
      return refuse('journal.moved', `transaction ${range.horizon}, counted up to ${range.from}`)
    }
    if (range.horizon === range.from) return { messages, isCaughtUp: true }
    const { to, isLast } = await readFoldEnd(store, range)
    const ended = await readEnded(store, { from: range.from, to })
    const subscribers = trafficOf(context, ended)
    const isWritten = await writeFold(store, lease, { from: range.from, to, subscribers })
    if (isWritten) messages += ended.length
    if (isLast) return { messages, isCaughtUp: true }
  }
  return { messages, isCaughtUp: false }
}

/**
 * What ended messages mean to subscribers. A delivered one makes both known; an invitation also says who its sender is. A
 * refusal counts against the box it was for only where that side refused, and makes nobody known: its recipient may be a
 * slip of the pen.
 */
function trafficOf(context: LearnContext, ended: readonly EndedMessage[]): SubscriberTraffic[] {
  const byKey = new Map<string, SubscriberTraffic>()
  const add = (text: string, at: Date, over: Partial<SubscriberTraffic>): void => {
    const id = parseParticipantId(text)
    if (id === undefined) return
    const key = participantKey(id)
    const before = byKey.get(key)
    byKey.set(
      key,
      before === undefined ? newTraffic(context, { id, key, at, over }) : joined(before, at, over),
    )
  }
  for (const message of ended) {
    const { at, sender, recipient } = message
    if (message.to === 'delivered') {
      add(sender, at, { makes: true, sources: ['traffic'], traffic_at: at, ...declaredBy(message) })
      add(recipient, at, { makes: true, sources: ['traffic'], traffic_at: at, delivered: 1 })
    } else if (isOfRecipient(message.reason)) add(recipient, at, { failed: 1 })
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** An operator may speak for its own subscriber alone: what an invitation says of whom it is for is not taken. */
function declaredBy({ kind, from_inn, from_kpp, from_name }: EndedMessage): Partial<SubscriberTraffic> {
  if (kind !== 'invitation') return {}
  const name = from_name === null ? null : subscriberName(from_name)
  return { inn: from_inn, kpp: from_kpp, name, sources: ['invitation', 'traffic'] }
}

function isOfRecipient(reason: string | null): boolean {
  return (
    reason !== null &&
    Object.hasOwn(refusals, reason) &&
    refusalRow(reason as RefusalCode).fault === 'next-operator'
  )
}

function newTraffic(
  context: LearnContext,
  { id, key, at, over }: { id: ParticipantId; key: string; at: Date; over: Partial<SubscriberTraffic> },
): SubscriberTraffic {
  const state = stateOfNew(context, id, at)
  const code = operatorCodeOf(id)
  const nothing = { inn: null, kpp: null, name: null, sources: [], makes: false, traffic_at: null }
  return { key, id, code, state, at, ...nothing, delivered: 0, failed: 0, ...over }
}

function joined(before: SubscriberTraffic, at: Date, over: Partial<SubscriberTraffic>): SubscriberTraffic {
  const later = (a: Date | null, b: Date | null | undefined) => (a === null || (b && b > a) ? (b ?? null) : a)
  return {
    ...before,
    inn: over.inn ?? before.inn,
    kpp: over.kpp ?? before.kpp,
    name: over.name ?? before.name,
    sources: [...new Set([...before.sources, ...(over.sources ?? [])])],
    makes: before.makes || over.makes === true,
    at: at > before.at ? at : before.at,
    traffic_at: later(before.traffic_at, over.traffic_at),
    delivered: before.delivered + (over.delivered ?? 0),
    failed: before.failed + (over.failed ?? 0),
  }
}
