// Tells the hub what became of messages a simulated partner took: success, an error, an unknown id, twice or never.

import { setTimeout as pause } from 'node:timers/promises'
import { type OperatorCode, operatorCodeOf, type ParticipantId } from '../../schemas/ids.ts'
import type { ReceiptItem } from '../../schemas/package.ts'
import type { Behaviour } from './behaviours.ts'
import type { RecordedMessage } from './record.ts'
import type { TakenPackage } from './take.ts'

/** Tells receipts; `settled` resolves when none is owed any more. */
export type Teller = { tell(taken: TakenPackage, behaviour: Behaviour): void; settled(): Promise<void> }

/**
 * Makes a teller. `deliver` goes on until the receipts are answered; the signal ends everything that is still owed.
 */
export function makeTeller(options: {
  /** How long a message is "processed", ms. */
  delayMs: number
  deliver(items: readonly ReceiptItem[], operator: OperatorCode): Promise<unknown>
  onFault(error: unknown): void
  signal: AbortSignal
}): Teller {
  const { delayMs, deliver, onFault, signal } = options
  const owed = new Set<Promise<void>>()

  async function tellAll(taken: TakenPackage, behaviour: Behaviour): Promise<void> {
    await pause(delayMs, undefined, { signal })
    const times = behaviour.receipts === 'twice' ? 2 : 1
    // One package of receipts has one operator as its recipient (RULES 23).
    const byOrigin = Map.groupBy(taken.messages, ({ sender }) => operatorCodeOf(sender as ParticipantId))
    for (const [operator, messages] of byOrigin) {
      const items = messages.map((message) => itemOf(message, behaviour))
      for (let time = 0; time < times; time++) await deliver(items, operator)
    }
  }

  return {
    tell(taken, behaviour) {
      if (behaviour.receipts === 'none' || taken.messages.length === 0) return
      const told = tellAll(taken, behaviour).catch((error: unknown) => {
        // Closing the partner ends the telling before it is done.
        if (!signal.aborted) onFault(error)
      })
      owed.add(told)
      void told.finally(() => owed.delete(told))
    },
    async settled() {
      while (owed.size > 0) await Promise.all([...owed])
    },
  }
}

/** What is told of one message. */
export function itemOf(message: RecordedMessage, behaviour: Behaviour): ReceiptItem {
  const id = message.id as ReceiptItem['message']
  const text = behaviour.text || 'Проба отказа (simulated)'
  switch (behaviour.receipts) {
    case 'error':
      return { outcome: 'error', message: id, text }
    case 'unknown-id':
      return { outcome: 'unknown-id', message: id, ids: unknownIds(message, behaviour), text }
    default:
      return { outcome: 'success', message: id }
  }
}

/** The documents a message refers to without bringing them; for lack of these its own first one. */
function unknownIds(message: RecordedMessage, behaviour: Behaviour): string[] {
  if (behaviour.ids.length > 0) return [...behaviour.ids]
  const own = new Set(message.documents.map(({ id }) => id))
  const named = [
    ...message.documents.flatMap(({ parents }) => parents),
    ...message.signatures.map(({ document }) => document),
  ].filter((id) => !own.has(id))
  return named.length > 0 ? [...new Set(named)] : [...own].slice(0, 1)
}
