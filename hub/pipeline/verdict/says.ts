// What a verdict means for the way of a message (RULES 16, 25); a person's release stands above it (RULES 17).

import { type RefusalCode, refusalText, refuse } from '../../../schemas/refusals.ts'
import type { Outcome } from '../../../schemas/verdict/policy.ts'
import type { Passage } from '../passage.ts'
import { afterRelease } from '../reasons.ts'
import type { Named } from '../run/named.ts'

/** What is named of a judged message; undefined lets it go on. */
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

/**
 * Whether nothing stands against a message but documents that are not here: while one that brings them is on its way, this
 * one waits for it and is judged again (RULES 15).
 */
export function lacksDataAlone({ judged }: Passage): boolean {
  if (judged === undefined) return false
  const { because } = judged.verdict
  const actions = judged.policy.actions
  return because.every(
    ({ outcome }) =>
      outcome === 'SIGNED_DATA_NOT_FOUND' || (actions[outcome] !== 'hold' && actions[outcome] !== 'refuse'),
  )
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
