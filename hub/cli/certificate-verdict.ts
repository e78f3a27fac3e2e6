// The answer of `hub verify-certificate`: its fields, what fails and what does not, and its text for people.

import type { CertificateFacts, Found, PathFacts, RevocationFacts } from '../../schemas/verdict/facts.ts'
import { type ProblemCode, problemRow } from '../../schemas/verdict/problems.ts'
import { visible } from '../trust/verdict/report-text.ts'
import type { Unread } from './certificate-files.ts'

/** A problem as the answer shows it. `isNote`: told, but no reason to fail. */
export type ShownProblem = {
  readonly code: ProblemCode
  readonly isNote: boolean
  readonly seen: string
  readonly certificate: string | null
  readonly clause: string
  readonly ru: string
  readonly en: string
}

/** The answer; docs/verify-certificate.md describes the fields. */
export type CertificateVerdict = {
  readonly verdict: 'passed' | 'failed' | 'indeterminate'
  readonly at: string
  readonly certificate: CertificateFacts | null
  /** Class of signature tools by the policies of the certificate, КС1 to КА1. */
  readonly toolClass: string | null
  readonly path: PathFacts
  readonly problems: readonly ShownProblem[]
  readonly revocation: { readonly isAsked: boolean; readonly facts: readonly RevocationFacts[] }
  readonly unread: readonly Unread[]
}

/** What the caller lets pass. */
export type Tolerance = { readonly lenient?: boolean; readonly allowWeak?: boolean }

type Judged = Omit<CertificateVerdict, 'verdict' | 'problems' | 'at'>

/**
 * Judges what was found. Anchors, intermediates and the time are the caller's, so that a problem of the path is
 * definite and fails; revoked fails; only unknown revocation, once it was asked, leaves the answer open.
 */
export function judgeCertificate(judged: Judged, tolerance: Tolerance): CertificateVerdict {
  const problems = judged.path.problems.map((found) => show(found, tolerance))
  const { isAsked, facts } = judged.revocation
  const isRevoked = facts.some(({ status }) => status === 'revoked')
  const isOpen = isAsked && facts.some(({ status }) => status === 'unknown')
  const isFailed = isRevoked || problems.some(({ isNote }) => !isNote)
  const verdict = isFailed ? 'failed' : isOpen ? 'indeterminate' : 'passed'
  return { verdict, at: judged.path.at, ...judged, problems }
}

function show({ problem, seen, certificate }: Found, tolerance: Tolerance): ShownProblem {
  const { clause, ru, en } = problemRow(problem)
  const isNote =
    problem === 'path.legacy-algorithm' ||
    (problem === 'path.profile' && tolerance.lenient === true) ||
    (problem === 'path.weak-algorithm' && tolerance.allowWeak === true)
  return { code: problem, isNote, seen, certificate: certificate ?? null, clause, ru, en }
}

const verdictWords = {
  passed: 'ПРОЙДЕНО (passed)',
  failed: 'НЕ ПРОЙДЕНО (failed)',
  indeterminate: 'НЕ ОПРЕДЕЛЕНО (indeterminate)',
} as const

const statusWords = {
  good: 'не отозван (good)',
  revoked: 'ОТОЗВАН (revoked)',
  unknown: 'неизвестно (unknown)',
} as const

/** The answer for people, Russian first. Control characters are shown, not sent. */
export function certificateVerdictText(answer: CertificateVerdict): string[] {
  const { verdict, at, path, problems, revocation, unread } = answer
  const lines = [`${verdictWords[verdict]}, на время (at) ${at}`, '']
  path.certificates.forEach((certificate, i) => {
    lines.push(...certificateLines(i === 0 ? 'Сертификат (certificate)' : 'Выдан (issued by)', certificate))
  })
  if (path.certificates.length === 0 && answer.certificate !== null)
    lines.push(...certificateLines('Сертификат (certificate)', answer.certificate))
  if (path.anchor !== undefined) lines.push(...certificateLines('Доверенный (anchor)', path.anchor))
  if (path.policies.length > 0) lines.push(`Политики (policies): ${path.policies.join(' ')}`)
  if (answer.toolClass !== null) lines.push(`Класс средств ЭП (class of tools): ${answer.toolClass}`)
  for (const { isNote, ru, en, seen, clause, code } of problems) {
    lines.push(`${isNote ? 'Замечание (note)' : 'Нарушение (problem)'}: ${ru} (${en})`)
    lines.push(`    ${code}: ${seen}; ${clause}`)
  }
  if (!revocation.isAsked)
    lines.push('Отзыв НЕ проверялся: нет --crls (revocation was NOT checked: no --crls)')
  for (const { certificate, status, revokedAt } of revocation.facts)
    lines.push(
      `Отзыв (revocation) ${certificate.slice(0, 16)}: ${statusWords[status]} ${revokedAt ?? ''}`.trimEnd(),
    )
  return [...lines.map(visible), ...unread.map(unreadLine)]
}

/** Tells of a file that was passed over. */
export function unreadLine({ file, what }: Unread): string {
  return visible(`Не прочитано (not read): ${file}: ${what}`)
}

function certificateLines(title: string, certificate: CertificateFacts): string[] {
  const { subject, serial, notBefore, notAfter, key, sha256 } = certificate
  return [
    `${title}: ${subject}`,
    `    № ${serial}, ${notBefore} .. ${notAfter}, ${key}`,
    `    SHA-256 ${sha256}`,
  ]
}
