// Turns BER into DER (X.690, 10 and 11): definite lengths, whole strings, sorted SETs.

import { DerError, type DerReader, type Element, tags } from './reader.ts'
import { joinSpans } from './values.ts'
import { constructed, join, type Pieces, primitive, setOf } from './write.ts'

/**
 * The DER of an element. Every SET is taken as a SET OF, which is all CMS attributes have; values of primitives are
 * taken as they are. The recursion is bounded by derDepthMax. Throws DerError for what the reader refuses.
 */
export function canonicalDer(reader: DerReader, element: Element): Uint8Array {
  return join(canonicalPieces(reader, element))
}

function canonicalPieces(reader: DerReader, element: Element): Pieces {
  if (element.tag > 0xff) throw new DerError('too-complex', `a high tag at ${element.start}`)
  if (!element.constructed) return primitive(element.tag, reader.content(element))
  if (element.tag === tags.octetString) {
    return primitive(element.tag, joinSpans(reader.bytes, reader.octetSpans(element)))
  }
  const children = reader.children(element).map((child) => canonicalPieces(reader, child))
  return element.tag === tags.set ? setOf(...children) : constructed(element.tag, ...children)
}

/**
 * Whether the children of an element stand as the DER of a SET OF has them: each in DER, in ascending order, the
 * lengths as short as they go (X.690, 10 and 11.6). False as well for what is malformed.
 */
export function isDerSet(reader: DerReader, element: Element): boolean {
  try {
    return isDer(reader, element, true)
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}

function isDer(reader: DerReader, element: Element, isSet: boolean): boolean {
  if (element.end !== element.contentEnd || !hasShortestLength(element)) return false
  if (!element.constructed) return true
  if (element.tag === tags.octetString) return false
  let previous: Uint8Array | undefined
  for (const child of reader.children(element)) {
    if (!isDer(reader, child, child.tag === tags.set)) return false
    if (!isSet) continue
    const encoding = reader.encoding(child)
    if (previous !== undefined && Buffer.compare(previous, encoding) > 0) return false
    previous = encoding
  }
  return true
}

/** Counted from the lengths: identifier octets are one for every tag below 31. */
function hasShortestLength({ tag, start, contentStart, contentEnd }: Element): boolean {
  const length = contentEnd - contentStart
  let octets = 1
  for (let left = length >= 0x80 ? length : 0; left > 0; left = Math.floor(left / 0x100)) octets += 1
  return tag > 0xff || contentStart - start === 1 + octets
}
