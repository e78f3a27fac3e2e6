// The verdicts on powers of attorney behind the signers of a message, and what follows from each. Pure.

import type { AttorneyFacts, AttorneyVerdict } from '../../../schemas/attorney/verdict.ts'
import type { SignerFacts } from '../../../schemas/verdict/facts.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { OtherOutcome } from '../../../schemas/verdict/policy.ts'
import { judgeAttorney } from '../attorney/judge.ts'

/**
 * The verdict, and the outcome policy acts by: none when all is well or nobody could tell that one is due. `covers`: it holds,
 * so it tells whom the signer acts for.
 */
export type SignerAttorneyVerdict = {
  attorney: AttorneyVerdict
  outcome: OtherOutcome | undefined
  covers: boolean
}

/** Judges what was found for one signer; undefined where the signer is not judged for that at all. */
export function judgeSignerAttorney(
  { attorney: known }: SignerFacts,
  { attorneys = [], policy, receivedAt }: MessageFacts,
): SignerAttorneyVerdict | undefined {
  if (known === undefined) return undefined
  const { due, found } = known
  if (found === undefined) {
    const attorney = judgeAttorney({ ...nothingFound, due, controlTime: receivedAt })
    return { attorney, outcome: undefined, covers: false }
  }
  const chain = found.chain.flatMap((place) => attorneys[place] ?? [])
  const verdict = judgeAttorney({ ...found, due, chain }, policy.attorney)
  const covers = verdict.status === 'IsValid' || verdict.status === 'HasWarnings'
  return { attorney: verdict, outcome: outcomeOf(verdict), covers }
}

const nothingFound: Omit<AttorneyFacts, 'due' | 'controlTime'> = {
  chain: [],
  requisites: [],
  registry: [],
  documentSigner: {},
  cosigners: [],
  sender: { kind: 'organisation' },
  controlSource: 'receipt',
  powersWanted: [],
}

function outcomeOf(verdict: AttorneyVerdict): OtherOutcome | undefined {
  switch (verdict.status) {
    case 'NotRequired':
    case 'IsValid':
      return undefined
    case 'IsNotAttached':
      return 'ATTORNEY_MISSING'
    case 'IsNotValid':
      return 'ATTORNEY_INVALID'
    case 'CanNotBeValidated':
    case 'ValidationError':
      return 'ATTORNEY_UNCHECKED'
    case 'HasWarnings':
      return isUnchecked(verdict) ? 'ATTORNEY_UNCHECKED' : undefined
  }
}

/** A silent registry is a warning, and what it leaves open is told all the same (RULES 25). */
const leaveOpen: ReadonlySet<string> = new Set([
  'registry-silent',
  'registry-unknown',
  'registry-not-asked',
  'signature-indeterminate',
  'chain-silent',
])

function isUnchecked({ checks }: AttorneyVerdict): boolean {
  return checks.some(({ finding, outcome }) => outcome === 'warning' && leaveOpen.has(finding))
}
