// The migrations in their order. A released migration is never changed; what is wrong is put right by a new one.

import { Migration0001 } from './0001-partners.ts'
import { Migration0002 } from './0002-relay.ts'
import { Migration0003 } from './0003-decisions.ts'
import { Migration0004 } from './0004-both-sides.ts'
import { Migration0005 } from './0005-trust-sources.ts'
import { Migration0006 } from './0006-verdicts.ts'
import { Migration0007 } from './0007-messages-in-place.ts'
import { Migration0008 } from './0008-packed-verdicts.ts'
import { Migration0009 } from './0009-responders-stand-in.ts'
import { Migration0010 } from './0010-links.ts'
import { Migration0011 } from './0011-waiting-for-links.ts'
import { Migration0012 } from './0012-letters.ts'
import { Migration0013 } from './0013-directory.ts'
import { Migration0014 } from './0014-bulk-and-applications.ts'
import { Migration0015 } from './0015-claims.ts'
import { Migration0016 } from './0016-followed-links.ts'

/** Every migration under its number and name. */
export const migrations = [
  { name: '0001-partners', class: Migration0001 },
  { name: '0002-relay', class: Migration0002 },
  { name: '0003-decisions', class: Migration0003 },
  { name: '0004-both-sides', class: Migration0004 },
  { name: '0005-trust-sources', class: Migration0005 },
  { name: '0006-verdicts', class: Migration0006 },
  { name: '0007-messages-in-place', class: Migration0007 },
  { name: '0008-packed-verdicts', class: Migration0008 },
  { name: '0009-responders-stand-in', class: Migration0009 },
  { name: '0010-links', class: Migration0010 },
  { name: '0011-waiting-for-links', class: Migration0011 },
  { name: '0012-letters', class: Migration0012 },
  { name: '0013-directory', class: Migration0013 },
  { name: '0014-bulk-and-applications', class: Migration0014 },
  { name: '0015-claims', class: Migration0015 },
  { name: '0016-followed-links', class: Migration0016 },
] as const
