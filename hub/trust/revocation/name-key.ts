// Names of authorities as keys under which lists and answers are looked up (RFC 5280, 7.1).

import { limits } from '../../../schemas/limits.ts'
import { comparableName } from '../certificate/name-key.ts'

/**
 * A key under which two Names are the same when they are the same on a path. A name longer than
 * distinguishedNameBytesMax is the same as its own octets only.
 */
export function nameKey(name: Uint8Array): string {
  if (name.length > limits.distinguishedNameBytesMax) return `#${Buffer.from(name).toString('hex')}`
  return comparableName(name).key
}
