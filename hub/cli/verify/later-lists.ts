// A signature judged as of an earlier time: what revocation lists issued since then tell of that time.

import type { RevocationFacts } from '../../../schemas/verdict/facts.ts'
import type { TrustView } from '../../trust/verdict/gather.ts'
import { type LocalTrust, viewOfFiles } from '../../trust/view/local-trust.ts'

/**
 * A view of files in which lists issued after the time asked about count too, up to `today`. A revocation on them has its
 * date, which is compared with the proven time (EN 319 102-1, 5.2.6 and 5.5.4); who is not on them was not revoked then. A
 * list issued when a certificate had run out shows nothing good of it: it may have been dropped (RFC 5280, 3.3).
 */
export function viewOfThen(local: LocalTrust, { at, today }: { at: Date; today: Date }): TrustView {
  const then = viewOfFiles(local)
  const issued = local.lists.map(({ thisUpdate }) => thisUpdate).filter((one) => at < one && one <= today)
  const times = [...new Set(issued.map((one) => one.toISOString()))].sort()
  // A view each: one remembers its answers for a clock that only runs forward.
  const later = times.map((now) => ({ now, view: viewOfFiles(local) }))
  return {
    edition: then.edition,
    chainOf(question) {
      const facts = then.chainOf(question)
      const ends = new Map(facts.path.certificates.map(({ sha256, notAfter }) => [sha256, notAfter]))
      let { revocations } = facts
      for (const { now, view } of later) {
        const answers = view.chainOf({ ...question, now }).revocations
        const since = new Map(answers.map((one) => [one.certificate, one]))
        revocations = revocations.map((one) =>
          betterOf(one, since.get(one.certificate), ends.get(one.certificate) ?? ''),
        )
      }
      return { ...facts, revocations }
    },
  }
}

/** What is known of a certificate that runs out at `end`, after one more list was looked at. */
function betterOf(then: RevocationFacts, since: RevocationFacts | undefined, end: string): RevocationFacts {
  if (since === undefined || then.status === 'revoked') return then
  if (since.status === 'revoked') return since
  const isInTime = since.thisUpdate !== undefined && since.thisUpdate <= end
  return then.status === 'unknown' && since.status === 'good' && isInTime ? since : then
}
