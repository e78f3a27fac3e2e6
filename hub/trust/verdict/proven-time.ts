// When a signature is proven to exist: our receipt, or an earlier time-stamp that holds (RULES 25; EN 319 102-1, 5.5.4).

import type { Found, TimestampFacts } from '../../../schemas/verdict/facts.ts'
import type { VerdictPolicy } from '../../../schemas/verdict/policy.ts'
import { weightOf } from './protocol.ts'
import { revocationsFound } from './revocation-time.ts'

/** The proven time and what proves it; `found` tells of stamps that prove nothing. */
export type ProvenTime = {
  readonly time: string
  readonly by: 'receipt' | 'timestamp'
  readonly found: readonly Found[]
}

/** Chooses the earliest stamp that holds; without one the time of receipt stands. Pure. */
export function provenTime(
  timestamps: readonly TimestampFacts[],
  receivedAt: string,
  policy: VerdictPolicy,
): ProvenTime {
  const found: Found[] = []
  let best: string | undefined
  for (const stamp of timestamps) {
    const { faults, told } = judgeStamp(stamp, { receivedAt, policy })
    found.push(...faults, ...told)
    // The latest moment the stamp allows: its accuracy works against the signer.
    const latest = new Date(Date.parse(stamp.time) + stamp.accuracyMs).toISOString()
    if (faults.length === 0 && (best === undefined || latest < best)) best = latest
  }
  if (best === undefined || best >= receivedAt) return { time: receivedAt, by: 'receipt', found }
  return { time: best, by: 'timestamp', found }
}

/** What is against a stamp, and what the policy lets pass for it as for a signer: that is told. */
function judgeStamp(
  stamp: TimestampFacts,
  { receivedAt, policy }: { receivedAt: string; policy: VerdictPolicy },
): { faults: Found[]; told: Found[] } {
  if (Date.parse(stamp.time) - stamp.accuracyMs > Date.parse(receivedAt)) {
    return { faults: [{ problem: 'time.order', seen: `${stamp.time}, received ${receivedAt}` }], told: [] }
  }
  const { chain } = stamp
  const problems = [
    ...stamp.problems,
    ...(chain?.path.problems ?? []),
    // The stamp must stand the test at our receipt, which is its own proof of existence.
    ...(chain === undefined ? [] : revocationsFound(chain, receivedAt)),
  ]
  const failing = problems.filter(({ problem }) => weightOf(policy, problem) === 'fail')
  if (chain !== undefined && failing.length === 0) return { faults: [], told: problems }
  const codes = [...new Set(failing.map(({ problem }) => problem))].join(' ')
  const seen = `${stamp.time} ${codes || 'no chain'}`
  return { faults: [{ problem: 'timestamp.unusable', seen }], told: [] }
}
