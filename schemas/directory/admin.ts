// What the admin plane answers about known subscribers.

import type { RefusalCode } from '../refusals.ts'
import type { SubscriberView } from './api.ts'

/** What came of rows of an import; those that were refused by their numbers in the file. */
export type AdminImported = {
  taken: number
  refused: { row: number; code: RefusalCode; text: string }[]
}

/** Subscribers that were found, best first. */
export type AdminSubscribers = { items: SubscriberView[] }
