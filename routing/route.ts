// The route of one message: to a next hop, home, or a refusal with its reason (RULES 2, 4).

import {
  homePeerOf,
  type OperatorCode,
  type OperatorId,
  type ParticipantId,
  type PeerId,
} from '../schemas/ids.ts'
import type { Grant, PartnerBook } from '../schemas/partner.ts'
import { type Refusal, refuse } from '../schemas/refusals.ts'
import { operatorText, peersFor, type Resolution, resolve, routes } from './directory.ts'
import { dayOf, isInForce } from './periods.ts'

/** What a route is chosen from. */
export type RouteQuestion = {
  book: PartnerBook
  recipient: ParticipantId
  /** The peer the message came from, or homePeerOf the code whose service sent it; undefined for a mere question. */
  ingressPeer: PeerId | undefined
  /** Upper-case codes of the home operator (RULES 4). */
  homeCodes: readonly OperatorCode[]
  /** Peers the same message was already seen from. */
  seenFrom?: readonly PeerId[]
  kind: 'message' | 'invitation'
  at: Date
}

/** A next hop. `state` suspended means that the peer's lane waits (the message is not lost). */
export type Plan = {
  peer: PeerId
  operator: OperatorId
  dialect: string
  state: 'active' | 'suspended'
  grant: Grant
  resolution: Resolution
  /** Which rule, row and grant led here, for the journal and for people. */
  reason: string
}

/** Where a message goes. */
export type Route = { plan: Plan } | { home: OperatorCode; resolution: Resolution; reason: string }

/**
 * Chooses the route of a message. The next hop is the most preferred peer that is not inactive; a less
 * preferred one is never taken merely to get round a loop. Refusals: route.loop, route.unknown-operator,
 * route.no-peer (names the operator), route.capability.
 */
export function chooseRoute(question: RouteQuestion): Route | Refusal {
  const { book, recipient, ingressPeer, at } = question
  const elsewhere = question.seenFrom?.find((peer) => peer !== ingressPeer)
  if (elsewhere !== undefined) return refuse('route.loop', `это сообщение уже приходило от ${elsewhere}`)

  const resolution = resolve(book, recipient, at)
  const home = homeCodeOf(question, resolution)
  if (home !== undefined && ingressPeer === homePeerOf(home)) {
    return refuse('route.loop', `свой код ${home}: между своими абонентами хаб не нужен`)
  }
  if (home !== undefined) return { home, resolution, reason: `свой код ${home}; ${resolution.reason.text}` }

  const { operator, reason } = resolution
  if (operator === undefined) return refuse('route.unknown-operator', reason.text)
  const name = operatorText(operator)
  if (!routes(reason)) return refuse('route.no-peer', `${name}: ${reason.text}`)
  if (!operator.active) return refuse('route.no-peer', `${name}: обмен не настроен, оператор не активен`)

  const candidates = peersFor(book, operator.id, at)
  const next = candidates.find(({ peer }) => peer.state !== 'inactive')
  if (next === undefined) {
    const inactive = candidates.map(({ peer }) => peer.id).join(', ')
    const what = inactive === '' ? 'нет партнёра с действующим правом' : `не активен обмен: ${inactive}`
    return refuse('route.no-peer', `${name}: ${what}`)
  }
  const { peer, grant } = next
  if (peer.id === ingressPeer)
    return refuse('route.loop', `${name}: следующий узел ${peer.id}, от него и пришло`)
  if (question.kind === 'invitation' && !peer.policy.invitations) {
    return refuse('route.capability', `${name}: ${peer.id} не принимает приглашения`)
  }
  return {
    plan: {
      peer: peer.id as PeerId,
      operator: operator.id,
      dialect: peer.dialect,
      state: peer.state === 'suspended' ? 'suspended' : 'active',
      grant,
      resolution,
      reason: `${reason.text}; через ${peer.id}, предпочтение ${grant.preference}`,
    },
  }
}

// A home code is home even when the book does not hold it; an override may lead a home id away, or a
// foreign one home.
function homeCodeOf(
  { book, homeCodes, at }: RouteQuestion,
  resolution: Resolution,
): OperatorCode | undefined {
  const { code, reason, operator } = resolution
  if (reason.rule !== 'override') return homeCodes.includes(code) ? code : undefined
  const owned = book.operators.get(operator?.id ?? '')?.codes ?? []
  const day = dayOf(at)
  const own = owned.filter((row) => isInForce(row, day)).map((row) => row.code.toUpperCase() as OperatorCode)
  return homeCodes.find((home) => own.includes(home))
}
