// Takes in a trust list as received, and decides whether an edition may replace the one in force.

import { createHash } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, type RefusalCode, refuse } from '../../../schemas/refusals.ts'
import { type AcceptedSigners, verifyEnvelopedSignature } from '../xmldsig/verify.ts'
import type { TrustList } from './list.ts'
import { readTrustList } from './read.ts'

/**
 * Verifies and reads an edition as received. Refused with trust-list.unsigned, trust-list.signature, trust-list.signer
 * or trust-list.broken, with the code beneath in what was seen. Takes seconds for a real list and blocks: belongs into a
 * worker thread.
 */
export function readSignedTrustList(
  bytes: Uint8Array,
  options: AcceptedSigners & { at: Date },
): TrustList | Refusal {
  const verified = verifyEnvelopedSignature(bytes, options)
  if (isRefusal(verified)) return refuse(codeFor(verified.code), `${verified.code}: ${verified.seen}`)
  const digest = createHash('sha256').update(bytes).digest('hex')
  return readTrustList({ ...verified, digest })
}

function codeFor(code: RefusalCode): RefusalCode {
  if (code === 'xmldsig.absent') return 'trust-list.unsigned'
  if (code === 'xmldsig.signer') return 'trust-list.signer'
  return code.startsWith('xmldsig.') ? 'trust-list.signature' : 'trust-list.broken'
}

/** What becomes of an edition: it replaces the one in force, or is that one again. */
export type EditionDecision = { readonly kind: 'replace' | 'same' }

/**
 * Whether a verified edition may replace the current one. Refused: an edition with a lower version or date
 * (trust-list.older), other bytes under the version in force (trust-list.differs), a date more than trustListAheadMs
 * after `now` (trust-list.future), and one that has lost more than trustListLostPercentMax per cent of the authorities or
 * certificates (trust-list.shrunk): a source that broke in half must not take trust away from half of the country.
 */
export function acceptEdition(
  current: TrustList | undefined,
  candidate: TrustList,
  now: Date,
): EditionDecision | Refusal {
  if (candidate.date.getTime() > now.getTime() + limits.trustListAheadMs) {
    return refuse('trust-list.future', `version ${candidate.version} of ${candidate.date.toISOString()}`)
  }
  if (current === undefined) return { kind: 'replace' }
  if (candidate.digest === current.digest) return { kind: 'same' }
  const both = `version ${candidate.version} after ${current.version}`
  if (candidate.version === current.version) return refuse('trust-list.differs', both)
  if (candidate.version < current.version || candidate.date < current.date) {
    const dates = `${candidate.date.toISOString()} after ${current.date.toISOString()}`
    return refuse('trust-list.older', `${both}, ${dates}`)
  }
  const lost = lostOf(current, candidate)
  return lost === undefined ? { kind: 'replace' } : refuse('trust-list.shrunk', `${both}: lost ${lost}`)
}

/** What is gone beyond the bound; authorities are told apart by ОГРН, or by name where the list has none. */
function lostOf(current: TrustList, candidate: TrustList): string | undefined {
  const idOf = ({ ogrn, name }: TrustList['authorities'][number]): string => ogrn ?? name
  const kept = new Set(candidate.authorities.map(idOf))
  const authorities = [...new Set(current.authorities.map(idOf))]
  const gone = authorities.filter((id) => !kept.has(id)).length
  if (isTooMuch(gone, authorities.length)) return `${gone} of ${authorities.length} authorities`
  const thumbprints = [...current.byThumbprint.keys()]
  const unlisted = thumbprints.filter((thumbprint) => !candidate.byThumbprint.has(thumbprint)).length
  return isTooMuch(unlisted, thumbprints.length)
    ? `${unlisted} of ${thumbprints.length} certificates`
    : undefined
}

function isTooMuch(gone: number, all: number): boolean {
  return gone * 100 > all * limits.trustListLostPercentMax
}
