// Reads the form of a claim page: a bounded urlencoded body, and from its fields the choice or what is wrong with them.

import { parseParticipantId } from '../../schemas/ids.ts'
import type { ClaimChoice } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import type { FaultName } from './words.ts'

/** Fields by name, as they were typed. */
export type Fields = Readonly<Record<string, string>>

/** A field and what is wrong with it. */
export type FieldFault = { field: 'choice' | 'name' | 'kpp' | 'contact' | 'id'; fault: FaultName }

/**
 * Reads application/x-www-form-urlencoded: limits.portalFieldsMax fields at most, each once. Undefined when it is not
 * that; the server bounds the length of the body.
 */
export function readFields(body: string): Fields | undefined {
  const pairs = [...new URLSearchParams(body)]
  const names = new Set(pairs.map(([name]) => name))
  if (pairs.length > limits.portalFieldsMax || names.size !== pairs.length) return undefined
  return Object.fromEntries(pairs)
}

/** The choice, or every fault of its fields. Bounds: limits.portalNameLengthMax, portalContactLengthMax. */
export function readChoice(fields: Fields): { choice: ClaimChoice } | { faults: FieldFault[] } {
  const text = (name: string) => (fields[name] ?? '').trim()
  switch (fields['choice']) {
    case 'join':
      return readJoin(text)
    case 'id': {
      const id = isLine(text('id'), idLengthMin) ? parseParticipantId(text('id')) : undefined
      return id === undefined ? { faults: [{ field: 'id', fault: 'id' }] } : { choice: { is: 'id', id } }
    }
    case 'decline':
      return { choice: { is: 'decline' } }
    default:
      return { faults: [{ field: 'choice', fault: 'choice' }] }
  }
}

const idLengthMin = 4

function readJoin(text: (name: string) => string): { choice: ClaimChoice } | { faults: FieldFault[] } {
  const [name, kpp, contact] = [text('name'), text('kpp'), text('contact')]
  const faults: FieldFault[] = []
  if (!isLine(name, 1, limits.portalNameLengthMax)) faults.push({ field: 'name', fault: 'name' })
  if (kpp !== '' && !/^\d{4}[\dA-Z]{2}\d{3}$/.test(kpp)) faults.push({ field: 'kpp', fault: 'kpp' })
  if (!isLine(contact, 1, limits.portalContactLengthMax)) faults.push({ field: 'contact', fault: 'contact' })
  return faults.length > 0
    ? { faults }
    : { choice: { is: 'join', name, kpp: kpp === '' ? undefined : kpp, contact } }
}

/** One line of whole characters, none of which drives anything or turns the writing round. */
function isLine(text: string, min: number, max: number = text.length): boolean {
  const length = [...text].length
  return length >= min && length <= max && text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)
}
