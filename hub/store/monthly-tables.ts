// The tables partitioned by month on their UUID v7: what the partition keeper looks after.

import { monthlyTables as relayTables } from './migrations/0002-relay-sql.ts'
import { messageStorage } from './migrations/0007-messages-in-place.ts'

/** By name, those of the relay and those that came later. */
export const monthlyTables = [...relayTables, 'verdict'] as const

/** Storage parameters of partitions, which do not inherit them. */
export const partitionStorage: { readonly [table in (typeof monthlyTables)[number]]?: string } = {
  message: messageStorage,
}
