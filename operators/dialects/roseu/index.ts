// The РОСЭУ dialect as the hub sees it.

import type { Dialect } from '../../ports.ts'
import { inspectContent, openContent } from './open.ts'
import { profile } from './profile.ts'
import { readDescription } from './read.ts'
import { readReceipts } from './read-receipts.ts'
import { entryNames } from './structure.ts'
import { writeInvitation, writeMessage, writeReceipts } from './write.ts'

/** The dialect of operators that exchange by the РОСЭУ technology. */
export const roseu: Dialect = {
  profile,
  entryNames,
  openContent,
  inspectContent,
  readDescription,
  readReceipts,
  writeReceipts,
  writeMessage,
  writeInvitation,
}
