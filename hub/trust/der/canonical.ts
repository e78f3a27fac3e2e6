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
