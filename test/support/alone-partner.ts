// A simulated partner that runs by itself as a child process, for tests: its events, its end.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { projectFolder } from '../../hub/config.ts'

/** One JSON line it told. */
export type AloneEvent = { event: string } & Record<string, unknown>

const patienceMs = 20_000

/** Starts `hub simulate partner` with these words and waits until it is ready. */
export async function startAlonePartner(t: Test, words: readonly string[]) {
  const program = join(projectFolder, 'hub/cli/hub.js')
  const child = spawn(process.execPath, [program, 'simulate', 'partner', '--json', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const events: AloneEvent[] = []
  const waiting = new Set<() => void>()
  createInterface(child.stdout).on('line', (line) => {
    events.push(JSON.parse(line) as AloneEvent)
    for (const look of waiting) look()
  })

  /** Resolves with the first event that matches, once it is told. */
  function waitFor(matches: (event: AloneEvent) => boolean, what: string): Promise<AloneEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<AloneEvent>()
    const timer = setTimeout(
      () => reject(new Error(`waited in vain for ${what}; the last event: ${JSON.stringify(events.at(-1))}`)),
      patienceMs,
    )
    const look = () => {
      const found = events.find(matches)
      if (found === undefined) return
      clearTimeout(timer)
      waiting.delete(look)
      resolve(found)
    }
    waiting.add(look)
    look()
    return promise
  }

  const ready = await waitFor(({ event }) => event === 'ready', 'the start')
  return {
    ready,
    events,
    waitFor,
    /** Ends it as Ctrl-C does; resolves with its exit code. */
    async interrupt(): Promise<unknown> {
      child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      const [code] = await exited
      clearTimeout(timer)
      return code
    },
  }
}
