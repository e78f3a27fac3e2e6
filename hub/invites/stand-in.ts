// Ids that stand in for counterparties nobody knows yet: how they are made and told from others.

import { randomBytes } from 'node:crypto'
import { type OperatorCode, type ParticipantId, parseParticipantId } from '../../schemas/ids.ts'

/** The strength of an id nobody can guess: whoever knew it could write to it. */
const standInBytes = 16

/** An id of the home code in the form of every participant id: the code, a hyphen, 32 hex digits. */
export function newStandIn(home: OperatorCode): ParticipantId {
  const id = parseParticipantId(`${home}-${randomBytes(standInBytes).toString('hex')}`)
  if (id === undefined) throw new TypeError('an id of a code and 33 characters is a participant id')
  return id
}

/** Whether an id of one of these codes has that form. Who joined us keeps it, and by chance others may have one. */
export function hasStandInForm(id: string, homeCodes: readonly string[]): boolean {
  return /^.{3}-[0-9a-f]{32}$/i.test(id) && homeCodes.includes(id.slice(0, 3).toUpperCase())
}
