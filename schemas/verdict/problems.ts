// The one table of what checks of signatures may find: each problem with its answer, clause and words.

import { cmsProblems } from './cms-problems.ts'
import type { ProblemRow } from './indications.ts'
import { judgeProblems } from './judge-problems.ts'
import { pathProblems } from './path-problems.ts'
import { revocationProblems } from './revocation-problems.ts'

/** All problems by code. */
export const problems = { ...cmsProblems, ...pathProblems, ...revocationProblems, ...judgeProblems } as const

/** A code of the table. */
export type ProblemCode = keyof typeof problems

/** The row of a code. */
export function problemRow(code: ProblemCode): ProblemRow {
  return problems[code]
}
