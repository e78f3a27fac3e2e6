// Judges frozen facts again and says whether the answer is the one that was kept.

import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'
import { chainNames, freezeFacts, thawFacts, verdictDigest, verdictText } from './freeze.ts'
import { decidingSignature, judgeMessage } from './judge.ts'

/** What was kept: facts and verdict as texts, the digest over both, and the chains the facts name. */
export type KeptVerdict = {
  facts: string
  verdict: string
  digest: string
  chains: ReadonlyMap<string, string>
}

/** `unchanged`: the texts have their digests. `same`: the same facts give the same verdict today. */
export type Recheck = { unchanged: boolean; same: boolean; missingChains: readonly string[]; verdict: string }

/** Pure. Without all chains nothing is judged: `same` is false and the missing ones are named. */
export function recheckVerdict(kept: KeptVerdict): Recheck {
  const missingChains = chainNames(kept.facts).filter((name) => !kept.chains.has(name))
  const facts = thawFacts(kept.facts, kept.chains)
  if (facts === undefined) return { unchanged: false, same: false, missingChains, verdict: '' }
  const judged = judgeMessage(facts)
  const verdict = verdictText(judged)
  const unchanged =
    verdictDigest(kept.facts, kept.verdict) === kept.digest &&
    // Freezing again gives the digests of the chains as they are now.
    freezeFacts(facts).text === kept.facts
  return {
    unchanged,
    same: verdict === kept.verdict || repeatingText(judged) === kept.verdict,
    missingChains,
    verdict,
  }
}

/** The text of before: it had all of the deciding signature at the top once more, which said nothing of its own. */
function repeatingText(judged: MessageVerdict): string {
  if (judged.signatures.length === 0) return verdictText(judged)
  const { form, indication: _, subIndication: __, ...rest } = judged
  return JSON.stringify({ form, ...decidingSignature(judged.signatures), ...rest })
}
