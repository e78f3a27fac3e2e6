// The pool of worker threads behind the pipeline's Workers port.

import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { limits } from '../../schemas/limits.ts'
import type { Workers } from '../pipeline/ports.ts'
import type { Identity } from '../trust/identity.ts'
import type { WorkerSeed } from './tasks.ts'

/**
 * Starts the workers. `threads` 0 means one per core. Every task has limits.workerTimeoutMs; a task that takes
 * longer rejects and its thread is replaced. More than limits.workerTasksMax waiting tasks are refused by rejecting.
 */
export function startWorkers(options: { identities: readonly Identity[]; threads: number }): Workers {
  const threads = options.threads === 0 ? Math.max(1, availableParallelism()) : options.threads
  const pool = new Piscina({
    filename: new URL('./tasks.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    maxQueue: limits.workerTasksMax,
    concurrentTasksPerWorker: 1,
    workerData: { identities: options.identities } satisfies WorkerSeed,
  })
  const run = <Result>(name: string, job: unknown): Promise<Result> =>
    pool.run(job, { name, signal: AbortSignal.timeout(limits.workerTimeoutMs) }) as Promise<Result>
  return {
    inspect: (bytes, registered) => run('inspect', { bytes, registered }),
    examine: (source, wanted) => run('examine', { source, wanted }),
    readReceipts: (source) => run('readReceipts', source),
    packMessages: (job) => run('packMessages', job),
    packReceipts: (job) => run('packReceipts', job),
    queued: () => pool.queueSize,
    close: () => pool.destroy(),
  }
}
