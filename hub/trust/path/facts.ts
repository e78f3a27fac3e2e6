// Says what a report says of paths.

import type { PathFacts } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { certificateFacts } from '../certificate-facts.ts'
import type { PathFound } from './build.ts'

/** The facts of a path; an anchor asked about itself stands for its path. */
export function pathFacts(target: Certificate, found: PathFound, at: Date): PathFacts {
  const { certificates, anchor, policies, problems } = found
  const isAnchor = anchor !== undefined && certificates.length === 0
  return {
    at: at.toISOString(),
    certificates: (isAnchor ? [target] : certificates).map(certificateFacts),
    anchor: anchor === undefined ? undefined : certificateFacts(anchor),
    policies,
    problems,
  }
}
