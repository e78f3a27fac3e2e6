// The pool of worker threads behind the pipeline's Workers port.

import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { limits } from '../../schemas/limits.ts'
import type { Refusal } from '../../schemas/refusals.ts'
import type { ExaminedMessage, Inspection, PackedSource, Workers } from '../pipeline/ports.ts'
import { makeBatcher } from '../store/hot/batcher.ts'
import type { Identity } from '../trust/identity.ts'
import { joinListPieces } from './lists.ts'
import type { WorkerSeed } from './signers.ts'
import type { ExamineJob } from './tasks.ts'

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
  // Small jobs that wait for a thread go to it together: a hand-over costs as much as reading a small package.
  const together = <Job, Result>(name: string) =>
    makeBatcher<Job, Result>({
      write: (jobs) => run<Result[]>(name, jobs),
      sizeMax: limits.workerBatchMax,
      parallelMax: threads,
      isOutage: () => false,
    })
  const inspections = together<PackedSource, Inspection | Refusal>('inspectAll')
  const examinations = together<ExamineJob, ExaminedMessage[] | Refusal>('examineAll')
  return {
    inspect: (bytes, registered) => inspections.submit({ bytes, registered }),
    examine: (source, wanted) => examinations.submit({ source, wanted }),
    examineEarlier: (job) => run('examineEarlier', job),
    readAttorney: (bytes, signature) => run('readAttorneyFile', { bytes, signature }),
    readReceipts: (source) => run('readReceipts', source),
    describe: (source, wireId, entries) => run('describe', { source, wireId, entries }),
    digestEntries: (source, entries) => run('digestEntries', { source, entries }),
    readList: async (bytes) => joinListPieces(await run('readListPieces', bytes)),
    readdress: (job) => run('readdress', job),
    formMessage: (job) => run('formMessage', job),
    packMessages: (job) => run('packMessages', job),
    packReceipts: (job) => run('packReceipts', job),
    queued: () => pool.queueSize + inspections.waiting() + examinations.waiting(),
    close: () => pool.destroy(),
  }
}
