// Repeats a task on whichever node holds its lease: sealer, sweepers, pollers (RULES 29).

import { limits } from '../../schemas/limits.ts'
import { acquireLease, type Lease, LeaseLost, releaseLease, renewLease } from './lease.ts'
import type { SqlStore } from './sql.ts'

/** A task that is repeated while this node holds the lease. */
export type LeasedTask = {
  store: SqlStore
  /** Name of the lease, the same on all nodes. */
  name: string
  /** Id of this node. */
  owner: string
  /** Time between the end of a run and the next one, varied by a tenth. */
  everyMs: number
  /**
   * One run. The signal is that of the lease: it ends when the lease is lost or the loop stops, not with the run; commits
   * check the lease by themselves.
   */
  run(lease: Lease, signal: AbortSignal): Promise<void>
  /** Told of every failure; the loop goes on. */
  onError(place: string, error: unknown): void
  /** A random number 0..1. */
  random?: () => number
  leaseMs?: number
  renewMs?: number
}

/** A loop under way. */
export type LeaseLoop = {
  /** Ends the pause now; during a run, the next one follows at once. */
  wake(): void
  /** Whether this node holds the lease as far as it knows. */
  isOwner(): boolean
  /** Aborts the run's signal, waits for its end and gives the lease up. */
  stop(): Promise<void>
}

/**
 * Starts the loop. Runs never overlap, on this node by construction and between nodes by the lease, which is
 * renewed between runs as well. Nodes without the lease ask for it as often as they would run, at least once
 * per `leaseMs`.
 */
export function runWithLease(task: LeasedTask): LeaseLoop {
  const { store, name, owner, onError } = task
  const leaseMs = task.leaseMs ?? limits.leaseMs
  const stopping = new AbortController()
  const pause = makePause()
  let held: Lease | undefined
  let losing = new AbortController()
  let signal = stopping.signal

  const lose = () => {
    held = undefined
    losing.abort()
  }
  const renewer = setInterval(async () => {
    const lease = held
    if (lease === undefined) return
    try {
      const isKept = await renewLease(store, lease, leaseMs)
      if (!isKept && held === lease) lose()
    } catch (error) {
      onError(`${name}.renew`, error)
    }
  }, task.renewMs ?? limits.leaseRenewMs)

  const turn = async () => {
    if (held === undefined) {
      const acquired = await acquireLease(store, { name, owner, leaseMs })
      if (acquired === undefined) return
      losing = new AbortController()
      signal = AbortSignal.any([losing.signal, stopping.signal])
      held = acquired
    }
    if (!stopping.signal.aborted) await task.run(held, signal)
  }
  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        await turn()
      } catch (error) {
        if (error instanceof LeaseLost) lose()
        onError(name, error)
      }
      const wishedMs = held === undefined ? Math.min(task.everyMs, leaseMs) : task.everyMs
      const share = 0.9 + 0.2 * (task.random ?? Math.random)()
      if (!stopping.signal.aborted) await pause.wait(wishedMs * share)
    }
  }
  const ended = loop()

  return {
    wake: () => pause.end(),
    isOwner: () => held !== undefined,
    async stop() {
      stopping.abort()
      pause.end()
      await ended
      clearInterval(renewer)
      const lease = held
      held = undefined
      if (lease === undefined) return
      await releaseLease(store, lease).catch((error: unknown) => onError(`${name}.release`, error))
    },
  }
}

/** A pause that can be ended early; ending it when none is under way ends the next one at once. */
function makePause(): { wait(ms: number): Promise<void>; end(): void } {
  let isEnded = false
  let finish: (() => void) | undefined
  return {
    async wait(ms) {
      if (!isEnded) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          finish = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      isEnded = false
      finish = undefined
    },
    end() {
      isEnded = true
      finish?.()
    },
  }
}
