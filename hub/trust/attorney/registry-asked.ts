// Asks a registry within one deadline, whatever the registry does with it.

import type { AttorneyKey } from '../../../schemas/attorney/value.ts'
import type { AttorneyRegistryFact } from '../../../schemas/attorney/verdict.ts'
import { limits } from '../../../schemas/limits.ts'
import type { ReadAttorneyFile } from './file.ts'
import type { AttorneyRegistry, RegistryFile, RegistryStatus } from './registry.ts'

/** What came of asking for a file, read. */
export type FetchedFile =
  | Exclude<RegistryFile, { outcome: 'found' }>
  | { outcome: 'found'; file: ReadAttorneyFile }
  | { outcome: 'not-asked' }

/** A registry whose every answer comes in time, and which is asked the same only once. */
export type AskedRegistry = {
  fetch(key: AttorneyKey): Promise<FetchedFile>
  /** One fact for each key; of keys that are not whole nobody is asked. */
  statuses(keys: readonly (AttorneyKey | undefined)[]): Promise<AttorneyRegistryFact[]>
  /** Ends the deadline; to be called when nothing is asked any more. */
  close(): void
}

/** What is asked, until when, and who reads what it gives. */
export type AskOptions = {
  /** Absent: nobody is asked. */
  registry: AttorneyRegistry | undefined
  signal: AbortSignal
  /** For everything that is asked; registryDeadlineMs unless given. */
  deadlineMs?: number
  /** Reads a file with its detached signature, as a worker does. */
  read(bytes: Uint8Array, signature: Uint8Array | undefined): Promise<ReadAttorneyFile>
}

type Silent = { outcome: 'silent'; reason: string }

/**
 * The deadline begins now and is for all questions together, at most registryQuestionsMax, and for files
 * of attorneysPerMessageBytesMax in all. An answer that does not come by
 * then, and a registry that fails instead of answering, are silent.
 */
export function askRegistry(options: AskOptions): AskedRegistry {
  const { registry, signal, deadlineMs = limits.registryDeadlineMs, read } = options
  const deadline = new AbortController()
  const { signal: bounded } = deadline
  const expire = (): void => deadline.abort()
  const timer = setTimeout(expire, deadlineMs)
  signal.addEventListener('abort', expire)
  if (signal.aborted) expire()
  let questions = 0
  let bytes = 0
  const fetched = new Map<string, Promise<FetchedFile>>()
  const told = new Map<string, Promise<AttorneyRegistryFact>>()
  const inTime = async <Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer | Silent> => {
    if (bounded.aborted) return { outcome: 'silent', reason: 'deadline' }
    if (questions >= limits.registryQuestionsMax) return { outcome: 'silent', reason: 'too-many' }
    questions += 1
    const late = Promise.withResolvers<Silent>()
    const onAbort = (): void => late.resolve({ outcome: 'silent', reason: 'deadline' })
    bounded.addEventListener('abort', onAbort)
    try {
      return await Promise.race([ask(bounded), late.promise])
    } catch (error) {
      // The port must not reject; one that does has not answered.
      return { outcome: 'silent', reason: error instanceof Error ? error.name : 'failure' }
    } finally {
      bounded.removeEventListener('abort', onAbort)
    }
  }
  return {
    close() {
      clearTimeout(timer)
      signal.removeEventListener('abort', expire)
    },
    fetch: (key) =>
      once(fetched, key, async () => {
        if (registry === undefined) return { outcome: 'not-asked' }
        const answer = await inTime((until) => registry.fetch(key, until))
        if (answer.outcome !== 'found') return answer
        bytes += answer.bytes.length
        // What is found is kept with the verdict.
        if (bytes > limits.attorneysPerMessageBytesMax) return { outcome: 'silent', reason: 'too-large' }
        return { outcome: 'found', file: await read(answer.bytes, answer.signature) }
      }),
    async statuses(keys) {
      const whole = keys.filter((key) => key !== undefined)
      return Promise.all(
        whole.map((key) =>
          once(told, key, async (): Promise<AttorneyRegistryFact> => {
            if (registry === undefined) return { number: key.number, status: 'not-asked' }
            return factOf(key.number, await inTime((until) => registry.status(key, until)))
          }),
        ),
      )
    },
  }
}

function once<Answer>(
  known: Map<string, Promise<Answer>>,
  { number, principalInn }: AttorneyKey,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const name = `${number} ${principalInn}`
  const answer = known.get(name) ?? ask()
  known.set(name, answer)
  return answer
}

function factOf(number: string, answer: RegistryStatus): AttorneyRegistryFact {
  switch (answer.outcome) {
    case 'revoked':
      return { number, status: 'revoked', ...(answer.at === undefined ? {} : { at: answer.at }) }
    case 'silent':
      return { number, status: 'silent', seen: answer.reason }
    case 'valid':
    case 'unknown':
      return { number, status: answer.outcome }
  }
}
