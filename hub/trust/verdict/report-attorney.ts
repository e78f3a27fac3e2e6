// The section of the protocol about a power of attorney: Russian first, English beside it.

import {
  type AttorneyStatus,
  attorneyChecks,
  attorneyFindings,
  attorneyStatuses,
} from '../../../schemas/attorney/checks.ts'
import type { AttorneyOutcome } from '../../../schemas/attorney/finding.ts'
import type {
  AttorneyName,
  AttorneyPrincipal,
  AttorneyRepresentative,
} from '../../../schemas/attorney/value.ts'
import type { AttorneyCheck, AttorneyLink, AttorneyVerdict } from '../../../schemas/attorney/verdict.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { ReportLine, ReportSection, Tone } from './report-lines.ts'

const tones: Record<AttorneyStatus, Tone> = {
  NotRequired: 'good',
  IsValid: 'good',
  HasWarnings: 'doubt',
  IsNotAttached: 'doubt',
  CanNotBeValidated: 'doubt',
  ValidationError: 'doubt',
  IsNotValid: 'bad',
}

const outcomes: Record<AttorneyOutcome, [Tone, string]> = {
  ok: ['good', 'да (ok)'],
  warning: ['doubt', 'с замечанием (warning)'],
  error: ['bad', 'нет (failed)'],
  'not-checked': ['plain', 'не проверялось (not checked)'],
}

/**
 * The links of the power of attorney one signer relies on, out of the facts; none without facts. Numbers and names of people
 * are in the facts only, never in the verdict.
 */
export function linksOf(
  facts: MessageFacts | undefined,
  place: { signature: string; signer: number },
): AttorneyLink[] {
  const signed = facts?.signatures.find(({ id }) => id === place.signature)
  const found = signed?.signature?.signers[place.signer]?.attorney?.found
  return (found?.chain ?? []).flatMap((index) => facts?.attorneys?.[index] ?? [])
}

/** The section; `links` from the one relied on up to the original. */
export function attorneySection(
  { status, checks }: AttorneyVerdict,
  place: string,
  links: readonly AttorneyLink[],
): ReportSection {
  const { ru, en } = attorneyStatuses[status]
  const answer = {
    label: 'Ответ (answer)',
    value: `${ru} (${en}): ${status}`,
    tone: tones[status],
    notes: [],
  }
  return {
    title: `Доверенность подписанта ${place} (power of attorney of the signer)`,
    lines: [answer, ...links.flatMap(linkLines), ...protocol(checks)],
  }
}

function linkLines({ attorney, source, fileName }: AttorneyLink): ReportLine[] {
  const { number, issued, expires, principals, retrust, representatives } = attorney
  const plain = (label: string, value: string): ReportLine => ({ label, value, tone: 'plain', notes: [] })
  const from = source === 'file' ? (fileName ?? 'файл (a file)') : 'реестр (registry)'
  const givers = retrust?.givers ?? principals
  return [
    plain('Номер (number)', `${number}, ${from}`),
    plain(
      retrust === undefined ? 'Доверитель (principal)' : 'Кто передоверил (who gave the powers on)',
      givers.map(partyText).join('; '),
    ),
    plain('Представитель (representative)', representatives.map(partyText).join('; ')),
    plain('Срок (dates)', `${russianDay(issued)} – ${russianDay(expires)}`),
  ]
}

/** One line for each check, with all that it found: of a chain, for each power of attorney. */
function protocol(checks: readonly AttorneyCheck[]): ReportLine[] {
  return [...Map.groupBy(checks, ({ id }) => id)].map(([id, found]) => {
    const { ru, en, clause } = attorneyChecks[id]
    const [tone, value] = outcomes[worst.find((one) => found.some(({ outcome }) => outcome === one)) ?? 'ok']
    return { label: `${ru} (${en}; ${clause})`, value, tone, notes: found.map(noteOf) }
  })
}

const worst: readonly AttorneyOutcome[] = ['error', 'warning', 'not-checked', 'ok']

function noteOf({ finding, number, seen }: AttorneyCheck): string {
  const { ru, en } = attorneyFindings[finding]
  const about = [number, seen].filter((part) => part !== undefined && part !== '').join(': ')
  return `${ru} (${en})${about === '' ? '' : `: ${about}`} [${finding}]`
}

function partyText(party: AttorneyPrincipal | AttorneyRepresentative): string {
  switch (party.kind) {
    case 'entrepreneur':
      return withInn(`ИП ${nameText(party.entrepreneur.name)}`, party.entrepreneur.inn)
    case 'person':
      return withInn(nameText(party.person.name), party.person.inn)
    case 'organisation':
    case 'branch':
    case 'foreign':
      return withInn(party.organisation.name, party.organisation.inn)
  }
}

function nameText({ surname, givenName, patronymic }: AttorneyName): string {
  return [surname, givenName, patronymic].filter((part) => part !== undefined && part !== '').join(' ')
}

function withInn(name: string, inn: string | undefined): string {
  return inn === undefined ? name : `${name}, ИНН ${inn}`
}

function russianDay(day: string): string {
  return day.split('-').reverse().join('.')
}
