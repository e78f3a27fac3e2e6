// The lanes of this node at work: what runs, what is being claimed, when to look again, what was forgotten.

import { limits } from '../../../schemas/limits.ts'
import { claimWork, freeOwned, ownedWork } from '../../store/hot/claim.ts'
import { readClaimed } from '../../store/hot/faults.ts'
import type { ClaimedWork, Hop } from '../../store/hot/rows.ts'
import type { PipelineContext } from '../context.ts'
import { isOfSurroundings, isWornOut, putOffFaulty } from './faults.ts'

/** Hops at which something is done; frozen rows wait for somebody else. */
export type WorkingHop = Exclude<Hop, 'frozen'>

/** Claimed rows of a lane, handed to a runner. */
export type Claim = {
  lane: string
  works: readonly ClaimedWork[]
  /** Says before a commit that this run will own another row by it, until the run ends. */
  hold(id: string): void
}

/** What is done at a hop. */
export type Runner = {
  /** How many rows one claim takes, and how many batches run at once; 0 = the lane must wait. */
  countMax(lane: string, now: Date): number
  parallelMax(lane: string, now: Date): number
  /** Whether a claim brings whole packages of messages along. */
  wholePackages?(lane: string): boolean
  run(claim: Claim): Promise<void>
}

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

/** The state of all lanes of this node. */
export class LanePool {
  readonly #context: PipelineContext
  readonly #runners: Record<WorkingHop, Runner>
  readonly #lanes = new Map<string, Lane>()
  readonly #tasks = new Set<Promise<void>>()
  readonly #claims = new Set<Promise<ClaimedWork[]>>()
  readonly #pulls = new Set<Promise<void>>()
  /** Ids of the rows each run works on. */
  readonly #hands = new Set<ReadonlySet<string>>()
  /** When rows that were forgotten are looked for, by performance.now(). */
  #lookAt = 0
  #isLooking = false
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
    if (waitMs <= 0) this.#pull(lane)
    else if (waitMs <= this.#context.settings.pollMs) this.#wakeLater(lane, waitMs, dueAt.getTime())
  }

  /** Claims no more and waits for what runs, and for claims under way: what they bring is freed and not run. */
  async drain(): Promise<void> {
    this.#isStopping = true
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer)
    while (this.#pulls.size + this.#tasks.size > 0) await Promise.allSettled([...this.#pulls, ...this.#tasks])
  }

  /**
   * Frees rows this node owns that no run works on. A statement whose answer was lost with its connection may have
   * claimed them or made them all the same, and no other node would ever take them from a living one. Looked for
   * after each fault and now and then; claims wait meanwhile, for what they bring is not yet in anybody's hands.
   */
  async freeForgotten(): Promise<void> {
    if (this.#isLooking || performance.now() < this.#lookAt) return
    this.#isLooking = true
    try {
      await Promise.allSettled([...this.#claims])
      const { store, node, watcher } = this.#context
      const owned = await ownedWork(store, node)
      const forgotten = owned.filter((id) => ![...this.#hands].some((hand) => hand.has(id)))
      if (forgotten.length > 0) {
        await freeOwned(store, { ids: forgotten, node })
        watcher.fault('lanes.forgotten', new Error(`${forgotten.length} rows of work are free again`))
      }
      this.#lookAt = performance.now() + limits.leaseMs
    } finally {
      this.#isLooking = false
    }
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
      this.#pull(lane)
    }, waitMs)
  }

  /** Claims until the lane is empty or busy enough. One claim of a lane at a time. */
  #pull(lane: Lane): void {
    lane.isWoken = true
    if (lane.isClaiming) return
    lane.isClaiming = true
    const pulling = this.#claimAll(lane).finally(() => this.#pulls.delete(pulling))
    this.#pulls.add(pulling)
  }

  async #claimAll(lane: Lane): Promise<void> {
    try {
      while (lane.isWoken && !this.#isStopping) {
        lane.isWoken = false
        if (await this.#claim(lane)) lane.isWoken = true
      }
    } catch (error) {
      this.#lookAt = 0
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
    if (this.#isLooking) return false
    const { store, node } = this.#context
    const wholePackages = runner.wholePackages?.(lane.name)
    const claiming = claimWork(store, { hop: lane.hop, lane: lane.name, countMax, node, now, wholePackages })
    this.#claims.add(claiming)
    const works = await claiming.finally(() => this.#claims.delete(claiming))
    if (works.length === 0) return false
    if (this.#isStopping) {
      await freeOwned(store, { ids: works.map((work) => work.id), node })
      return false
    }
    lane.running += 1
    const task = this.#run(lane, works).finally(() => {
      lane.running -= 1
      this.#tasks.delete(task)
      if (!this.#isStopping) this.#pull(lane)
    })
    this.#tasks.add(task)
    return works.length >= countMax
  }

  async #run(lane: Lane, works: readonly ClaimedWork[]): Promise<void> {
    const hand = new Set(works.map((work) => work.id))
    this.#hands.add(hand)
    try {
      const { worn = [], sound = [] } = Object.groupBy(works, (work) => (isWornOut(work) ? 'worn' : 'sound'))
      if (worn.length > 0) await this.#setAside(lane, worn)
      if (sound.length > 0) await this.#attempt(lane, sound, hand)
    } catch (error) {
      // Not even put off, the database is away: whatever is left in our name is found as forgotten.
      this.#lookAt = 0
      this.#context.watcher.fault('lanes.give-back', error)
    } finally {
      this.#hands.delete(hand)
    }
  }

  async #setAside({ hop }: Lane, works: readonly ClaimedWork[]): Promise<void> {
    const error = new Error(`nodes ended again and again at ${works.length} rows of work`)
    this.#context.watcher.fault('lanes.worn-out', error)
    await putOffFaulty(this.#context, { hop, works, error })
  }

  /** A batch that fails is run again in halves until what fails stands alone: its neighbours do not pay for it. */
  async #attempt(lane: Lane, works: readonly ClaimedWork[], hand: Set<string>): Promise<void> {
    const { store, node, watcher } = this.#context
    const { hop, name } = lane
    try {
      await this.#runners[hop].run({ lane: name, works, hold: (id) => hand.add(id) })
    } catch (error) {
      this.#lookAt = 0
      watcher.fault(`lanes.${hop}`, error)
      // Rows the batch has finished are not ours any more, or stand at another hop.
      const left = await readClaimed(store, { ids: works.map((work) => work.id), hop, node })
      if (works.length === 1 || isOfSurroundings(error) || this.#isStopping) {
        await putOffFaulty(this.#context, { hop, works: left, error })
        return
      }
      for (const half of halvesOf(left)) await this.#attempt(lane, half, hand)
    }
  }
}

/** Two halves that keep messages of one package together as long as there are several packages. */
function halvesOf(works: readonly ClaimedWork[]): ClaimedWork[][] {
  const packages = [...Map.groupBy(works, ({ id, package: packageIn }) => packageIn ?? id).values()]
  const parts = packages.length > 1 ? packages : works.map((work) => [work])
  const middle = Math.ceil(parts.length / 2)
  return [parts.slice(0, middle).flat(), parts.slice(middle).flat()].filter((half) => half.length > 0)
}
