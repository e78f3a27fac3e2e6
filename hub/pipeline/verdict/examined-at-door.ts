// Keeps what the door found in messages for the process hop of the same node, which then need not open them again.

import { LRUCache } from 'lru-cache'
import { limits } from '../../../schemas/limits.ts'
import type { ExaminedAtDoor, ExaminedMessage } from '../ports.ts'

/** What was found at the door, by the row of the package and ИдЛС; in memory, and missed by nobody when it is lost. */
export type ExaminedStore = {
  /**
   * Keeps messages of a package whose rows are durable. The bytes examined were those whose SHA-256 is in the row and
   * in the journal: one buffer is digested, examined and stored (RULES 10, 16, 28).
   */
  keep(packageId: string, examined: readonly ExaminedAtDoor[]): void
  /** Gives a message once: who looks at it again reads the durable bytes. */
  take(packageId: string, wireId: string): ExaminedMessage | undefined
}

/**
 * Makes the store, for messagesMax messages of bytesMax bytes together; the oldest gives way. What nobody takes,
 * because another node has claimed the message, stays until then.
 */
export function makeExaminedStore(
  bounds: { messagesMax: number; bytesMax: number } = {
    messagesMax: limits.examinedKeptMax,
    bytesMax: limits.examinedKeptBytesMax,
  },
): ExaminedStore {
  const kept = new LRUCache<string, ExaminedAtDoor>({
    max: bounds.messagesMax,
    maxSize: bounds.bytesMax,
    sizeCalculation: ({ bytes }) => bytes,
  })
  return {
    keep(packageId, examined) {
      for (const one of examined) kept.set(keyOf(packageId, one.message.id), one)
    },
    take(packageId, wireId) {
      const key = keyOf(packageId, wireId)
      const found = kept.peek(key)
      kept.delete(key)
      return found?.message
    },
  }
}

function keyOf(packageId: string, wireId: string): string {
  return `${packageId} ${wireId}`
}
