// The lanes: claims due work of each hop and lane and runs it, so that a slow peer makes nobody else wait.

import { limits } from '../../schemas/limits.ts'
import { claimWork, giveBack, lanesWithWork } from '../store/claim.ts'
import type { Hop, WorkRow } from '../store/rows.ts'
import { deliverMessages } from './6-deliver.ts'
import { tellAnswers } from './7-settle.ts'
import { type PipelineContext, policyOf } from './context.ts'
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

type Runner = {
  /** How many rows one claim takes, and how many batches run at once; 0 = the lane must wait. */
  countMax(lane: string, now: Date): number
  parallelMax(lane: string, now: Date): number
  run(lane: string, works: readonly WorkRow[]): Promise<void>
}

const receiptsBatchMax = 16
const answersBatchMax = 500
const faultPauseMs = 1000

function runnersOf(context: PipelineContext, sender: Sender): Record<Exclude<Hop, 'frozen'>, Runner> {
  const open = (lane: string, now: Date) => sender.capacity(lane, now)
  return {
    process: {
      countMax: (lane) => (lane === 'receipts' ? receiptsBatchMax : context.settings.processBatchMax),
      parallelMax: () => 2,
      run: (lane, works) =>
        lane === 'receipts' ? readReceiptsPackages(context, works) : processMessages(context, works),
    },
    deliver: {
      countMax: (lane) => policyOf(context, lane)?.packageMessagesMax ?? 1,
      parallelMax: open,
      run: (lane, works) => deliverMessages(context, sender, lane, works),
    },
    send: { countMax: () => 1, parallelMax: open, run: (lane, works) => sender.resend(lane, works) },
    settle: {
      countMax: () => answersBatchMax,
      parallelMax: open,
      run: (lane, works) => tellAnswers(context, sender, lane, works),
    },
    watch: {
      countMax: () => limits.claimBatchMax,
      parallelMax: () => 1,
      run: (_lane, works) => feedOverdue(context, works),
    },
  }
}

/** Starts the lanes. Work announced by commits starts at once; everything else is found by the sweep. */
export function startLanes(context: PipelineContext): Lanes {
  const sender = makeSender(context)
  const runners = runnersOf(context, sender)
  const running = new Map<string, number>()
  const claiming = new Set<string>()
  const timers = new Map<string, { timer: NodeJS.Timeout; at: number }>()
  const tasks = new Set<Promise<void>>()
  let isStopping = false

  function wake(hop: Hop, lane: string, dueAt: Date): void {
    if (isStopping || hop === 'frozen') return
    const key = `${hop} ${lane}`
    const waitMs = dueAt.getTime() - context.clock.now().getTime()
    if (waitMs <= 0) {
      void pull(key, hop, lane)
      return
    }
    if (waitMs > context.settings.pollMs) return
    const set = timers.get(key)
    if (set !== undefined && set.at <= dueAt.getTime()) return
    if (set !== undefined) clearTimeout(set.timer)
    const timer = setTimeout(() => {
      timers.delete(key)
      void pull(key, hop, lane)
    }, waitMs)
    timers.set(key, { timer, at: dueAt.getTime() })
  }

  /** Claims until the lane is empty or busy enough. One claim of a lane at a time. */
  async function pull(key: string, hop: Exclude<Hop, 'frozen'>, lane: string): Promise<void> {
    if (claiming.has(key)) {
      again.add(key)
      return
    }
    claiming.add(key)
    try {
      let more = true
      while (more && !isStopping) {
        again.delete(key)
        more = (await pullOnce(key, hop, lane)) || again.has(key)
      }
    } catch (error) {
      context.watcher.fault(`lanes.claim.${hop}`, error)
    } finally {
      claiming.delete(key)
    }
  }
  const again = new Set<string>()

  async function pullOnce(key: string, hop: Exclude<Hop, 'frozen'>, lane: string): Promise<boolean> {
    const runner = runners[hop]
    const now = context.clock.now()
    if ((running.get(key) ?? 0) >= runner.parallelMax(lane, now)) return false
    const countMax = runner.countMax(lane, now)
    const works = await claimWork(context.store, { hop, lane, countMax, node: context.node, now })
    if (works.length === 0) return false
    running.set(key, (running.get(key) ?? 0) + 1)
    const task = runBatch(hop, lane, works).finally(() => {
      running.set(key, (running.get(key) ?? 1) - 1)
      tasks.delete(task)
      if (!isStopping) void pull(key, hop, lane)
    })
    tasks.add(task)
    return works.length === countMax
  }

  async function runBatch(
    hop: Exclude<Hop, 'frozen'>,
    lane: string,
    works: readonly WorkRow[],
  ): Promise<void> {
    try {
      await runners[hop].run(lane, works)
    } catch (error) {
      context.watcher.fault(`lanes.${hop}`, error)
      const at = new Date(context.clock.now().getTime() + faultPauseMs)
      // Rows the batch has not finished are free again after a pause; those it finished are not ours any more.
      const ids = works.map((work) => work.id)
      await giveBack(context.store, { ids, node: context.node, at }).catch((fault) =>
        context.watcher.fault('lanes.give-back', fault),
      )
    }
  }

  async function sweep(): Promise<void> {
    const lanes = await lanesWithWork(context.store)
    for (const { hop, lane, due_at } of lanes) wake(hop as Hop, lane, due_at)
  }

  context.committer.onWork((rows) => {
    for (const row of rows) wake(row.hop, row.lane, row.due_at)
  })
  const poller = setInterval(() => {
    sweep().catch((error) => context.watcher.fault('lanes.sweep', error))
  }, context.settings.pollMs)

  return {
    sweep,
    async stop(graceMs) {
      isStopping = true
      clearInterval(poller)
      for (const { timer } of timers.values()) clearTimeout(timer)
      const grace = setTimeout(() => sender.stop(), graceMs)
      await Promise.allSettled([...tasks])
      clearTimeout(grace)
    },
  }
}
