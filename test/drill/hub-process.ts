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

/** Where the hub keeps its data, its settings as `name=value`, where its log goes, where its compiled code lies. */
export type HubPlace = {
  dataFolder: string
  settings: readonly string[]
  logFile: string
  compiledFolder: string
}

const project = join(import.meta.dirname, '../..')
const starter = join(project, 'hub/cli/hub.js')

/** Compiles the code of the hub once: node keeps what it compiled only of processes that were not killed. */
export async function warmUp(place: HubPlace): Promise<void> {
  const modules = ['hub/build.ts', 'hub/workers/tasks.ts', 'hub/cli/verbs/start.ts']
  const script = modules.map((path) => `await import(${JSON.stringify(join(project, path))})`).join(';')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `${script};process.exit()`], {
    env: { ...process.env, NODE_COMPILE_CACHE: place.compiledFolder },
    stdio: 'ignore',
  })
  await once(child, 'exit')
}

/** Starts a hub. It ends with this process, however that ends. `env` is added to what it sees of ours. */
export function startHubProcess(place: HubPlace, env: Record<string, string> = {}): HubRun {
  const settings = [`data.folder=${place.dataFolder}`, ...place.settings].flatMap((text) => ['--set', text])
  const startedAt = performance.now()
  const child = spawn(process.execPath, [starter, 'start', '--json', ...settings], {
    // The starter's own variable: a process that sees it ends when its channel to us does.
    env: {
      ...withoutSettings(process.env),
      EDO_HUB_STARTER: '1',
      NODE_COMPILE_CACHE: place.compiledFolder,
      ...env,
    },
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
