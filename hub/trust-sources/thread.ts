// Runs one reading in a thread of its own, within bounds of time and memory, and ends it when it is no longer wanted.

import { Worker } from 'node:worker_threads'
import { limits } from '../../schemas/limits.ts'
import { type Refusal, refuse } from '../../schemas/refusals.ts'

/** What to run: a file of this folder, what it is given, and when nobody wants the answer any more. */
export type ThreadRun = {
  readonly file: `./${string}-thread.ts`
  readonly job: object
  readonly transfer?: ArrayBuffer[]
  readonly signal?: AbortSignal | undefined
  /** listThreadTimeoutMs unless given. */
  readonly timeoutMs?: number
}

/**
 * The one message the thread answers with. Refused with source.slow after listThreadTimeoutMs or when the signal ends
 * it, and with source.too-large beyond listThreadMebibytesMax of heap; rejects with what the thread threw.
 */
export function runThread<Answer>(run: ThreadRun): Promise<Answer | Refusal> {
  const { file, job, transfer = [], signal, timeoutMs = limits.listThreadTimeoutMs } = run
  const { promise, resolve, reject } = Promise.withResolvers<Answer | Refusal>()
  if (signal?.aborted === true) return Promise.resolve(refuse('source.slow', 'the hub stops'))
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: job,
    transferList: transfer,
    resourceLimits: { maxOldGenerationSizeMb: limits.listThreadMebibytesMax },
  })
  const abort = () => resolve(refuse('source.slow', 'the hub stops'))
  signal?.addEventListener('abort', abort)
  const timer = setTimeout(() => resolve(refuse('source.slow', `not read within ${timeoutMs} ms`)), timeoutMs)
  worker.on('message', resolve)
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') reject(error)
    else resolve(refuse('source.too-large', `more than ${limits.listThreadMebibytesMax} MB of memory`))
  })
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    void worker.terminate()
  })
}
