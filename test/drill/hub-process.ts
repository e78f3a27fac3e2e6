// A hub in a process of its own, started by its command line: started, killed and stopped by a drill.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'

/** How the process ended. */
export type Ended = { code: number | null; signal: NodeJS.Signals | null }

/** One run of a hub. */
export type HubRun = {
  readonly pid: number
  /** When it was started, by performance.now(). */
  readonly startedAt: number
  /** Milliseconds from the start until it takes packages; undefined when it ended before. */
  readonly listening: Promise<number | undefined>
  readonly ended: Promise<Ended>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<Ended>
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<Ended>
}

/** Where the hub keeps its data, its settings as `name=value`, and where its log goes. */
export type HubPlace = { dataFolder: string; settings: readonly string[]; logFile: string }

const starter = join(import.meta.dirname, '../../hub/cli/hub.js')

/** Starts a hub. It ends with this process, however that ends. `env` is added to what it sees of ours. */
export function startHubProcess(place: HubPlace, env: Record<string, string> = {}): HubRun {
  const settings = [`data.folder=${place.dataFolder}`, ...place.settings].flatMap((text) => ['--set', text])
  const startedAt = performance.now()
  const child = spawn(process.execPath, [starter, 'start', '--json', ...settings], {
    // The starter's own variable: a process that sees it ends when its channel to us does.
    env: { ...withoutSettings(process.env), EDO_HUB_STARTER: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.stderr?.pipe(createWriteStream(place.logFile, { flags: 'a' }))
  const ended = once(child, 'exit').then(([code, signal]): Ended => ({ code, signal }))
  const end = async (signal: NodeJS.Signals): Promise<Ended> => {
    child.kill(signal)
    return ended
  }
  return {
    pid: child.pid ?? 0,
    startedAt,
    listening: waitForAddress(child, startedAt),
    ended,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HUB_')))
}

function waitForAddress(child: ChildProcess, startedAt: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said.includes('"partnerAddress"')) resolve(performance.now() - startedAt)
  })
  child.once('exit', () => resolve(undefined))
  return promise
}
