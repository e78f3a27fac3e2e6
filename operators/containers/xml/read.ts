// Reads a small XML document into a tree, within bounds.

import { type SaxesAttributeNS, SaxesParser } from 'saxes'
import { limits } from '../../../schemas/limits.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import { countXmlStep } from './steps.ts'

/** An element of a document read by `readXml`. */
export type XmlElement = {
  /** Local name. */
  name: string
  namespace: string
  /** Attributes without a namespace, by name. */
  attributes: Map<string, string>
  /** Names of attributes in a namespace of their own, but for those of XML and XML Schema instances. */
  foreignAttributes: string[]
  children: XmlElement[]
  /** The text directly inside, pieces joined. */
  text: string
}

/** How many characters the parser is given at once; a broken bound is noticed within so many. */
const pieceLength = 4 * 1024

/** What differs between kinds of documents. */
export type XmlRules = {
  bytesMax: number
  /**
   * Refuses comments and processing instructions beside a text: what stands around them is one value for some readers
   * and two for others. For documents whose texts are judged.
   */
  areTextsPlain?: boolean
}

const descriptionRules: XmlRules = { bytesMax: limits.descriptionBytesMax }

const utf8 = new TextDecoder('utf-8', { fatal: true })

const ownNamespaces = new Set([
  'http://www.w3.org/2000/xmlns/',
  'http://www.w3.org/XML/1998/namespace',
  'http://www.w3.org/2001/XMLSchema-instance',
])

/**
 * Reads a whole document: well-formed XML 1.0 with namespaces, in UTF-8, at most `descriptionBytesMax`
 * bytes unless the rules say else, within the limits xmlDepthMax, xmlElementsMax, xmlAttributesMax (per element) and
 * xmlTextLengthMax (per element and value). The word DOCTYPE in markup is refused wherever it stands,
 * comments included: no writer of such documents needs one, and no two parsers agree about them. Refuses
 * xml.*; never throws.
 */
export function readXml(bytes: Uint8Array, rules: XmlRules = descriptionRules): XmlElement | Refusal {
  if (bytes.length > rules.bytesMax) return refuse('xml.limits', `${bytes.length} bytes`)
  const text = decodeUtf8(bytes)
  if (text === undefined) return refuse('xml.encoding', 'the bytes are not UTF-8')
  if (/<!\s*doctype/i.test(text)) return refuse('xml.doctype', 'a DOCTYPE')
  return parse(text, rules)
}

/**
 * A mark of the byte order is tolerated; NUL among the first characters means UTF-16 or UTF-32 without
 * one.
 */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, 4).includes(0)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined // not UTF-8: the caller refuses it as xml.encoding
  }
}

/** The tree while it grows; `refusal` is the first fault, after which nothing counts any more. */
type Growth = {
  refusal: Refusal | undefined
  root: XmlElement | undefined
  open: XmlElement[]
  elementCount: number
  attributeCount: number
  /** Elements with comments or instructions directly inside; looked at when texts must be plain. */
  interrupted: Set<XmlElement> | undefined
  /** How many characters ago markup or a text last ended. */
  quietLength: number
}

type Parser = SaxesParser<{ xmlns: true }>

function parse(text: string, rules: XmlRules): XmlElement | Refusal {
  const counts = { elementCount: 0, attributeCount: 0, quietLength: 0 }
  const growth: Growth = { refusal: undefined, root: undefined, open: [], interrupted: undefined, ...counts }
  if (rules.areTextsPlain === true) growth.interrupted = new Set()
  const parser: Parser = new SaxesParser({ xmlns: true })
  listenToDocument(parser, growth)
  listenToElements(parser, growth)
  for (let at = 0; at < text.length; at += pieceLength) {
    parser.write(text.slice(at, at + pieceLength))
    if (growth.refusal !== undefined) return growth.refusal
    growth.quietLength += pieceLength
    if (growth.quietLength > limits.xmlTextLengthMax + pieceLength) {
      return refuse('xml.limits', 'a text, value or comment is too long')
    }
  }
  parser.close()
  return growth.refusal ?? growth.root ?? refuse('xml.broken', 'no root element')
}

