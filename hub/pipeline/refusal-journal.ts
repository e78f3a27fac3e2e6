// The journal of what the door refused: every refusal, but strangers cannot fill the disk with theirs.

import { log } from '../../monitoring/log.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import type { Refusal } from '../../schemas/refusals.ts'
import { journalMaker, type PipelineContext } from './context.ts'

/**
 * What is known of a refused request. `peer` only when its signature was verified; else `claimed` may be the thumbprint
 * of the certificate it showed, which anybody can show.
 */
export type RefusedFrom = {
  transport: string
  remote: string
  at: Date
  name?: string
  sha256: string | undefined
  peer: string | undefined
  claimed?: string | undefined
}

/** Our own overload says nothing about the sender; writing about it would make it worse. */
const unjournalled: readonly Refusal['code'][] = ['door.busy', 'door.stopping']

/** Makes entries of refusals. */
export type RefusalJournal = {
  /** The entry, or undefined when this refusal is only counted. Always leaves a line in the log. */
  entryOf(refusal: Refusal, from: RefusedFrom): JournalEntry | undefined
}

/**
 * Makes the journal. Refusals of requests that no peer verifiably signed are journalled limits.strangerRefusalsPerSecond a second,
 * after a burst of limits.strangerRefusalsBurstMax; the next entry says how many were left out before it.
 */
export function makeRefusalJournal(context: PipelineContext): RefusalJournal {
  let tokens: number = limits.strangerRefusalsBurstMax
  let filledAt = context.clock.now().getTime()
  let suppressed = 0

  function takeToken(at: Date): boolean {
    const gained = (Math.max(0, at.getTime() - filledAt) / 1000) * limits.strangerRefusalsPerSecond
    tokens = Math.min(limits.strangerRefusalsBurstMax, tokens + gained)
    filledAt = Math.max(filledAt, at.getTime())
    if (tokens < 1) return false
    tokens -= 1
    return true
  }

  return {
    entryOf(refusal, from) {
      const { peer, claimed, sha256, transport, name } = from
      log.warn('package.refused', {
        code: refusal.code,
        remote: from.remote,
        ...(peer === undefined ? {} : { peer }),
        ...(name === undefined ? {} : { package: name }),
      })
      if (unjournalled.includes(refusal.code)) return undefined
      if (peer === undefined && !takeToken(context.clock.now())) {
        suppressed += 1
        return undefined
      }
      const facts = { code: refusal.code, peer, claimed, sha256, transport, name }
      const left = suppressed === 0 ? {} : { suppressedBefore: suppressed }
      suppressed = 0
      return journalMaker(context, from.at)('package.refused', undefined, { ...facts, ...left })
    },
  }
}
