// The directory: whose subscriber a participant is, which peers reach an operator, who may speak for whom.

import {
  type OperatorCode,
  type OperatorId,
  operatorCodeOf,
  type ParticipantId,
  type PeerId,
  participantKey,
} from '../schemas/ids.ts'
import type { Grant, Override, PartnerBook, PeerWithPolicy } from '../schemas/partner.ts'
import { type Refusal, refuse } from '../schemas/refusals.ts'
import { compareText, grantsForOperator, grantsOfPeer } from './book.ts'
import { dayOf, isInForce, type Period, periodText } from './periods.ts'

/** A row that gives or gave a code to an operator. */
export type CodeOwner = { operator: string; from?: string; to?: string }

/**
 * Why an operator was named. `former-code`: nobody owns the code at that time, this one did last;
 * `future-code`: somebody will. These two name the operator for people, but nothing is routed by them.
 */
export type ResolutionReason =
  | { rule: 'override'; row: Override; edition: number; text: string }
  | { rule: 'code' | 'former-code' | 'future-code'; row: CodeOwner; edition: number; text: string }
  | { rule: 'unknown-code'; edition: number; text: string }

/**
 * The operator of a participant at one time, with the reason. The operator is known even where no exchange
 * is set up.
 */
export type Resolution = {
  participant: ParticipantId
  code: OperatorCode
  operator: { id: OperatorId; name: string; active: boolean } | undefined
  reason: ResolutionReason
}

/** A peer that may carry for an operator, with the grant that says so. */
export type Candidate = { peer: PeerWithPolicy; grant: Grant }

/**
 * Finds the operator of a participant: an override first, else the operator that owns the code at that time
 * (RULES 2). Codes are compared without case and change hands; where rows overlap, an active operator goes
 * before an inactive one, then the later beginning wins.
 */
export function resolve(book: PartnerBook, participant: ParticipantId, at: Date): Resolution {
  const code = operatorCodeOf(participant)
  const { edition } = book
  const override = book.overrides.get(participantKey(participant))
  if (override !== undefined) {
    const operator = operatorOf(book, override.operator)
    const text = `исключение для участника: ${nameText(operator, override.operator)}, редакция ${edition}`
    return { participant, code, operator, reason: { rule: 'override', row: override, edition, text } }
  }
  const found = ownerAt(book, book.codes.get(code) ?? [], dayOf(at))
  if (found === undefined) {
    const text = `код ${code} не принадлежит ни одному известному оператору, редакция ${edition}`
    return { participant, code, operator: undefined, reason: { rule: 'unknown-code', edition, text } }
  }
  const { rule, row } = found
  const operator = operatorOf(book, row.operator)
  const owner = `${nameText(operator, row.operator)} ${periodText(row)}`
  const text = `код ${code} ${tenses[rule]} ${owner}, редакция ${edition}`
  return { participant, code, operator, reason: { rule, row, edition, text } }
}

const tenses = {
  code: 'принадлежит',
  'former-code': 'принадлежал',
  'future-code': 'будет принадлежать',
}

/** Peers with a grant in force for an operator, by preference, whatever their state. */
export function peersFor(book: PartnerBook, operator: OperatorId, at: Date): Candidate[] {
  const day = dayOf(at)
  return grantsForOperator(book, operator).flatMap((grant) => {
    const peer = book.peers.get(grant.peer)
    return peer !== undefined && isInForce(grant, day) ? [{ peer, grant }] : []
  })
}

/**
 * Checks that a peer may speak for a participant (@Отправитель, ОргОтпр; RULES 1), and gives the grant that
 * covers it. An operator that is switched off is spoken for by nobody. Refusal: grant.missing.
 */
export function maySpeak(
  book: PartnerBook,
  peer: PeerId,
  participant: ParticipantId,
  at: Date,
): Grant | Refusal {
  const { operator, reason, code } = resolve(book, participant, at)
  if (operator === undefined) return refuse('grant.missing', `${peer}: ${reason.text}`, code)
  if (!routes(reason)) return refuse('grant.missing', `${peer}: ${reason.text}`, code)
  if (!operator.active) return refuse('grant.missing', `${peer}: ${operatorText(operator)} не активен`, code)
  const day = dayOf(at)
  const grant = grantsOfPeer(book, peer).find((row) => row.operator === operator.id && isInForce(row, day))
  return (
    grant ?? refuse('grant.missing', `${peer}: нет действующего права за ${operatorText(operator)}`, code)
  )
}

/** Tells whether a reason is good enough to send by, not only to name the operator. */
export function routes(reason: ResolutionReason): boolean {
  return reason.rule === 'override' || reason.rule === 'code'
}

/** An operator for people: its name with its id. */
export function operatorText(operator: { id: string; name: string }): string {
  return `${operator.name} (${operator.id})`
}

function nameText(operator: { id: string; name: string } | undefined, id: string): string {
  return operator === undefined ? id : operatorText(operator)
}

function operatorOf(book: PartnerBook, id: string): Resolution['operator'] {
  const row = book.operators.get(id)
  return row === undefined ? undefined : { id: row.id as OperatorId, name: row.name, active: row.active }
}

type Found = { rule: 'code' | 'former-code' | 'future-code'; row: CodeOwner }

function ownerAt(book: PartnerBook, rows: readonly CodeOwner[], day: string): Found | undefined {
  const current = best(
    book,
    rows,
    (row) => isInForce(row, day),
    (a, b) => compareText(b.from ?? '', a.from ?? ''),
  )
  if (current !== undefined) return { rule: 'code', row: current }
  const isPast = (row: Period) => row.to !== undefined && row.to < day
  const former = best(book, rows, isPast, (a, b) => compareText(b.to ?? '', a.to ?? ''))
  if (former !== undefined) return { rule: 'former-code', row: former }
  const next = best(
    book,
    rows,
    () => true,
    (a, b) => compareText(a.from ?? '', b.from ?? ''),
  )
  return next === undefined ? undefined : { rule: 'future-code', row: next }
}

function best(
  book: PartnerBook,
  rows: readonly CodeOwner[],
  fits: (row: CodeOwner) => boolean,
  byTime: (a: CodeOwner, b: CodeOwner) => number,
): CodeOwner | undefined {
  const [first, ...rest] = rows.filter(fits)
  if (first === undefined || rest.length === 0) return first
  const rank = (row: CodeOwner) => (book.operators.get(row.operator)?.active === true ? 0 : 1)
  const order = (a: CodeOwner, b: CodeOwner) =>
    rank(a) - rank(b) || byTime(a, b) || compareText(a.operator, b.operator)
  return rest.reduce((kept, row) => (order(row, kept) < 0 ? row : kept), first)
}
