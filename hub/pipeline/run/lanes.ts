// The lanes: claims due work of each hop and lane and runs it, so that a slow peer makes nobody else wait.

import { limits } from '../../../schemas/limits.ts'
import { lanesWithWork } from '../../store/hot/claim.ts'
import { type ClaimedWork, type Hop, linkWaitLane, waitingLane } from '../../store/hot/rows.ts'
import { deliverMessages } from '../6-deliver.ts'
import { tellAnswers } from '../7-settle.ts'
import { type PipelineContext, policyOf } from '../context.ts'
import { lookAtLinkWaits } from '../waiting/for-link.ts'
import { lookAtParentWaits } from '../waiting/for-parent.ts'
import { LanePool, type Runner, type WorkingHop } from './lane-pool.ts'
import { processMessages } from './process.ts'
import { readReceiptsPackages } from './receipts.ts'
import { makeSender, type Sender } from './send.ts'
import { feedOverdue } from './watch.ts'

/** The running pipeline. */
export type Lanes = {
  /** Finds work that nobody announced: of another node, or left by a crash. */
  sweep(): Promise<void>
  /** Stops claiming, lets running batches end for `graceMs`, then aborts what is on the network. */
  stop(graceMs: number): Promise<void>
}

type ProcessLane = {
  countMax: number
  run(context: PipelineContext, works: readonly ClaimedWork[]): Promise<void>
}

/** Lanes of the PROCESS hop beside `messages`. */
const processLanes: Readonly<Record<string, ProcessLane>> = {
  receipts: { countMax: limits.receiptsBatchMax, run: readReceiptsPackages },
  [waitingLane]: { countMax: limits.claimBatchMax, run: lookAtParentWaits },
  [linkWaitLane]: { countMax: limits.claimBatchMax, run: lookAtLinkWaits },
}

function runnersOf(context: PipelineContext, sender: Sender): Record<WorkingHop, Runner> {
  const open = (lane: string, now: Date) => sender.capacity(lane, now)
  const processing = (lane: string) =>
    processLanes[lane] ?? { countMax: context.settings.processBatchMax, run: processMessages }
  return {
    process: {
      countMax: (lane) => processing(lane).countMax,
      // A package is opened once for all of its messages.
      wholePackages: (lane) => lane === 'messages',
      parallelMax: () => 2,
      run: ({ lane, works }) => processing(lane).run(context, works),
    },
    deliver: {
      countMax: (lane) => policyOf(context, lane)?.packageMessagesMax ?? 1,
      wholePackages: (lane) => policyOf(context, lane)?.relay === 'original',
      parallelMax: open,
      run: (claim) => deliverMessages(context, sender, claim),
    },
    send: { countMax: () => 1, parallelMax: open, run: ({ lane, works }) => sender.resend(lane, works) },
    settle: {
      countMax: () => limits.answersBatchMax,
      parallelMax: open,
      run: (claim) => tellAnswers(context, sender, claim),
    },
    watch: {
      countMax: () => limits.claimBatchMax,
      parallelMax: () => 1,
      run: ({ works }) => feedOverdue(context, works),
    },
  }
}

/** Starts the lanes. Work announced by commits starts at once; everything else is found by the sweep. */
export function startLanes(context: PipelineContext): Lanes {
  const sender = makeSender(context)
  const pool = new LanePool(context, runnersOf(context, sender))
  context.committer.onWork((rows) => {
    for (const row of rows) pool.wake(row.hop, row.lane, row.due_at)
  })
  const sweepOnce = async () => {
    const startedAt = performance.now()
    await pool.freeForgotten()
    for (const { hop, lane, due_at } of await lanesWithWork(context.store))
      pool.wake(hop as Hop, lane, due_at)
    context.watcher.stage('sweep', performance.now() - startedAt)
  }
  const sweeps = new Set<Promise<void>>()
  const sweep = () => {
    const sweeping = sweepOnce().finally(() => sweeps.delete(sweeping))
    sweeps.add(sweeping)
    return sweeping
  }
  const poller = setInterval(() => {
    sweep().catch((error) => context.watcher.fault('lanes.sweep', error))
  }, context.settings.pollMs)
  return {
    sweep,
    async stop(graceMs) {
      clearInterval(poller)
      const grace = setTimeout(() => sender.stop(), graceMs)
      // A sweep under way asks the database, which is closed when this is over.
      await Promise.all([pool.drain(), Promise.allSettled(sweeps)])
      clearTimeout(grace)
    },
  }
}
