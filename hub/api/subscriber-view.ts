// Subscribers and look-ups as services and engineers see them.

import type { Words } from '../../schemas/api.ts'
import type { SubscriberList, SubscriberView } from '../../schemas/directory/api.ts'
import type { DirectoryHit, LookUp, LookUpStatus, Reach } from '../../schemas/directory/directory.ts'
import type { RefusalCode } from '../../schemas/refusals.ts'
import { problemWords } from './internal/problems.ts'

const reachTexts: Readonly<Record<Reach, Words>> = {
  linked: { ru: 'связаны', en: 'linked' },
  invitable: { ru: 'можно пригласить', en: 'may be invited' },
  application: { ru: 'сначала нужна заявка оператору', en: 'an application to the operator is needed first' },
  unreachable: { ru: 'недоступен', en: 'not reachable' },
}

const statusTexts: Readonly<Record<LookUpStatus, Words>> = {
  ok: { ru: 'найден', en: 'found' },
  'not-found': { ru: 'не найден', en: 'not found' },
  'not-allowed': { ru: 'участник скрыл данные', en: 'the participant hid itself' },
  'try-later': { ru: 'ответа нет, повторить позже', en: 'no answer, try later' },
}

/** A hit for a service or an engineer. */
export function subscriberView(
  hit: DirectoryHit,
  { at, activeForMs }: { at: Date; activeForMs: number },
): SubscriberView {
  const { lastTrafficAt } = hit
  return {
    id: hit.id,
    inn: hit.inn ?? null,
    kpp: hit.kpp ?? null,
    name: hit.name ?? null,
    operator: hit.operator ?? null,
    reach: hit.reach,
    reachText: reachTexts[hit.reach],
    reason: whyOf(hit.reason),
    movedTo: hit.movedTo ?? null,
    activity: {
      isActive: lastTrafficAt !== undefined && at.getTime() - lastTrafficAt.getTime() <= activeForMs,
      lastTrafficAt: lastTrafficAt?.toISOString() ?? null,
      deliveredShare: hit.deliveredShare ?? null,
    },
    sources: [...hit.sources],
    firstSeenAt: hit.firstSeenAt.toISOString(),
    lastSeenAt: hit.lastSeenAt.toISOString(),
  }
}

/** What the directory of participants said, with its age. */
export function lookUpView(lookUp: LookUp, at: Date): NonNullable<SubscriberList['lookUp']> {
  const { status, reason, ids, askedAt, retryAfterMs } = lookUp
  return {
    status,
    statusText: statusTexts[status],
    reason: whyOf(reason),
    ids: [...ids],
    askedAt: askedAt.toISOString(),
    ageS: Math.max(0, Math.floor((at.getTime() - askedAt.getTime()) / 1000)),
    retryAfterS: retryAfterMs === undefined ? null : Math.ceil(retryAfterMs / 1000),
  }
}

function whyOf(code: RefusalCode | undefined): SubscriberView['reason'] {
  if (code === undefined) return null
  const { title, advice } = problemWords(code)
  return { code, title, advice }
}
