// Starts the gathering of applications; on one node at a time (RULES 29).

import { limits } from '../../schemas/limits.ts'
import type { PipelineContext } from '../pipeline/context.ts'
import { runWithLease } from '../store/lease-loop.ts'
import { gatherApplications, settleApplications } from './gather.ts'

/** Starts the loop. */
export function startApplications(
  context: PipelineContext,
  onFault: (place: string, error: unknown) => void,
): { stop(): Promise<void> } {
  return runWithLease({
    store: context.store,
    name: 'applications',
    owner: context.node,
    everyMs: limits.applicationsGatherMs,
    run: async (lease, signal) => {
      await gatherApplications(context, lease, signal)
      await settleApplications(context)
    },
    onError: onFault,
  })
}
