// A refusal of one message, in the words of the message machine.

import { type Refusal, refusalText } from '../../schemas/refusals.ts'
import type { Named } from './run/moves.ts'

/** A per-message refusal, told to the origin by a processing receipt. */
export function refusedBy(refusal: Refusal): Named {
  return { event: 'refused', reason: refusal.code, text: refusalText(refusal) }
}
