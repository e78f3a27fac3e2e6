// The migrations in their order. A released migration is never changed; what is wrong is put right by a new one.

import { Migration0001 } from './0001-partners.ts'
import { Migration0002 } from './0002-relay.ts'

/** Every migration under its number and name. */
export const migrations = [
  { name: '0001-partners', class: Migration0001 },
  { name: '0002-relay', class: Migration0002 },
] as const
