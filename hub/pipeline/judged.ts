// A judged message on its way: the rows that keep the verdict, and what the verdict means for the way (RULES 16, 25).

import { type RefusalCode, refusalText, refuse } from '../../schemas/refusals.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import type { Outcome } from '../../schemas/verdict/policy.ts'
import type { MessageVerdict } from '../../schemas/verdict/verdict.ts'
import type { VerdictChainRow, VerdictRow } from '../store/hot/rows.ts'
import { freezeFacts, verdictDigest, verdictText } from '../trust/verdict/freeze.ts'
import { judgeMessage } from '../trust/verdict/judge.ts'
import type { Passage } from './passage.ts'
import { afterRelease } from './reasons.ts'
import type { Named } from './run/moves.ts'

/** A verdict with its rows. */
export type Judged = {
  verdict: MessageVerdict
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

/** Judges frozen facts and makes the rows. */
export function judgeFacts(facts: MessageFacts, at: Date): Judged {
  const verdict = judgeMessage(facts)
  const frozen = freezeFacts(facts)
  const text = verdictText(verdict)
  return {
    verdict,
    summary: summaries[verdict.indication],
    row: {
      message: facts.message,
      judged_at: at,
      indication: verdict.indication,
      sub_indication: verdict.subIndication ?? null,
      action: verdict.action,
      policy: verdict.policy,
      edition: facts.edition,
      facts: frozen.text,
      verdict: text,
      digest: verdictDigest(frozen.text, text),
    },
    chains: [...frozen.chains].map(([sha256, chain]) => ({ sha256, facts: chain, first_at: at })),
  }
}

/** What the verdict means for the way; undefined lets the message go on. A person's release stands above it (RULES 17). */
export function verdictSays({ judged, message }: Passage): Named | undefined {
  if (judged === undefined || message.reason === afterRelease) return undefined
  const { verdict } = judged
  if (verdict.action !== 'hold' && verdict.action !== 'refuse') return undefined
  const deciding = verdict.because.filter(({ outcome }) => outcome !== 'NOT_SIGNED')
  const reason = refusalOf[deciding[0]?.outcome ?? 'GENERIC']
  if (verdict.action === 'hold') return { event: 'doubted', reason }
  const seen = deciding.map(({ outcome, signature }) => `${signature ?? 'message'} ${outcome}`).join(', ')
  return { event: 'refused', reason, text: refusalText(refuse(reason, seen)) }
}

/** The refusal each outcome becomes when the policy says no. */
const refusalOf: Record<Outcome, RefusalCode> = {
  FORMAT_FAILURE: 'verdict.unreadable',
  HASH_FAILURE: 'verdict.tampered',
  SIG_CRYPTO_FAILURE: 'verdict.tampered',
  SIGNED_DATA_NOT_FOUND: 'verdict.not-accepted',
  NO_SIGNING_CERTIFICATE_FOUND: 'verdict.unreadable',
  SIG_CONSTRAINTS_FAILURE: 'verdict.not-accepted',
  REVOKED: 'verdict.not-in-force',
  EXPIRED: 'verdict.not-in-force',
  NOT_YET_VALID: 'verdict.not-in-force',
  REVOKED_NO_POE: 'verdict.not-in-force',
  REVOKED_CA_NO_POE: 'verdict.not-in-force',
  OUT_OF_BOUNDS_NO_POE: 'verdict.not-in-force',
  OUT_OF_BOUNDS_NOT_REVOKED: 'verdict.not-in-force',
  NO_CERTIFICATE_CHAIN_FOUND: 'verdict.untrusted',
  CERTIFICATE_CHAIN_GENERAL_FAILURE: 'verdict.untrusted',
  CHAIN_CONSTRAINTS_FAILURE: 'verdict.untrusted',
  CRYPTO_CONSTRAINTS_FAILURE: 'verdict.not-accepted',
  TIMESTAMP_ORDER_FAILURE: 'verdict.not-accepted',
  POLICY_PROCESSING_ERROR: 'verdict.not-accepted',
  SIGNATURE_POLICY_NOT_AVAILABLE: 'verdict.not-accepted',
  NO_POE: 'verdict.not-accepted',
  TRY_LATER: 'verdict.not-accepted',
  GENERIC: 'verdict.not-accepted',
  NOT_SIGNED: 'verdict.not-accepted',
  ATTORNEY_MISSING: 'verdict.attorney',
  ATTORNEY_INVALID: 'verdict.attorney',
  ATTORNEY_UNCHECKED: 'verdict.attorney',
}
