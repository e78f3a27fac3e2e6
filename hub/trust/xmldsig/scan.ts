// The first look at a hostile signed document: bounds, and where its one signature stands, before any tree is made.

import { type SaxesAttributeNS, SaxesParser } from 'saxes'
import { countXmlStep } from '../../../operators/containers/xml/steps.ts'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import { xmldsigNamespace } from './uris.ts'

/** What is known of a document without a tree of it. */
export type Scan = {
  /** The document, without a mark of the byte order. */
  readonly text: string
  /** Values of the attributes of the root that are taken for ids. */
  readonly rootIds: readonly string[]
  /** The one Signature element as written, a child of the root. */
  readonly signature: string
}

/** How many characters the parser is given at once; a broken bound is noticed within so many. */
const pieceLength = 16 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })
const idNames: ReadonlySet<string> = new Set(['Id', 'ID', 'id'])
const namespaceOfNamespaces = 'http://www.w3.org/2000/xmlns/'

type Parser = SaxesParser<{ xmlns: true }>

type Progress = {
  refusal: Refusal | undefined
  depth: number
  /** How many children the open elements have so far, from the document down. */
  childCounts: number[]
  /** How many elder siblings elements and those above them have, all together. */
  siblingSteps: number
  elementCount: number
  attributeCount: number
  textLength: number
  /** How many characters ago markup or a text last ended. */
  quietLength: number
  rootIds: string[]
  ids: Set<string>
  signatureCount: number
  /** The depth inside the signature, 0 outside. */
  signatureDepth: number
  tagStart: number
  start: number
  end: number
}

/**
 * Reads the document once as a stream: well-formed XML 1.0 with namespaces in UTF-8, within signedXmlBytesMax,
 * signedXmlElementsMax, signedXmlSiblingStepsMax, xmlDepthMax, xmlAttributesMax and xmlTextLengthMax. Refused with xml.doctype where the word
 * stands in markup; with xmldsig.absent without a Signature; with xmldsig.structure where it is not one child of the
 * root, where an id stands twice, and for what parsers and canonicalisers disagree about: processing instructions,
 * comments inside the signature, attributes that begin with xmlns, special characters in names of namespaces.
 */
export function scanSigned(bytes: Uint8Array): Scan | Refusal {
  if (bytes.length > limits.signedXmlBytesMax) return refuse('xml.limits', `${bytes.length} bytes`)
  const text = decodeUtf8(bytes)
  if (text === undefined) return refuse('xml.encoding', 'the bytes are not UTF-8')
  if (/<!\s*doctype/i.test(text)) return refuse('xml.doctype', 'a DOCTYPE')
  const progress = scan(text)
  if (progress.refusal !== undefined) return progress.refusal
  if (progress.signatureCount === 0) return refuse('xmldsig.absent', 'no Signature in the document')
  return { text, rootIds: progress.rootIds, signature: text.slice(progress.start, progress.end) }
}

