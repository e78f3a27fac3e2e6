// The protocol of a verdict for people who are no engineers: Russian first, English beside it.

import { type CheckId, signatureChecks } from '../../../schemas/verdict/checks.ts'
import type { Indication } from '../../../schemas/verdict/indications.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { VerdictAction } from '../../../schemas/verdict/policy.ts'
import { problemRow } from '../../../schemas/verdict/problems.ts'
import type {
  CheckResult,
  MessageVerdict,
  SignatureVerdict,
  SignerVerdict,
} from '../../../schemas/verdict/verdict.ts'
import { attorneySection, linksOf } from './report-attorney.ts'
import type { ReportLine, ReportSection, Tone } from './report-lines.ts'

/** The whole protocol. */
export type Report = { title: string; tone: Tone; sections: readonly ReportSection[] }

/** What the report says of the message besides its verdict. Times are ISO 8601 in UTC. */
export type ReportAbout = { message?: string; sender?: string; receivedAt: string; judgedAt: string }

const answers: Record<MessageVerdict['indication'], [Tone, string]> = {
  'TOTAL-PASSED': ['good', 'Подпись действительна (the signature is valid)'],
  INDETERMINATE: ['doubt', 'Определённого ответа нет (there is no definite answer)'],
  'TOTAL-FAILED': ['bad', 'Подпись недействительна (the signature is not valid)'],
  'NOT-SIGNED': ['plain', 'Подписей нет (there are no signatures)'],
}

const actions: Record<VerdictAction, [Tone, string]> = {
  forward: ['good', 'передать дальше (goes on)'],
  mark: ['doubt', 'передать дальше с пометкой (goes on, marked)'],
  hold: ['doubt', 'задержать до решения дежурного (waits for a person)'],
  refuse: ['bad', 'отказать (refused)'],
}

const outcomes: Record<CheckResult['outcome'], [Tone, string]> = {
  ok: ['good', 'да (ok)'],
  warning: ['doubt', 'с замечанием (warning)'],
  failed: ['bad', 'нет (failed)'],
  'not-checked': ['plain', 'не проверялось (not checked)'],
}

/**
 * Makes the report; nothing in it is escaped for any medium yet. Out of the facts come number, parties and dates of powers of
 * attorney; without them the verdict alone is told.
 */
export function reportOf(verdict: MessageVerdict, about: ReportAbout, facts?: MessageFacts): Report {
  const [tone] = answers[verdict.indication]
  const [actionTone, action] = actions[verdict.action]
  const line = (label: string, value: string | undefined, tone: Tone = 'plain'): ReportLine[] =>
    value === undefined ? [] : [{ label, value, tone, notes: [] }]
  const head: ReportSection = {
    title: 'Итог (result)',
    lines: [
      ...line('Сообщение (message)', about.message),
      ...line('Отправитель (sender)', about.sender),
      ...line('Получено хабом (received)', moscowTime(about.receivedAt)),
      ...line('Проверено (judged)', moscowTime(about.judgedAt)),
      ...line('Ответ (answer)', answerText(verdict), tone),
      ...line('По правилам обмена (by policy)', `${action}, ${verdict.policy}`, actionTone),
    ],
  }
  return {
    title: 'Протокол проверки электронной подписи (protocol of signature validation)',
    tone,
    sections: [head, ...verdict.signatures.flatMap((one) => signatureSections(one, facts))],
  }
}

function answerText({
  indication,
  subIndication,
}: Pick<MessageVerdict, 'indication' | 'subIndication'>): string {
  const code = [indication, subIndication].filter(Boolean).join(', ')
  return `${answers[indication][1]}: ${code}`
}

