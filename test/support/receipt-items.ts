// What a partner tells of a message: items of a receipts package.

import type { SimulatedMessage } from '../../hub/simulate/messages.ts'
import type { ReceiptItem } from '../../schemas/package.ts'

/** The message was delivered to its recipient. */
export const success = ({ id: message }: SimulatedMessage): ReceiptItem => ({ outcome: 'success', message })

/** The message is refused, for ever. */
export const failure = ({ id: message }: SimulatedMessage, text = 'нет договора'): ReceiptItem => ({
  outcome: 'error',
  message,
  text,
})

/** The partner does not have the documents it refers to. */
export const unknown = ({ id: message }: SimulatedMessage, ...ids: string[]): ReceiptItem => ({
  outcome: 'unknown-id',
  message,
  ids,
  text: 'не знаем',
})
