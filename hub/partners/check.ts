// Answers `hub partners check`: whose subscriber a participant is, why, by which peers, and what is missing.

import { operatorText, peersFor, type Resolution, resolve } from '../../routing/directory.ts'
import { chooseRoute } from '../../routing/route.ts'
import type { OperatorCode, ParticipantId } from '../../schemas/ids.ts'
import type { Grant, PartnerBook, Peer } from '../../schemas/partner.ts'
import { type Refusal, refusalRow } from '../../schemas/refusals.ts'
import { type Lack, lacksOf, lackTexts } from './rules.ts'

/** One peer that carries for the operator. */
export type CheckedPeer = {
  id: string
  name: string
  state: Peer['state']
  dialect: string
  address: string | undefined
  grant: Grant
  lacks: Lack[]
}

/** The whole answer; `text` says it in Russian, line by line. */
export type PartnerCheck = {
  resolution: Resolution
  /** `ready`: a message would go out now; `waiting`: it would be kept for a suspended peer. */
  exchange: 'home' | 'ready' | 'waiting' | 'none'
  /** The next hop, when there is one. */
  peer: string | undefined
  refusal: Refusal | undefined
  peers: CheckedPeer[]
  /** What is to be done before messages can go, for people. */
  missing: string[]
  text: string
}

/** Checks a participant against a book. */
export function checkParticipant(question: {
  book: PartnerBook
  participant: ParticipantId
  homeCodes: readonly OperatorCode[]
  at: Date
}): PartnerCheck {
  const { book, participant, homeCodes, at } = question
  const resolution = resolve(book, participant, at)
  const { operator } = resolution
  const grants = { grants: new Map(book.grants.map((grant, index) => [String(index), grant])) }
  const candidates = operator === undefined ? [] : peersFor(book, operator.id, at)
  const peers = candidates.map(({ peer, grant }) => ({
    id: peer.id,
    name: peer.name,
    state: peer.state,
    dialect: peer.dialect,
    address: peer.address,
    grant,
    lacks: lacksOf(grants, peer, at),
  }))
  const route = chooseRoute({
    book,
    recipient: participant,
    ingressPeer: undefined,
    homeCodes,
    kind: 'message',
    at,
  })
  const outcome = outcomeOf(route)
  const missing = outcome.refusal === undefined ? [] : missingOf(resolution, peers)
  return { resolution, ...outcome, peers, missing, text: textOf({ resolution, ...outcome, peers, missing }) }
}

type Outcome = Pick<PartnerCheck, 'exchange' | 'peer' | 'refusal'>

function outcomeOf(route: ReturnType<typeof chooseRoute>): Outcome {
  if ('home' in route) return { exchange: 'home', peer: undefined, refusal: undefined }
  if (!('plan' in route)) return { exchange: 'none', peer: undefined, refusal: route }
  const { peer, state } = route.plan
  return { exchange: state === 'active' ? 'ready' : 'waiting', peer, refusal: undefined }
}

function missingOf({ operator, reason }: Resolution, peers: readonly CheckedPeer[]): string[] {
  if (operator === undefined) return ['строка оператора с этим кодом']
  const missing: string[] = []
  if (reason.rule === 'former-code' || reason.rule === 'future-code')
    missing.push('действующий владелец кода')
  if (!operator.active) missing.push(`включение оператора ${operator.id}`)
  if (peers.length === 0) missing.push(`партнёр с действующим правом за ${operator.id}`)
  for (const { id, lacks } of peers) missing.push(...lacks.map((lack) => `${id}: ${lackTexts[lack]}`))
  for (const { id, state } of peers) if (state === 'inactive') missing.push(`${id}: включение обмена`)
  return missing
}

const exchangeTexts: Readonly<Record<PartnerCheck['exchange'], string>> = {
  home: 'свой абонент, сообщения идут внутренней службе',
  ready: 'обмен идёт',
  waiting: 'обмен приостановлен, сообщения ждут',
  none: 'обмена нет',
}

function textOf({ resolution, exchange, peer, refusal, peers, missing }: Omit<PartnerCheck, 'text'>): string {
  const { operator, reason } = resolution
  return [
    `Оператор: ${operator === undefined ? 'не известен' : operatorText(operator)}`,
    `Основание: ${reason.text}`,
    `Обмен: ${exchangeTexts[exchange]}${peer === undefined ? '' : ` через ${peer}`}`,
    ...(refusal === undefined ? [] : [`Отказ: ${refusal.code} — ${refusalRow(refusal.code).ru}`]),
    ...peers.map(
      ({ id, state, dialect, address }) => `Партнёр ${id}: ${state}, ${dialect}, ${address ?? 'без адреса'}`,
    ),
    ...missing.map((what) => `Не хватает: ${what}`),
  ].join('\n')
}
