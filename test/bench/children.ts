// Child processes of a bench: started, asked, measured, and ended with it.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

/** What a child said. */
export type Reply = Record<string, unknown>

/** What a bench found. Faults are wrong counts; being slow is none. */
export type BenchResult = { report: object; faults: string[] }

/** Starts a child from a file of this folder. */
export type StartChild = (file: string, args?: string[], execArgv?: string[]) => ChildProcess

/** Runs work with a temporary folder and children; both are gone when it ends. */
export async function withChildren<T>(
  work: (of: { folder: string; start: StartChild }) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'edo-hub-bench-'))
  // Root's database runs under another account, which must be able to pass, or it would stay elsewhere.
  chmodSync(folder, 0o711)
  const children: ChildProcess[] = []
  const start: StartChild = (file, args = [], execArgv = []) => {
    const child = fork(join(import.meta.dirname, file), args, {
      execArgv,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    children.push(child)
    return child
  }
  try {
    return await work({ folder, start })
  } finally {
    const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    for (const child of running) child.kill('SIGTERM')
    await Promise.all(running.map((child) => once(child, 'exit')))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Asks a child one thing at a time. Rejects when it ends without an answer. */
export async function ask(child: ChildProcess, question: object): Promise<Reply> {
  child.send(question)
  return reply(child)
}

/** Its next message. Rejects when it ends without one. */
export async function reply(child: ChildProcess): Promise<Reply> {
  const stopWaiting = new AbortController()
  const { signal } = stopWaiting
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a child of the bench ended with ${code}`)
  })
  ended.catch(() => undefined)
  const answer = once(child, 'message', { signal }).then(([message]) => message as Reply)
  answer.catch(() => undefined)
  try {
    return await Promise.race([answer, ended])
  } finally {
    stopWaiting.abort()
  }
}

/** Arguments of node for a CPU profile of a child's main thread. */
export function profiling(folder: string | undefined): string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]
}

/** CPU time of a process and its ended children in ms; 0 where /proc is absent. */
export function processCpu(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

/** What it ran on. */
export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus()[0]?.model ?? '?'}, ${availableParallelism()} cores, ${memory} GiB, node ${process.version}`
}

/** The value below which a share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** Says which counts differ from what they must be. */
export function wrongCounts(counts: Record<string, readonly [seen: unknown, wanted: number]>): string[] {
  return Object.entries(counts).flatMap(([name, [seen, wanted]]) =>
    seen === wanted ? [] : [`${name}: ${seen} instead of ${wanted}`],
  )
}
