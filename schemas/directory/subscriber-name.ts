// A name of a subscriber as the directory keeps it.

import { limits } from '../limits.ts'

/**
 * Well-formed, of limits.subscriberNameLengthMax UTF-16 units at most. Half of a character at the cut is left out: the
 * database takes no text with one, and a name comes from others.
 */
export function subscriberName(text: string): string {
  return text
    .slice(0, limits.subscriberNameLengthMax)
    .replace(/[\ud800-\udbff]$/, '')
    .toWellFormed()
}