function note(growth: Growth, refusal: Refusal): void {
  growth.refusal ??= refusal
}

function listenToDocument(parser: Parser, growth: Growth): void {
  parser.on('xmldecl', (declaration) => {
    const encoding = declaration.encoding?.toLowerCase() ?? 'utf-8'
    if (encoding !== 'utf-8' && encoding !== 'utf8') {
      note(growth, refuse('xml.encoding', `declared as ${encoding.slice(0, 60)}`))
    }
    if (declaration.version !== '1.0') note(growth, refuse('xml.broken', 'not XML 1.0'))
  })
  const endQuiet = (): void => {
    countXmlStep()
    growth.quietLength = 0
    const around = growth.open.at(-1)
    if (around !== undefined) growth.interrupted?.add(around)
  }
  parser.on('comment', endQuiet)
  parser.on('processinginstruction', endQuiet)
  parser.on('doctype', () => note(growth, refuse('xml.doctype', 'a DOCTYPE')))
  parser.on('error', (error) => note(growth, refuse('xml.broken', withoutQuotations(error.message))))
}

/** What the parser says up to the colon behind its position: what follows quotes the document. */
function withoutQuotations(message: string): string {
  const [, line, column, what] = /^(\d+):(\d+): ([^:]*)/.exec(message) ?? []
  return what === undefined ? 'not well-formed' : `line ${line}, column ${column}: ${what.slice(0, 80)}`
}

function listenToElements(parser: Parser, growth: Growth): void {
  parser.on('opentagstart', () => {
    countXmlStep()
    growth.quietLength = 0
    growth.attributeCount = 0
    growth.elementCount += 1
    if (growth.elementCount > limits.xmlElementsMax) note(growth, refuse('xml.limits', 'too many elements'))
    if (growth.open.length >= limits.xmlDepthMax) note(growth, refuse('xml.limits', 'elements nest too deep'))
  })
  parser.on('attribute', ({ value }) => {
    countXmlStep()
    growth.quietLength = 0
    growth.attributeCount += 1
    if (growth.attributeCount > limits.xmlAttributesMax) {
      note(growth, refuse('xml.limits', 'too many attributes in one element'))
    }
    if (value.length > limits.xmlTextLengthMax) note(growth, refuse('xml.limits', 'an attribute is too long'))
  })
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (growth.refusal !== undefined) return
    const element = emptyElement(local, uri)
    for (const attribute of Object.values(attributes)) addAttribute(element, attribute)
    growth.open.at(-1)?.children.push(element)
    growth.root ??= element
    growth.open.push(element)
  })
  parser.on('closetag', () => {
    growth.quietLength = 0
    const closed = growth.open.pop()
    if (closed !== undefined && growth.interrupted?.has(closed) && closed.text.trim() !== '') {
      note(growth, refuse('xml.broken', 'a comment or instruction inside of a text'))
    }
  })
  const addText = (text: string): void => {
    countXmlStep()
    growth.quietLength = 0
    const element = growth.open.at(-1)
    if (element === undefined || growth.refusal !== undefined) return
    element.text += text
    if (element.text.length > limits.xmlTextLengthMax)
      note(growth, refuse('xml.limits', 'a text is too long'))
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
}

function emptyElement(name: string, namespace: string): XmlElement {
  return { name, namespace, attributes: new Map(), foreignAttributes: [], children: [], text: '' }
}

function addAttribute(element: XmlElement, attribute: SaxesAttributeNS): void {
  if (attribute.uri === '') element.attributes.set(attribute.local, attribute.value)
  else if (!ownNamespaces.has(attribute.uri)) element.foreignAttributes.push(attribute.name)
}
