// The error with which an embedded database says why it cannot be started.
import type { Refusal, RefusalCode } from '../../../schemas/refusals.ts'
import { refusalText, refuse } from '../../../schemas/refusals.ts'

/**
 * A start that was refused for an expected reason; `refusal` has the code, `message` is for the person at the
 * console.
 */
export class StartRefused extends Error {
  readonly refusal: Refusal

  constructor(code: RefusalCode, seen: string, at?: string) {
    const refusal = refuse(code, seen, at)
    super(refusalText(refusal))
    this.name = 'StartRefused'
    this.refusal = refusal
  }
}
