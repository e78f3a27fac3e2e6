// Says what an attempt to put a package came to: faults by the step they met, as one table (RULES 18, 22, 24).

import type { Outcome } from '../../../schemas/transport.ts'
import type { FaultKind, SftpFault } from './fault.ts'

/**
 * How far an attempt came. `connecting`: no session yet. `writing`: the package may lie there under a name that says it
 * is not whole. `placing`: the request that makes it whole has left. `placed`: the server has acknowledged it.
 */
export type PutStep = 'connecting' | 'writing' | 'placing' | 'placed'

/** The way of an attempt that did not end well. */
export type PutFault = { fault: SftpFault; step: PutStep; isLate: boolean }

type Finding = Pick<Outcome, 'class' | 'reason' | 'text'>

/** Reasons where a fault brings none of its own. What the server refused is not done: it may be tried again. */
const reasons: Record<FaultKind, { writing: string; placing: string; isAnswer?: true }> = {
  missing: { writing: 'put.no-folder', placing: 'put.no-folder', isAnswer: true },
  denied: { writing: 'put.denied', placing: 'put.denied', isAnswer: true },
  failed: { writing: 'put.failed', placing: 'put.failed', isAnswer: true },
  unsupported: { writing: 'put.failed', placing: 'put.failed', isAnswer: true },
  lost: { writing: 'put.cut', placing: 'place.cut' },
  timeout: { writing: 'timeout.put', placing: 'timeout.place' },
  aborted: { writing: 'aborted', placing: 'aborted' },
  connect: { writing: 'connect.failed', placing: 'connect.failed', isAnswer: true },
  forbidden: { writing: 'address.forbidden', placing: 'address.forbidden', isAnswer: true },
}

/** Judges a fault; `isLate`: our own time for the attempt was over. */
export function judgePut({ fault, step, isLate }: PutFault): Finding {
  const kind = isLate && fault.kind === 'aborted' ? 'timeout' : fault.kind
  const text = fault.message
  if (kind === 'forbidden') return { class: 'forbidden', reason: fault.reason ?? 'address.forbidden', text }
  if (step === 'connecting' && kind === 'timeout')
    return { class: 'transient', reason: 'connect.timeout', text }
  const row = reasons[kind]
  if (step === 'placing') {
    // Whoever did not answer may have done it: the package may be whole now, and the peer may take it.
    return {
      class: row.isAnswer ? 'transient' : 'ambiguous',
      reason: fault.reason ?? row.placing,
      text,
    }
  }
  return { class: 'transient', reason: fault.reason ?? row.writing, text }
}
