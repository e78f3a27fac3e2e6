// Where documents hold the id of their recipient: file names, and attributes in the formats of the tax service.

import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { countXmlStep } from '../../operators/containers/xml/steps.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'

/** A document as it is looked at; `body` is undefined for an encrypted one, of which the name alone can be read. */
export type LookedAt = { id: string; fileName: string; body: Uint8Array | undefined }

/** A place of a document that holds the id. */
export type FoundPlace = { document: string; place: string }

/** The place in description.xml that stands for the name of the file. */
const fileNamePlace = 'file-name'

/**
 * Every place that holds the id, compared without case; nothing for what names nobody. Pure. Bodies are never changed and
 * never read further than limits.requisitesDocumentBytesMax. Refusals, with the document: xml.* for a document of the tax
 * service that holds the id and cannot be read safely.
 */
export function placesNaming(documents: readonly LookedAt[], id: string): FoundPlace[] | Refusal {
  const places: FoundPlace[] = []
  for (const { id: document, fileName, body } of documents) {
    if (holds(fileName, id)) places.push({ document, place: fileNamePlace })
    const found = body === undefined ? [] : placesInBody(body, id)
    if (isRefusal(found)) return { ...found, at: document }
    for (const place of found) places.push({ document, place })
    if (places.length > limits.namedPlacesMax) break
  }
  return places.slice(0, limits.namedPlacesMax)
}

const holds = (text: string, id: string) => text.toLowerCase().includes(id.toLowerCase())

/** Roots of the formats of the tax service and of powers of attorney; whatever else is XML is free-form. */
const roots: readonly string[] = ['Файл', 'Доверенность']

/**
 * Attributes that name participants or files: ИдФайл, ИдПол (5.01 formats), ИдУчастЭДО (ИОП, ПДО, ПДП, УОУ, ПОА),
 * ИдФайлИнфПр of a buyer's title, names of files that are answered. Numbers and texts of people are none of them.
 */
const namesParticipant = (attribute: string) => attribute.startsWith('Ид') || attribute.includes('Файл')

function placesInBody(body: Uint8Array, id: string): string[] | Refusal {
  // Most bodies do not hold the id at all: one look through the bytes is enough for them.
  if (!mayHold(body, id)) return []
  const head = new TextDecoder('latin1').decode(body.subarray(0, declarationLength))
  if (!/^(?:\xef\xbb\xbf)?\s*</.test(head)) return []
  const encoding = encodingOf(head)
  if (encoding === undefined) return refuse('xml.encoding', 'neither UTF-8 nor windows-1251')
  if (body.length > limits.requisitesDocumentBytesMax) return refuse('xml.limits', `${body.length} bytes`)
  return scan(body, encoding, id)
}

/** What a declaration and its encoding fit into. */
const declarationLength = 200

function encodingOf(head: string): string | undefined {
  const declared = /<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/.exec(head)?.[1]?.toLowerCase()
  if (declared === undefined || declared === 'utf-8' || declared === 'utf8') return 'utf-8'
  return declared === 'windows-1251' || declared === 'cp1251' ? 'windows-1251' : undefined
}

/** Ids are plain letters; one that is not, and characters written by their numbers, need a reading. */
function mayHold(body: Uint8Array, id: string): boolean {
  if (!/^[\x20-\x7e]*$/.test(id)) return true
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  return text.includes('&#') || text.toLowerCase().includes(id.toLowerCase())
}

/** How many bytes the parser is given at once. */
const pieceLength = 64 * 1024

type Scan = { root: string | undefined; refusal: Refusal | undefined; places: Set<string>; depth: number }

function scan(body: Uint8Array, encoding: string, id: string): string[] | Refusal {
  const found: Scan = { root: undefined, refusal: undefined, places: new Set(), depth: 0 }
  const parser = scannerOf(found, id)
  const decoder = new TextDecoder(encoding, { fatal: true })
  const isOver = () =>
    found.root === undefined ? found.refusal?.code === 'xml.broken' : isFreeForm(found) || found.refusal
  try {
    for (let at = 0; at < body.length && !isOver(); at += pieceLength) {
      parser.write(decoder.decode(body.subarray(at, at + pieceLength), { stream: true }))
    }
    if (!isOver()) parser.close()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    found.refusal ??= refuse('xml.encoding', `the bytes are not ${encoding}`)
  }
  if (isFreeForm(found)) return []
  return found.refusal ?? [...found.places]
}

/** Nothing that was XML, or XML of no known format: HTML with its DOCTYPE is a free-form document too. */
function isFreeForm({ root, refusal }: Scan): boolean {
  if (root === undefined) return refusal?.code === 'xml.broken'
  return !roots.includes(root)
}

function scannerOf(found: Scan, id: string): SaxesParser {
  const parser = new SaxesParser()
  const note = (refusal: Refusal): void => {
    found.refusal ??= refusal
  }
  parser.on('doctype', () => note(refuse('xml.doctype', 'a DOCTYPE')))
  parser.on('error', () => note(refuse('xml.broken', 'not well-formed')))
  parser.on('attribute', countXmlStep)
  parser.on('opentag', (tag) => {
    countXmlStep()
    found.root ??= tag.name.replace(/^.*:/, '')
    found.depth += 1
    if (found.depth > limits.xmlDepthMax) note(refuse('xml.limits', 'elements nest too deep'))
    if (found.refusal === undefined) for (const place of placesOf(tag, id)) found.places.add(place)
  })
  parser.on('closetag', () => {
    found.depth -= 1
  })
  return parser
}

function placesOf({ name, attributes }: SaxesTagPlain, id: string): string[] {
  return Object.entries(attributes)
    .filter(([attribute, value]) => namesParticipant(attribute) && holds(value, id))
    .map(([attribute]) => `${name}/@${attribute}`)
}
