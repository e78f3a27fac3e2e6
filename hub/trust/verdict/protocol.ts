// From what was found to an answer: weights by policy, checks in their order, the one sub-indication that names it.

import { type CheckId, checkOf, signatureChecks } from '../../../schemas/verdict/checks.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import { type Indication, type SubIndication, subIndications } from '../../../schemas/verdict/indications.ts'
import type { VerdictPolicy, Weight } from '../../../schemas/verdict/policy.ts'
import { problemRow } from '../../../schemas/verdict/problems.ts'
import type { CheckResult } from '../../../schemas/verdict/verdict.ts'

/** An answer in the terms of EN 319 102-1. */
export type Answer = { readonly indication: Indication; readonly subIndication: SubIndication | undefined }

/** The answer of findings under a policy: a definite failure before a doubt, then the order of the sub-indications. */
export function answerOf(found: readonly Found[], policy: VerdictPolicy): Answer {
  const deciding = found
    .filter(({ problem }) => weightOf(policy, problem) === 'fail')
    .map(({ problem }) => problem)
  if (deciding.length === 0) return { indication: 'TOTAL-PASSED', subIndication: undefined }
  const rows = deciding.map(problemRow)
  const failed = rows.filter(({ main }) => main === 'TOTAL-FAILED')
  const subs = (failed.length > 0 ? failed : rows).map(({ sub }) => sub)
  return {
    indication: failed.length > 0 ? 'TOTAL-FAILED' : 'INDETERMINATE',
    subIndication: subIndications.find((sub) => subs.includes(sub)),
  }
}

/** The worst of several answers, the first of equals, as it was given. */
export function worstAnswer<Given extends Answer>(answers: readonly Given[]): Given {
  const rank = ({ indication, subIndication }: Answer) =>
    indication === 'TOTAL-PASSED'
      ? Number.MAX_SAFE_INTEGER
      : (indication === 'TOTAL-FAILED' ? 0 : subIndications.length) +
        (subIndication === undefined ? subIndications.length : subIndications.indexOf(subIndication))
  return answers.reduce((worst, answer) => (rank(answer) < rank(worst) ? answer : worst))
}

/**
 * The protocol: every check of `done` and every check something was found for. A check without findings is `ok` when it
 * was done, and not in the list otherwise.
 */
export function protocolOf(
  found: readonly Found[],
  options: { policy: VerdictPolicy; done: readonly CheckId[]; notDone?: readonly CheckId[] },
): CheckResult[] {
  const { policy, done, notDone = [] } = options
  const byCheck = Map.groupBy(found, ({ problem }) => checkOf(problem))
  return (Object.keys(signatureChecks) as CheckId[]).flatMap((check): CheckResult[] => {
    const own = (byCheck.get(check) ?? []).map(({ problem, seen, certificate }) => ({
      problem,
      weight: weightOf(policy, problem),
      seen,
      ...(certificate === undefined ? {} : { certificate }),
    }))
    if (own.length > 0) return [{ check, outcome: outcomeOf(own), found: own }]
    if (done.includes(check)) return [{ check, outcome: 'ok', found: [] }]
    return notDone.includes(check) ? [{ check, outcome: 'not-checked', found: [] }] : []
  })
}

function outcomeOf(found: CheckResult['found']): CheckResult['outcome'] {
  const wrong = found.filter(({ problem }) => problemRow(problem).isGap !== true).map(({ weight }) => weight)
  if (wrong.includes('fail')) return 'failed'
  if (wrong.length < found.length) return 'not-checked'
  return wrong.includes('warn') ? 'warning' : 'ok'
}

/** How much a problem weighs under a policy. */
export function weightOf(policy: VerdictPolicy, problem: Found['problem']): Weight {
  return policy.weights[problem] ?? problemRow(problem).byDefault ?? 'fail'
}
