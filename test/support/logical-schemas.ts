// The two schemas of logical messages that must be of one mind: ours, and the published one when it is there.

import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { checkAgainst, checkLogicalMessage, compileSchema } from '../../operators/validation/schema-check.ts'
import { beside } from './beside.ts'

const { path, absent } = beside('data/roseu-xsd/logical-message-v1.xsd')
const published = absent === false ? compileSchema(readFileSync(path)) : undefined

/** Why a test of the published schema is skipped. */
export const publishedAbsent = absent

/** Whether our schema takes a document; the published one, when present, must agree. */
export function isValid(t: Pick<Test, 'equal'>, bytes: Uint8Array, name: string): boolean {
  const own = checkLogicalMessage(bytes)
  if (published !== undefined) {
    const theirs = checkAgainst(published, bytes)
    t.equal(theirs.length > 0, own.length > 0, `${name}: both schemas agree ${JSON.stringify([own, theirs])}`)
  }
  return own.length === 0
}
