// Routes of the address book: which operators there are, whose a participant is and whether messages reach it.

import { Type } from 'typebox'
import { peersFor, resolve } from '../../../routing/directory.ts'
import { dayOf, isInForce } from '../../../routing/periods.ts'
import { chooseRoute } from '../../../routing/route.ts'
import { OperatorList, ParticipantAnswer, type Words } from '../../../schemas/api.ts'
import { homePeerOf, type OperatorCode, type OperatorId, type ParticipantId } from '../../../schemas/ids.ts'
import type { Operator, PartnerBook } from '../../../schemas/partner.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { type ApiApp, type ApiParts, root } from './app.ts'
import { readParticipant } from './checks.ts'
import { problemWords } from './problems.ts'

type ReachState = OperatorList['items'][number]['state']

const stateTexts: Readonly<Record<ReachState, Words>> = {
  home: { ru: 'свой оператор', en: 'our own operator' },
  active: { ru: 'обмен идёт', en: 'the exchange is active' },
  suspended: { ru: 'обмен приостановлен, сообщения ждут', en: 'the exchange is suspended, messages wait' },
  'not-set-up': { ru: 'обмена нет', en: 'there is no exchange' },
}
/** What is sent now is kept, and goes out as soon as the exchange goes on. */
const reachable: readonly ReachState[] = ['home', 'active', 'suspended']

/** Adds the routes. The book is at hand, so that reading it costs nothing; its rows are few. */
export function addDirectory(app: ApiApp, parts: ApiParts): void {
  addOperators(app, parts)
  addParticipant(app, parts)
}

function addOperators(app: ApiApp, { context }: ApiParts): void {
  const schema = {
    querystring: Type.Object({}, { additionalProperties: false }),
    summary: 'Операторы и состояние обмена с ними (Operators and the state of the exchange)',
    tags: ['directory'],
  }
  const config = {
    verb: 'directory',
    answers: { 200: { schema: OperatorList, description: 'Все операторы' } },
  } as const
  app.get(`${root}/operators`, { schema, config }, async (): Promise<OperatorList> => {
    const book = context.book()
    const homeCodes = context.settings.homeCodes
    const at = context.clock.now()
    const operators = [...book.operators.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    return { items: operators.map((operator) => operatorOf(book, operator, { homeCodes, at })) }
  })
}

function operatorOf(
  book: PartnerBook,
  operator: Operator,
  { homeCodes, at }: { homeCodes: readonly string[]; at: Date },
): OperatorList['items'][number] {
  const day = dayOf(at)
  const codes = operator.codes.filter((row) => isInForce(row, day)).map(({ code }) => code.toUpperCase())
  const next = peersFor(book, operator.id as OperatorId, at).find(
    ({ peer }) => peer.state !== 'inactive',
  )?.peer
  const isHome = codes.some((code) => homeCodes.includes(code))
  const exchange =
    !operator.active || next === undefined || next.state === 'inactive' ? 'not-set-up' : next.state
  const state = isHome ? 'home' : exchange
  return {
    id: operator.id,
    name: operator.name,
    codes: [...new Set(codes)].sort(),
    state,
    stateText: stateTexts[state],
    isReachable: reachable.includes(state),
    acceptsInvitations:
      state === 'active' || state === 'suspended' ? next?.policy.invitations === true : false,
  }
}

function addParticipant(app: ApiApp, { context }: ApiParts): void {
  const schema = {
    params: Type.Object({ id: Type.String({ maxLength: 200, description: 'Идентификатор участника' }) }),
    summary: 'Чей это участник и дойдёт ли до него сообщение (Whose a participant is, and the way to it)',
    tags: ['directory'],
  }
  const config = {
    verb: 'directory',
    answers: { 200: { schema: ParticipantAnswer, description: 'Оператор, путь и причина' } },
  } as const
  app.get(`${root}/participants/:id`, { schema, config }, async (request): Promise<ParticipantAnswer> => {
    const participant = readParticipant(request.params.id, 'params/id')
    return participantOf(context, participant)
  })
}

function participantOf(context: ApiParts['context'], participant: ParticipantId): ParticipantAnswer {
  const [book, at] = [context.book(), context.clock.now()]
  const homeCodes = context.settings.homeCodes as readonly OperatorCode[]
  const { operator, code } = resolve(book, participant, at)
  const route = chooseRoute({
    book,
    recipient: participant,
    ingressPeer: undefined,
    homeCodes,
    kind: 'message',
    at,
  })
  const known = operator === undefined ? null : { id: operator.id, name: operator.name, code }
  const answer = (state: ReachState, rest: Pick<ParticipantAnswer, 'via' | 'reason' | 'refusal'>) => ({
    id: participant,
    operator: known,
    state,
    stateText: stateTexts[state],
    isReachable: reachable.includes(state),
    ...rest,
  })
  if (isRefusal(route)) {
    const refusal = { code: route.code, ...problemWords(route.code) }
    return answer('not-set-up', { via: null, reason: route.seen, refusal })
  }
  if ('home' in route) {
    return answer('home', { via: homePeerOf(route.home), reason: route.reason, refusal: null })
  }
  const { peer, state, reason } = route.plan
  return answer(state, { via: peer, reason, refusal: null })
}
