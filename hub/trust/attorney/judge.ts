// Judges a power of attorney purely, from frozen facts (domain rules 6.4).

import type { AttorneyStatus } from '../../../schemas/attorney/checks.ts'
import {
  type AttorneyCheck,
  type AttorneyFacts,
  type AttorneyGap,
  type AttorneyPolicy,
  type AttorneyVerdict,
  defaultAttorneyPolicy,
} from '../../../schemas/attorney/verdict.ts'
import { checkChain } from './check-chain.ts'
import { checkLink } from './check-link.ts'
import { checkParties } from './check-parties.ts'
import { type Finding, find, summaryOf, toCheck } from './findings.ts'
import { moscowDay } from './moscow.ts'

/**
 * The verdict on the power of attorney behind one signature, whatever becomes of that signature itself. Depends on its
 * arguments only, so that stored facts give the same verdict years later. A chain longer than attorneyChainMax is refused,
 * not followed.
 */
export function judgeAttorney(
  facts: AttorneyFacts,
  policy: AttorneyPolicy = defaultAttorneyPolicy,
): AttorneyVerdict {
  const due = checkDue(facts)
  const conclude = (found: readonly Finding[], status?: AttorneyStatus): AttorneyVerdict => {
    const checks = [due, ...found].map((one) => toCheck(one, policy))
    return { status: status ?? statusOf(checks), summary: summaryOf(checks), checks }
  }
  if (facts.due.due === 'not-required') return conclude([], 'NotRequired')
  const failure = failureOf(facts)
  if (failure !== undefined) return conclude([find('found-failure', failure)], 'ValidationError')
  const [leaf] = facts.chain
  if (leaf === undefined) {
    const { finding, status } = judgeAbsence(facts)
    return conclude([finding], status)
  }
  return conclude([
    ...facts.chain.flatMap((link) => checkLink(facts, link, policy)),
    ...checkParties(facts, leaf),
    ...checkChain(facts),
  ])
}

function checkDue({ due }: AttorneyFacts): Finding {
  if (due.due === 'not-required') return find('due-not', due.reason)
  if (due.due === 'undecided') return find('due-undecided', due.reason)
  return find(due.reason === 'contradictory' ? 'due-contradictory' : 'due-yes', due.reason)
}

function failureOf({ failure, controlTime }: AttorneyFacts): string | undefined {
  if (failure !== undefined) return failure
  return moscowDay(controlTime) === undefined ? 'the control time is not an instant' : undefined
}

type Absence = { finding: Finding; status: AttorneyStatus }

/** There is nothing to look at: none was named, or what was named did not come. */
function judgeAbsence({ due, gap }: AttorneyFacts): Absence {
  if (gap === undefined) {
    const isDue = due.due === 'required'
    return { finding: find('found-none', ''), status: isDue ? 'IsNotAttached' : 'CanNotBeValidated' }
  }
  const absences: Readonly<Record<AttorneyGap['reason'], readonly [Finding['finding'], AttorneyStatus]>> = {
    unreadable: ['format-invalid', 'IsNotValid'],
    'other-format': ['format-other', 'CanNotBeValidated'],
    'not-found': ['found-not-in-registry', 'IsNotAttached'],
    revoked: ['found-revoked', 'IsNotValid'],
    silent: ['found-silent', 'CanNotBeValidated'],
    'not-asked': ['found-not-asked', 'CanNotBeValidated'],
    loop: ['chain-loop', 'IsNotValid'],
    'too-long': ['chain-too-long', 'IsNotValid'],
  }
  const [finding, status] = absences[gap.reason]
  return { finding: find(finding, gap.seen ?? '', gap.number), status }
}

function statusOf(checks: readonly AttorneyCheck[]): AttorneyStatus {
  const summary = summaryOf(checks)
  if (summary === 'error') return 'IsNotValid'
  return summary === 'warning' ? 'HasWarnings' : 'IsValid'
}
