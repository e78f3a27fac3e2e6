// What the signatures of one message may cost together: each signer and each time-stamp is a verification and a chain.

import { limits } from '../../../schemas/limits.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'

/** What is left for the files of a message that are still to be checked. A plain value: it goes between threads. */
export type SignatureAllowance = {
  signers: number
  timestamps: number
  /** Octets of certificates of signers and of tokens: what facts are made of. */
  bytes: number
}

/** What a whole message may cost (signersPerMessageMax, timestampsPerMessageMax, signerBytesPerMessageMax). */
export function allowanceOfMessage(): SignatureAllowance {
  return {
    signers: limits.signersPerMessageMax,
    timestamps: limits.timestampsPerMessageMax,
    bytes: limits.signerBytesPerMessageMax,
  }
}

/**
 * Takes what a file needs from what is left, or takes nothing and says what was too much: a file is checked as a whole or
 * not at all, so that no stamp that was passed over changes what its signature is worth.
 */
export function takeAllowance(left: SignatureAllowance, needs: SignatureAllowance): Found | undefined {
  const names = ['signers', 'timestamps', 'bytes'] as const
  const tooMuch = names.find((name) => needs[name] > left[name])
  if (tooMuch !== undefined) {
    return { problem: 'signature.many', seen: `${tooMuch}: ${needs[tooMuch]}, left ${left[tooMuch]}` }
  }
  for (const name of names) left[name] -= needs[name]
  return undefined
}
