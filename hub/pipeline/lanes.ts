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
  const pool = new LanePool(context, runnersOf(context, sender))
  context.committer.onWork((rows) => {
    for (const row of rows) pool.wake(row.hop, row.lane, row.due_at)
  })
  const sweep = async () => {
    const startedAt = performance.now()
    for (const { hop, lane, due_at } of await lanesWithWork(context.store))
      pool.wake(hop as Hop, lane, due_at)
    context.watcher.stage('sweep', performance.now() - startedAt)
  }
  const poller = setInterval(() => {
    sweep().catch((error) => context.watcher.fault('lanes.sweep', error))
  }, context.settings.pollMs)
  return {
    sweep,
    async stop(graceMs) {
      clearInterval(poller)
      const grace = setTimeout(() => sender.stop(), graceMs)
      await pool.drain()
      clearTimeout(grace)
    },
  }
}

type WorkingHop = Exclude<Hop, 'frozen'>
type Lane = {
  hop: WorkingHop
  name: string
  running: number
  isClaiming: boolean
  /** Somebody woke the lane while it claimed. */
  isWoken: boolean
  timer: NodeJS.Timeout | undefined
  timerAt: number
}

/** The state of all lanes of this node: what runs, what is being claimed, when to look again. */
class LanePool {
  readonly #context: PipelineContext
  readonly #runners: Record<WorkingHop, Runner>
  readonly #lanes = new Map<string, Lane>()
  readonly #tasks = new Set<Promise<void>>()
  #isStopping = false

  constructor(context: PipelineContext, runners: Record<WorkingHop, Runner>) {
    this.#context = context
    this.#runners = runners
  }

  /** Looks into a lane when its row is due; rows due later than the next sweep are left to the sweep. */
  wake(hop: Hop, name: string, dueAt: Date): void {
    if (this.#isStopping || hop === 'frozen') return
    const lane = this.#laneOf(hop, name)
    const waitMs = dueAt.getTime() - this.#context.clock.now().getTime()
    if (waitMs <= 0) void this.#pull(lane)
    else if (waitMs <= this.#context.settings.pollMs) this.#wakeLater(lane, waitMs, dueAt.getTime())
  }

  /** Claims no more and waits for what runs. */
  async drain(): Promise<void> {
    this.#isStopping = true
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer)
    while (this.#tasks.size > 0) await Promise.allSettled([...this.#tasks])
  }

  #laneOf(hop: WorkingHop, name: string): Lane {
    const key = `${hop} ${name}`
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane = {
      hop,
      name,
      running: 0,
      isClaiming: false,
      isWoken: false,
      timer: undefined,
      timerAt: 0,
    }
    this.#lanes.set(key, lane)
    return lane
  }

  #wakeLater(lane: Lane, waitMs: number, at: number): void {
    if (lane.timer !== undefined && lane.timerAt <= at) return
    clearTimeout(lane.timer)
    lane.timerAt = at
    lane.timer = setTimeout(() => {
      lane.timer = undefined
      void this.#pull(lane)
    }, waitMs)
  }

  /** Claims until the lane is empty or busy enough. One claim of a lane at a time. */
  async #pull(lane: Lane): Promise<void> {
    lane.isWoken = true
    if (lane.isClaiming) return
    lane.isClaiming = true
    try {
      while (lane.isWoken && !this.#isStopping) {
        lane.isWoken = false
        if (await this.#claim(lane)) lane.isWoken = true
      }
    } catch (error) {
      this.#context.watcher.fault(`lanes.claim.${lane.hop}`, error)
    } finally {
      lane.isClaiming = false
    }
  }

  /** True when there may be more. */
  async #claim(lane: Lane): Promise<boolean> {
    const runner = this.#runners[lane.hop]
    const now = this.#context.clock.now()
    if (lane.running >= runner.parallelMax(lane.name, now)) return false
    const countMax = runner.countMax(lane.name, now)
    const { store, node } = this.#context
    const works = await claimWork(store, { hop: lane.hop, lane: lane.name, countMax, node, now })
    if (works.length === 0) return false
    lane.running += 1
    const task = this.#run(lane, works).finally(() => {
      lane.running -= 1
      this.#tasks.delete(task)
      if (!this.#isStopping) void this.#pull(lane)
    })
    this.#tasks.add(task)
    return works.length === countMax
  }

  async #run(lane: Lane, works: readonly WorkRow[]): Promise<void> {
    const { store, node, clock, watcher } = this.#context
    try {
      await this.#runners[lane.hop].run(lane.name, works)
    } catch (error) {
      watcher.fault(`lanes.${lane.hop}`, error)
      // Rows the batch has not finished are free again after a pause; those it finished are not ours any more.
      const at = new Date(clock.now().getTime() + faultPauseMs)
      await giveBack(store, { ids: works.map((work) => work.id), node, at }).catch((fault) =>
        watcher.fault('lanes.give-back', fault),
      )
    }
  }
}
