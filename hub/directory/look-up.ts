// Looks a participant up: the answer kept from before while it is good, else the directory of participants is asked.

import type { LookUp, SubscriberDirectory } from '../../schemas/directory/directory.ts'
import { type OperatorCode, operatorCodeOf, type ParticipantId, participantKey } from '../../schemas/ids.ts'
import { isPersonInn } from '../../schemas/inn.ts'
import type { RefusalCode } from '../../schemas/refusals.ts'
import { homeOf } from '../links/home-of.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { keepLookUp, type LookUpRow, readLookUp } from '../store/directory/look-ups.ts'
import type { ParticipantAnswer, ParticipantQuery, ParticipantsDirectory } from './participants.ts'
import { seenOf } from './seen.ts'

/** How long each answer is good, in milliseconds. */
export type LookUpAges = Readonly<Record<LookUpRow['status'], number>>

/** What looking up needs. */
export type LookUpParts = {
  context: Pick<PipelineContext, 'store' | 'book' | 'clock'> & {
    committer: Pick<PipelineContext['committer'], 'submit'>
    settings: Pick<PipelineContext['settings'], 'homeCodes'>
  }
  /** Undefined while none is set up. */
  participants: ParticipantsDirectory | undefined
  ages: LookUpAges
  timeoutMs: number
  /** Told of ids that are known from now on. */
  onFound(keys: readonly string[]): void
}

/**
 * Makes the look-up. The same question is put once, however many ask it at the same time. After "too many requests" nobody
 * is asked until the time it named; try-later is told meanwhile, and never kept. Participants that were found are in the
 * directory of subscribers before the answer is kept: a crash in between only asks again.
 */
export function makeLookUp(parts: LookUpParts): SubscriberDirectory['lookUp'] {
  const { context, participants } = parts
  const running = new Map<string, Promise<LookUp>>()
  let notBefore = new Date(0)
  const ask = async (query: ParticipantQuery, key: string): Promise<LookUp> => {
    const kept = await readLookUp(context.store, key)
    const askedAt = context.clock.now()
    if (kept !== undefined && isGood(kept, parts.ages, askedAt)) return keptLookUp(kept)
    if (participants === undefined) return unasked('directory.not-set-up', askedAt)
    const pauseMs = notBefore.getTime() - askedAt.getTime()
    if (pauseMs > 0) return tryLater(askedAt, pauseMs)
    const answer = await participants.find(query, AbortSignal.timeout(parts.timeoutMs))
    if (answer.outcome === 'try-later') {
      if (answer.retryAfterMs !== undefined) notBefore = new Date(askedAt.getTime() + answer.retryAfterMs)
      return tryLater(askedAt, answer.retryAfterMs)
    }
    return keptLookUp(await keep(parts, { answer, key, askedAt }))
  }
  return async (query) => {
    const fault = faultOf(context, query)
    if (fault !== undefined) return unasked(fault, context.clock.now())
    const key = keyOf(query)
    const found = running.get(key)
    if (found !== undefined) return found
    const asking = ask(query, key).finally(() => running.delete(key))
    running.set(key, asking)
    return asking
  }
}

/** Why the directory is not asked; ids of our own are those of a home code, wherever the book leads. */
function faultOf(context: LookUpParts['context'], query: ParticipantQuery): RefusalCode | undefined {
  if ('inn' in query) {
    return !isPersonInn(query.inn) && query.kpp === undefined ? 'directory.kpp-needed' : undefined
  }
  return isOwn(context, query.id, context.clock.now()) ? 'directory.own-id' : undefined
}

function isOwn(context: LookUpParts['context'], id: ParticipantId, at: Date): boolean {
  const homeCodes = context.settings.homeCodes as readonly OperatorCode[]
  return homeCodes.includes(operatorCodeOf(id)) || homeOf(context, id, at) !== undefined
}

function keyOf(query: ParticipantQuery): string {
  return 'id' in query ? `id:${participantKey(query.id)}` : `inn:${query.inn}:${query.kpp ?? ''}`
}

function isGood(row: LookUpRow, ages: LookUpAges, at: Date): boolean {
  const ageMs = at.getTime() - row.asked_at.getTime()
  return ageMs < ages[row.status]
}

async function keep(
  { context, onFound }: LookUpParts,
  of: { answer: Exclude<ParticipantAnswer, { outcome: 'try-later' }>; key: string; askedAt: Date },
): Promise<LookUpRow> {
  const { answer, key, askedAt } = of
  const all = answer.outcome === 'ok' ? answer.participants : []
  const found = all.filter(({ id }) => !isOwn(context, id, askedAt))
  if (found.length > 0) {
    const subscribers = found.map((one) => seenOf(one, { state: 'known', source: 'look-up', at: askedAt }))
    await context.committer.submit({ subscribers })
    onFound(subscribers.map((one) => one.key))
  }
  // Our own subscribers are known better here: an answer of nothing else found nobody.
  const status = answer.outcome === 'ok' && found.length === 0 ? 'not-found' : answer.outcome
  const row: LookUpRow = { key, status, ids: found.map(({ id }) => id), asked_at: askedAt }
  await keepLookUp(context.store, row)
  return row
}

function keptLookUp({ status, ids, asked_at }: LookUpRow): LookUp {
  const lookUp = { status, ids: ids as ParticipantId[], askedAt: asked_at }
  return status === 'not-allowed' ? { ...lookUp, reason: 'directory.not-allowed' } : lookUp
}

/** Asking again is of no use: not-allowed, with the reason. */
function unasked(reason: RefusalCode, askedAt: Date): LookUp {
  return { status: 'not-allowed', ids: [], askedAt, reason }
}

function tryLater(askedAt: Date, retryAfterMs: number | undefined): LookUp {
  return { status: 'try-later', ids: [], askedAt, reason: 'directory.silent', retryAfterMs }
}
