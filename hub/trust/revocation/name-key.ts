// Names in a form in which equal ones are equal texts (RFC 5280, 7.1).

import { limits } from '../../../schemas/limits.ts'
import { DerError, DerReader, tags } from '../der/reader.ts'
import { readOid, readSequence, readSet, readText } from '../der/values.ts'

const textTags: ReadonlySet<number> = new Set([
  tags.utf8String,
  tags.numericString,
  tags.printableString,
  tags.teletexString,
  tags.ia5String,
  tags.visibleString,
  tags.universalString,
  tags.bmpString,
])

const known = new WeakMap<Uint8Array, string>()

/**
 * A key under which two Names are the same when RFC 5280, 7.1 says so: the type of a string, upper and lower case and
 * runs of spaces do not count, values of one component stand in any order. A name that is broken or longer than
 * distinguishedNameBytesMax is the same as its own octets only.
 */
export function nameKey(name: Uint8Array): string {
  const before = known.get(name)
  if (before !== undefined) return before
  const key = formKey(name)
  known.set(name, key)
  return key
}

function formKey(name: Uint8Array): string {
  if (name.length > limits.distinguishedNameBytesMax) return octetsKey(name)
  try {
    const reader = new DerReader(name)
    const components = readSequence(reader, reader.whole()).map((component) =>
      readSet(reader, component)
        .map((pair) => {
          const [type, value] = readSequence(reader, pair)
          if (value === undefined) throw new DerError('broken', 'an attribute without a value')
          const isText = textTags.has(value.tag) && !value.constructed
          const text = isText ? fold(readText(reader, value)) : hex(reader.encoding(value))
          return `${readOid(reader, type)}${isText ? '=' : '#'}${text}`
        })
        .sort(),
    )
    return JSON.stringify(components)
  } catch (error) {
    if (error instanceof DerError) return octetsKey(name)
    throw error
  }
}

/** The preparation of RFC 4518 as far as names of authorities need it. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

function octetsKey(name: Uint8Array): string {
  return `#${hex(name)}`
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('hex')
}
