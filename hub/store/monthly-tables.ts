// The tables partitioned by month on their UUID v7: what the partition keeper looks after.

import { monthlyTables as relayTables } from './migrations/0002-relay-sql.ts'

/** By name, those of the relay and those that came later. */
export const monthlyTables = [...relayTables, 'verdict'] as const
