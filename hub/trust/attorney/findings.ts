// How checks of a power of attorney report, and how a policy turns findings into outcomes.

import { type AttorneyFindingName, attorneyFindings } from '../../../schemas/attorney/checks.ts'
import type { AttorneyOutcome } from '../../../schemas/attorney/finding.ts'
import type { AttorneyCheck, AttorneyPolicy } from '../../../schemas/attorney/verdict.ts'

/** What one check found, before policy. */
export type Finding = Pick<AttorneyCheck, 'finding' | 'number' | 'seen'>

/** Makes a finding about one power of attorney, or, without a number, about the whole. */
export function find(finding: AttorneyFindingName, seen: string, number?: string): Finding {
  return number === undefined ? { finding, seen } : { finding, number, seen }
}

/** Makes the line of the protocol. */
export function toCheck(found: Finding, policy: AttorneyPolicy): AttorneyCheck {
  const { check: id, outcome } = attorneyFindings[found.finding]
  return { id, outcome: policy.outcomes[found.finding] ?? outcome, ...found }
}

/** The worst of outcomes; what was not checked leaves its mark by a finding of its own. */
export function summaryOf(checks: readonly { outcome: AttorneyOutcome }[]): 'ok' | 'warning' | 'error' {
  if (checks.some(({ outcome }) => outcome === 'error')) return 'error'
  return checks.some(({ outcome }) => outcome === 'warning') ? 'warning' : 'ok'
}