/** NUL among the first characters means UTF-16 or UTF-32; a mark of the byte order is taken off. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, 4).includes(0)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined // not UTF-8: the caller refuses it as xml.encoding
  }
}

function scan(text: string): Progress {
  const counts = {
    depth: 0,
    siblingSteps: 0,
    elementCount: 0,
    attributeCount: 0,
    textLength: 0,
    quietLength: 0,
  }
  const places = { signatureCount: 0, signatureDepth: 0, tagStart: 0, start: 0, end: 0 }
  const progress: Progress = {
    refusal: undefined,
    rootIds: [],
    ids: new Set(),
    childCounts: [0],
    ...counts,
    ...places,
  }
  const parser: Parser = new SaxesParser({ xmlns: true })
  listenToDocument(parser, progress)
  listenToElements(parser, progress, text)
  for (let at = 0; at < text.length; at += pieceLength) {
    parser.write(text.slice(at, at + pieceLength))
    if (progress.refusal !== undefined) return progress
    progress.quietLength += pieceLength
    if (progress.quietLength > limits.xmlTextLengthMax + pieceLength) {
      note(progress, 'xml.limits', 'a text, value or comment is too long')
      return progress
    }
  }
  parser.close()
  if (progress.elementCount === 0) note(progress, 'xml.broken', 'no root element')
  return progress
}

function note(progress: Progress, code: Refusal['code'], seen: string): void {
  progress.refusal ??= refuse(code, seen)
}

function listenToDocument(parser: Parser, progress: Progress): void {
  parser.on('xmldecl', ({ encoding, version }) => {
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) {
      note(progress, 'xml.encoding', `declared as ${encoding.slice(0, 60)}`)
    }
    if (version !== '1.0') note(progress, 'xml.broken', 'not XML 1.0')
  })
  parser.on('doctype', () => note(progress, 'xml.doctype', 'a DOCTYPE'))
  parser.on('processinginstruction', () => {
    // Canonicalisers disagree: xml-crypto would write its text as if it were content.
    note(progress, 'xmldsig.structure', 'a processing instruction')
  })
  parser.on('comment', () => {
    countXmlStep()
    progress.quietLength = 0
    if (progress.signatureDepth > 0) note(progress, 'xmldsig.structure', 'a comment inside the signature')
  })
  parser.on('error', (error) => {
    // The message up to its second colon: what follows quotes the document.
    const [, place] = /^(\d+:\d+: [^:]{0,80})/.exec(error.message) ?? []
    note(progress, 'xml.broken', place ?? 'not well-formed')
  })
}

function listenToElements(parser: Parser, progress: Progress, text: string): void {
  parser.on('opentagstart', () => {
    countXmlStep()
    progress.quietLength = 0
    progress.attributeCount = 0
    progress.textLength = 0
    progress.elementCount += 1
    const siblings = (progress.childCounts[progress.depth] ?? 0) + 1
    progress.childCounts[progress.depth] = siblings
    progress.depth += 1
    progress.childCounts[progress.depth] = 0
    // xml-crypto's XPath puts what it finds in order by walking along siblings, on every level above an element.
    for (let level = 0; level < progress.depth; level += 1) {
      progress.siblingSteps += progress.childCounts[level] ?? 0
    }
    if (progress.siblingSteps > limits.signedXmlSiblingStepsMax)
      note(progress, 'xml.limits', 'too many siblings')
    progress.tagStart = text.lastIndexOf('<', parser.position - 1)
    if (progress.elementCount > limits.signedXmlElementsMax) note(progress, 'xml.limits', 'too many elements')
    if (progress.depth > limits.xmlDepthMax) note(progress, 'xml.limits', 'elements nest too deep')
  })
  parser.on('attribute', ({ value }) => {
    countXmlStep()
    progress.quietLength = 0
    progress.attributeCount += 1
    const isTooLong = value.length > limits.xmlTextLengthMax
    if (isTooLong || progress.attributeCount > limits.xmlAttributesMax) {
      note(
        progress,
        'xml.limits',
        isTooLong ? 'an attribute is too long' : 'too many attributes in an element',
      )
    }
  })
  parser.on('opentag', ({ local, uri, attributes }) => {
    for (const attribute of Object.values(attributes)) noteAttribute(progress, attribute)
    noteSignature(progress, local === 'Signature' && uri === xmldsigNamespace)
  })
  parser.on('closetag', () => {
    progress.quietLength = 0
    progress.textLength = 0
    progress.depth -= 1
    if (progress.signatureDepth === 0) return
    progress.signatureDepth -= 1
    if (progress.signatureDepth === 0) progress.end = parser.position
  })
  const countText = ({ length }: string): void => {
    countXmlStep()
    progress.quietLength = 0
    progress.textLength += length
    if (progress.textLength > limits.xmlTextLengthMax) note(progress, 'xml.limits', 'a text is too long')
  }
  parser.on('text', countText)
  parser.on('cdata', countText)
}

function noteSignature(progress: Progress, isSignature: boolean): void {
  if (progress.signatureDepth > 0) {
    progress.signatureDepth += 1
    if (isSignature) note(progress, 'xmldsig.structure', 'a Signature inside the Signature')
    return
  }
  if (!isSignature) return
  progress.signatureCount += 1
  progress.signatureDepth = 1
  progress.start = progress.tagStart
  if (progress.signatureCount > 1) note(progress, 'xmldsig.structure', 'more than one Signature')
  if (progress.depth !== 2) note(progress, 'xmldsig.structure', 'the Signature is not a child of the root')
}

function noteAttribute(progress: Progress, attribute: SaxesAttributeNS): void {
  const { name, local, uri, value } = attribute
  if (uri === namespaceOfNamespaces) {
    // Canonicalisers that do not escape the name of a namespace let it write attributes.
    if (/[<>&"'\s]/.test(value)) note(progress, 'xmldsig.structure', 'a namespace with special characters')
    return
  }
  if (name.startsWith('xmlns')) note(progress, 'xmldsig.structure', 'an attribute that begins with xmlns')
  if (!idNames.has(local)) return
  if (progress.ids.has(value)) note(progress, 'xmldsig.structure', 'an id stands twice')
  progress.ids.add(value)
  if (progress.depth === 1 && uri === '') progress.rootIds.push(value)
}