function signatureSections(signature: SignatureVerdict, facts: MessageFacts | undefined): ReportSection[] {
  const { id, document, signers, checks } = signature
  const kind = signature.isOfAttorney === true ? 'Подпись доверенности' : 'Подпись'
  const own: ReportSection = {
    title: `${kind} ${id}, документ ${document} (signature, document)`,
    lines: [
      {
        label: 'Ответ (answer)',
        value: answerText(signature),
        tone: toneOf(signature.indication),
        notes: [],
      },
      ...checks.map(checkLine),
    ],
  }
  return [
    own,
    ...signers.flatMap((signer, index) => {
      const place = `${index + 1} / ${signers.length}`
      const section = signerSection(signer, place)
      if (signer.attorney === undefined) return [section]
      const links = linksOf(facts, { signature: id, signer: index })
      return [section, attorneySection(signer.attorney, place, links)]
    }),
  ]
}

function toneOf(indication: Indication): Tone {
  return answers[indication][0]
}

function signerSection(signer: SignerVerdict, place: string): ReportSection {
  const { certificate, claimedTime, provenTime, provenBy } = signer
  const plain = (label: string, value: string | undefined): ReportLine[] =>
    value === undefined ? [] : [{ label, value, tone: 'plain', notes: [] }]
  const qualified: ReportLine = {
    label: 'Квалифицированная (qualified)',
    value: signer.isQualified ? 'да (yes)' : 'нет или не установлено (no, or not established)',
    tone: signer.isQualified ? 'good' : 'doubt',
    notes: [],
  }
  const by = provenBy === 'receipt' ? 'по времени получения (our receipt)' : 'по метке времени (time-stamp)'
  return {
    title: `Подписант ${place} (signer)`,
    lines: [
      ...plain('Кто (who)', certificate && whoOf(certificate.names, certificate.subject)),
      ...plain(
        'Сертификат (certificate)',
        certificate && `${certificate.serial}, SHA-256 ${certificate.sha256}`,
      ),
      ...plain('Выдан (issued by)', certificate?.issuer),
      ...plain(
        'Срок (period)',
        certificate && `${moscowTime(certificate.notBefore)} – ${moscowTime(certificate.notAfter)}`,
      ),
      ...plain('Ключ (key)', certificate?.key),
      ...plain('Подпись существовала не позднее (proven to exist at)', `${moscowTime(provenTime)}, ${by}`),
      ...plain(
        'Время по словам подписанта, не доказано (claimed, no proof)',
        claimedTime && moscowTime(claimedTime),
      ),
      ...plain('Вид (level)', signer.level),
      qualified,
      ...signer.checks.map(checkLine),
    ],
  }
}

const numbers: readonly [string, string][] = [
  ['innLegal', 'ИНН организации'],
  ['inn', 'ИНН'],
  ['ogrn', 'ОГРН'],
  ['ogrnip', 'ОГРНИП'],
  ['snils', 'СНИЛС'],
]

function whoOf(names: Readonly<Record<string, string>>, fallback: string): string {
  const person = [names['surname'], names['givenName']].filter(Boolean).join(' ')
  const parts = [person, names['title'], names['organization'] ?? names['commonName']].filter(Boolean)
  const ids = numbers.flatMap(([field, label]) =>
    names[field] === undefined ? [] : [`${label} ${names[field]}`],
  )
  return [...new Set(parts), ...ids].join(', ') || fallback
}

function checkLine({ check, outcome, found }: CheckResult): ReportLine {
  const { ru, en, clause } = signatureChecks[check as CheckId]
  const [tone, value] = outcomes[outcome]
  const notes = found.map(({ problem, seen }) => {
    const row = problemRow(problem)
    return `${row.ru} (${row.en}): ${seen} [${problem}; ${row.clause}]`
  })
  return { label: `${ru} (${en}; ${clause})`, value, tone, notes }
}

const moscow = new Intl.DateTimeFormat('ru-RU', {
  timeZone: 'Europe/Moscow',
  dateStyle: 'short',
  timeStyle: 'medium',
})

/** A time as people here write it; what is no time stays as it is. */
function moscowTime(iso: string): string {
  const time = new Date(iso)
  return Number.isNaN(time.getTime()) ? iso : `${moscow.format(time)} МСК`
}
