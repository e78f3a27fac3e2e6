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
    const unknown = unknownOf(stamp, { receivedAt, policy })
    const faults = faultsOf(stamp, { receivedAt, isUnknownTold: unknown.length > 0 })
    found.push(...faults, ...(faults.length > 0 ? [] : unknown))
    // The latest moment the stamp allows: its accuracy works against the signer.
    const latest = new Date(Date.parse(stamp.time) + stamp.accuracyMs).toISOString()
    if (faults.length === 0 && (best === undefined || latest < best)) best = latest
  }
  if (best === undefined || best >= receivedAt) return { time: receivedAt, by: 'receipt', found }
  return { time: best, by: 'timestamp', found }
}

/** What a policy that does not fail for unknown revocation lets pass for a stamp too; it is told. */
function unknownOf(
  { chain }: TimestampFacts,
  { receivedAt, policy }: { receivedAt: string; policy: VerdictPolicy },
): Found[] {
  if (chain === undefined || weightOf(policy, 'time.revocation-unknown') === 'fail') return []
  return revocationsFound(chain, receivedAt).filter(({ problem }) => problem === 'time.revocation-unknown')
}

function faultsOf(
  stamp: TimestampFacts,
  { receivedAt, isUnknownTold }: { receivedAt: string; isUnknownTold: boolean },
): Found[] {
  if (Date.parse(stamp.time) - stamp.accuracyMs > Date.parse(receivedAt)) {
    return [{ problem: 'time.order', seen: `${stamp.time}, received ${receivedAt}` }]
  }
  const { chain } = stamp
  const problems = [
    ...stamp.problems,
    ...(chain?.path.problems ?? []),
    // The stamp must stand the test at our receipt, which is its own proof of existence.
    ...(chain === undefined ? [] : revocationsFound(chain, receivedAt)).filter(
      ({ problem }) => !(isUnknownTold && problem === 'time.revocation-unknown'),
    ),
  ]
  if (chain !== undefined && problems.length === 0) return []
  const codes = [...new Set(problems.map(({ problem }) => problem))].join(' ')
  return [{ problem: 'timestamp.unusable', seen: `${stamp.time} ${codes || 'no chain'}` }]
}
