// Makes names comparable: case, white space and string types folded (RFC 5280, 7.1; RFC 4518).

import { DerError, DerReader, type Element, tags } from '../der/reader.ts'
import { readOid, readSequence, readSet, readText } from '../der/values.ts'

/** A Name ready to be compared. */
export type ComparableName = {
  /** Equal keys, same name. */
  readonly key: string
  /** A key for each relative name, outermost first; a shorter list that begins this one is a subtree around it. */
  readonly relative: readonly string[]
}

const textTypes: ReadonlySet<number> = new Set([
  tags.utf8String,
  tags.numericString,
  tags.printableString,
  tags.teletexString,
  tags.ia5String,
  tags.visibleString,
  tags.universalString,
  tags.bmpString,
])

const known = new WeakMap<Uint8Array, ComparableName>()

/**
 * The comparable form of a raw Name, remembered by the array given. Texts are compared whatever their string type,
 * after compatibility normalization, without regard to case, leading, trailing and repeated white space; values of
 * other types octet by octet. A malformed name is the same as the very same octets only.
 */
export function comparableName(raw: Uint8Array): ComparableName {
  const before = known.get(raw)
  if (before !== undefined) return before
  const relative = relativeKeys(raw)
  const name = { key: relative.join(';'), relative }
  known.set(raw, name)
  return name
}

/** Whether two raw Names are the same in this sense. */
export function isMatchingName(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0 || comparableName(one).key === comparableName(other).key
}

function relativeKeys(raw: Uint8Array): string[] {
  try {
    const reader = new DerReader(raw)
    return readSequence(reader, reader.whole()).map((relative) =>
      readSet(reader, relative)
        .map((pair) => pairKey(reader, pair))
        .sort()
        .join('+'),
    )
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return [`malformed:${Buffer.from(raw).toString('hex')}`]
  }
}

/** Lengths stand before values, so that no value can look like the end of one and the start of another. */
function pairKey(reader: DerReader, pair: Element): string {
  const [type, value] = readSequence(reader, pair)
  if (value === undefined) throw new DerError('broken', 'an attribute without a value')
  const text = textTypes.has(value.tag) && !value.constructed ? foldText(readText(reader, value)) : undefined
  const compared = text ?? `#${Buffer.from(reader.encoding(value)).toString('hex')}`
  return `${readOid(reader, type)}=${compared.length}:${compared}`
}

function foldText(text: string): string {
  const isPlain = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)
  return isPlain ? text.toLowerCase() : text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
}
