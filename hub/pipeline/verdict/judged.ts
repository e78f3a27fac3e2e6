// A judged message: the verdict, and the rows that keep it with the facts it rests on (RULES 25, 26).

import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { VerdictPolicy } from '../../../schemas/verdict/policy.ts'
import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'
import type { VerdictChainRow, VerdictRow } from '../../store/hot/rows.ts'
import { packVerdictTexts } from '../../store/verdict/texts.ts'
import { freezeInTurns, verdictDigest, verdictTextInTurns } from '../../trust/verdict/freeze.ts'
import { judgeInTurns } from '../../trust/verdict/judge.ts'
import type { Turn } from '../../trust/verdict/turns.ts'

/** A verdict with its rows. */
export type Judged = {
  verdict: MessageVerdict
  /** By which it was judged. */
  policy: VerdictPolicy
  /** What the row of the message says: passed, indeterminate, failed or not-signed. */
  summary: string
  row: VerdictRow
  chains: VerdictChainRow[]
}

const summaries = {
  'TOTAL-PASSED': 'passed',
  INDETERMINATE: 'indeterminate',
  'TOTAL-FAILED': 'failed',
  'NOT-SIGNED': 'not-signed',
} as const satisfies Record<MessageVerdict['indication'], string>

/** Judges frozen facts and makes the rows, in turns of the event loop: a message may hold a thousand signatures. */
export async function judgeFacts(facts: MessageFacts, at: Date, turn: Turn): Promise<Judged> {
  const verdict = await judgeInTurns(facts, turn)
  const frozen = await freezeInTurns(facts, turn)
  const text = await verdictTextInTurns(verdict, turn)
  const packed = await packVerdictTexts({ facts: frozen.text, verdict: text })
  return {
    verdict,
    policy: facts.policy,
    summary: summaries[verdict.indication],
    row: {
      message: facts.message,
      judged_at: at,
      indication: verdict.indication,
      sub_indication: verdict.subIndication ?? null,
      action: verdict.action,
      policy: verdict.policy,
      edition: facts.edition,
      packed: packed.toString('base64'),
      digest: verdictDigest(frozen.text, text),
    },
    chains: [...frozen.chains].map(([sha256, chain]) => ({ sha256, facts: chain, first_at: at })),
  }
}
