// Plays the story of the demo step by step, and says which steps did not happen.

import { findings } from './checks.ts'
import type { Fact, Narrator } from './narrator.ts'
import type { Plot } from './plot.ts'
import type { Stage } from './stage.ts'
import { story } from './story.ts'

/** How the story went. `missed` names the steps that did not happen, the first of which failed. */
export type Played = { missed: readonly string[] }

/**
 * Plays all steps; the first that fails ends the story, for the later ones rest on it. Once `signal` is aborted nothing
 * more is told, for what is then missed says nothing about the hub. Never rejects.
 */
export async function play(
  stage: Stage,
  narrator: Narrator,
  options: { begunMs: number; hints: readonly Fact[]; signal: AbortSignal },
): Promise<Played> {
  const plot: Plot = { carried: [] }
  let happened = 0
  for (const { id, ru, en, run } of story) {
    const found = findings()
    // The first step is the start, which is over by now.
    const startedMs = happened === 0 ? options.begunMs : performance.now()
    const failure = await run({ stage, plot, found }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    if (options.signal.aborted) break
    const ms = Math.round(performance.now() - startedMs)
    const { facts, checks } = found
    narrator.step({ number: happened + 1, id, ru, en, failure, ms, facts, checks })
    if (failure !== undefined) break
    happened += 1
  }
  const missed = story.slice(happened).map(({ id }) => id)
  const ms = Math.round(performance.now() - options.begunMs)
  if (!options.signal.aborted)
    narrator.end({ happened, steps: story.length, ms, missed, hints: options.hints })
  return { missed }
}
