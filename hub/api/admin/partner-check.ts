// Answers a check of the way to a participant, and of the right of its sender's operator to use it.

import { maySpeak, operatorText, peersFor, resolve } from '../../../routing/directory.ts'
import { chooseRoute } from '../../../routing/route.ts'
import type { AdminCheckAnswer } from '../../../schemas/admin.ts'
import type { OperatorCode, ParticipantId, PeerId } from '../../../schemas/ids.ts'
import type { PartnerBook } from '../../../schemas/partner.ts'
import { isRefusal, type Refusal, refusalRow, refuse } from '../../../schemas/refusals.ts'
import type { PartnerCheck } from '../../partners/check.ts'

/** What the way from a sender is judged by. */
export type SenderQuestion = {
  book: PartnerBook
  from: ParticipantId
  to: ParticipantId
  homeCodes: readonly OperatorCode[]
  at: Date
}

/** The answer of a check without a sender. */
export function checkAnswer(check: PartnerCheck): AdminCheckAnswer {
  const { exchange, peer, refusal, missing, text } = check
  return {
    exchange,
    peer: peer ?? null,
    refusal: refusal === undefined ? null : { code: refusal.code, seen: refusal.seen },
    missing,
    text,
  }
}

/** The same for a given sender: somebody must be let to speak for it, and the way must not lead back. */
export function checkAnswerFrom(check: PartnerCheck, question: SenderQuestion): AdminCheckAnswer {
  const answer = checkAnswer(check)
  const { refusal, line } = judgeSender(question)
  const text = `${line}\n${answer.text}`
  if (refusal === undefined || answer.exchange === 'none') return { ...answer, text }
  return {
    exchange: 'none',
    peer: null,
    refusal: { code: refusal.code, seen: refusal.seen },
    missing: [...answer.missing, refusal.seen],
    text: `${text}\nОтказ: ${refusal.code} — ${refusalRow(refusal.code).ru}: ${refusal.seen}`,
  }
}

function judgeSender(question: SenderQuestion): { refusal?: Refusal; line: string } {
  const { book, from, to, homeCodes, at } = question
  const { operator, code } = resolve(book, from, at)
  if (homeCodes.includes(code)) return { line: `Отправитель: свой абонент, код ${code}` }
  const name = operator === undefined ? `код ${code} не известен` : operatorText(operator)
  const candidates = operator === undefined ? [] : peersFor(book, operator.id, at)
  const speakers = candidates
    .filter(({ peer }) => peer.state === 'active')
    .map(({ peer }) => peer.id as PeerId)
    .filter((peer) => !isRefusal(maySpeak(book, peer, from, at)))
  const line = `Отправитель: ${name}${speakers.length === 0 ? '' : `, через ${speakers.join(', ')}`}`
  if (speakers.length === 0) {
    return { line, refusal: refuse('grant.missing', `${name}: никто не вправе за него передавать`, code) }
  }
  const routes = speakers.map((ingressPeer) =>
    chooseRoute({ book, recipient: to, ingressPeer, homeCodes, kind: 'message', at }),
  )
  const refusal = routes.every(isRefusal) ? routes.find(isRefusal) : undefined
  return refusal === undefined ? { line } : { line, refusal }
}
