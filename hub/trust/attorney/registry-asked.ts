// Asks a registry within one deadline, whatever the registry does with it.

import type { AttorneyKey } from '../../../schemas/attorney/value.ts'
import type { AttorneyRegistryFact } from '../../../schemas/attorney/verdict.ts'
import type { AttorneyRegistry, RegistryFile, RegistryStatus } from './registry.ts'

/** A registry whose every answer comes in time. */
export type AskedRegistry = {
  fetch(key: AttorneyKey): Promise<RegistryFile | { outcome: 'not-asked' }>
  /** One fact for each key; of keys that are not whole nobody is asked. */
  statuses(keys: readonly (AttorneyKey | undefined)[]): Promise<AttorneyRegistryFact[]>
  /** Ends the deadline; to be called when nothing is asked any more. */
  close(): void
}

type Options = { registry: AttorneyRegistry | undefined; signal: AbortSignal; deadlineMs: number }

type Silent = { outcome: 'silent'; reason: string }

/**
 * The deadline begins now and is for all questions together. An answer that does not come by then, and a registry that
 * fails instead of answering, are silent.
 */
export function askRegistry({ registry, signal, deadlineMs }: Options): AskedRegistry {
  const deadline = new AbortController()
  const { signal: bounded } = deadline
  const expire = (): void => deadline.abort()
  const timer = setTimeout(expire, deadlineMs)
  signal.addEventListener('abort', expire)
  if (signal.aborted) expire()
  const inTime = async <Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer | Silent> => {
    if (bounded.aborted) return { outcome: 'silent', reason: 'deadline' }
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
    async fetch(key) {
      if (registry === undefined) return { outcome: 'not-asked' }
      return inTime((until) => registry.fetch(key, until))
    },
    async statuses(keys) {
      const whole = keys.filter((key) => key !== undefined)
      return Promise.all(
        whole.map(async (key) => {
          if (registry === undefined) return { number: key.number, status: 'not-asked' }
          return factOf(key.number, await inTime((until) => registry.status(key, until)))
        }),
      )
    },
  }
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
