// Tells tests of every commit a hub in this process makes, so that they wait for facts and never sleep.

import type { Hub } from '../../hub/build.ts'

/** Asks again after each commit until there is an answer. */
export type CommitWatch = {
  until<Found>(
    ask: () => Promise<Found | undefined>,
    what: string | (() => Promise<string>),
    withinMs?: number,
  ): Promise<Found>
}

const untilWithinMs = 15_000
/** Commits that pass the pipeline by, such as the sealer's, are seen by looking now and then. */
const lookMs = 100

/** Puts itself behind the committers of a hub. */
export function watchCommits(hub: Pick<Hub, 'context'>): CommitWatch {
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of [...waiting]) look()
  }
  const { context } = hub
  for (const name of ['committer', 'intake'] as const) {
    const batcher = context[name] as { submit(item: unknown): Promise<unknown> }
    const submit = batcher.submit.bind(batcher)
    const watched = async (item: unknown) => {
      const result = await submit(item)
      wake()
      return result
    }
    // In place: whoever was given the batcher before is watched too.
    batcher.submit = watched
  }
  return {
    async until(ask, what, withinMs = untilWithinMs) {
      const deadline = performance.now() + withinMs
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, lookMs)
        waiting.add(resolve)
        try {
          // Asked only after listening has begun: a commit in between is not missed.
          const found = await ask()
          if (found !== undefined) return found
          if (performance.now() > deadline) {
            throw new Error(
              `waited ${withinMs} ms in vain for ${typeof what === 'string' ? what : await what()}`,
            )
          }
          await promise
        } finally {
          clearTimeout(timer)
          waiting.delete(resolve)
        }
      }
    },
  }
}
