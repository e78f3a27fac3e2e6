// The verdicts on powers of attorney behind the signers of a message, and what follows from each. Pure.

import type { AttorneyFacts, AttorneyVerdict } from '../../../schemas/attorney/verdict.ts'
import type { SignerFacts } from '../../../schemas/verdict/facts.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { OtherOutcome } from '../../../schemas/verdict/policy.ts'
import { judgeAttorney } from '../attorney/judge.ts'

/** The verdict, and the outcome policy acts by; none when all is well or nobody could tell that one is due. */
export type SignerAttorneyVerdict = { attorney: AttorneyVerdict; outcome: OtherOutcome | undefined }

/** Judges what was found for one signer; undefined where the signer is not judged for that at all. */
export function judgeSignerAttorney(
  { attorney }: SignerFacts,
  { attorneys = [], policy, receivedAt }: MessageFacts,
): SignerAttorneyVerdict | undefined {
  if (attorney === undefined) return undefined
  const { due, found } = attorney
  if (found === undefined) {
    return { attorney: judgeAttorney({ ...nothingFound, due, controlTime: receivedAt }), outcome: undefined }
  }
  const chain = found.chain.flatMap((place) => attorneys[place] ?? [])
  const verdict = judgeAttorney({ ...found, due, chain }, policy.attorney)
  return { attorney: verdict, outcome: outcomeOf(verdict) }
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
])

function isUnchecked({ checks }: AttorneyVerdict): boolean {
  return checks.some(({ finding, outcome }) => outcome === 'warning' && leaveOpen.has(finding))
}
