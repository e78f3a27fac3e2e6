// Looks through a document for the requisites of powers of attorney it names (domain rules 6.2 c, 13.2, 13.4).

import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { countXmlStep } from '../../../operators/containers/xml/steps.ts'
import type { AttorneyRequisites } from '../../../schemas/attorney/value.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { given } from './elements.ts'

/** What a document says of itself and of the powers of attorney of those who sign it. */
export type DocumentScan = {
  root: string
  fileId?: string
  version?: string
  /** СвДоверЭл of every Подписант, each number once, at most attorneyRequisitesMax. */
  requisites: AttorneyRequisites[]
}

/** The element of requisites as it stands in the bytes: a name in XML cannot be written otherwise. */
const marks: readonly Buffer[] = [
  Buffer.from('СвДоверЭл'),
  Buffer.from([0xd1, 0xe2, 0xc4, 0xee, 0xe2, 0xe5, 0xf0, 0xdd, 0xeb]),
]

/**
 * The requisites a document names, by scanDocument; a document of any size without the element costs one look through its
 * bytes, for most documents have none.
 */
export function findRequisites(bytes: Uint8Array): AttorneyRequisites[] | Refusal {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!marks.some((mark) => buffer.includes(mark))) return []
  const scan = scanDocument(bytes)
  return isRefusal(scan) ? scan : scan.requisites
}

/** How many bytes the parser is given at once. */
const pieceLength = 64 * 1024

/**
 * Reads through an XML document in UTF-8 or windows-1251 of at most requisitesDocumentBytesMax bytes, once and without a
 * tree: a document may have a hundred thousand rows. Formats of the tax service have no namespace; elements in one are
 * passed over. Refuses xml.* (DOCTYPE included); what is no XML is xml.broken. Never throws.
 */
export function scanDocument(bytes: Uint8Array): DocumentScan | Refusal {
  if (bytes.length > limits.requisitesDocumentBytesMax) return refuse('xml.limits', `${bytes.length} bytes`)
  const encoding = encodingOf(bytes)
  if (encoding === undefined) return refuse('xml.encoding', 'neither UTF-8 nor windows-1251')
  const decoder = new TextDecoder(encoding, { fatal: true })
  const scanner = createScanner()
  try {
    for (let at = 0; at < bytes.length; at += pieceLength) {
      scanner.write(decoder.decode(bytes.subarray(at, at + pieceLength), { stream: true }))
      if (scanner.refusal() !== undefined) break
    }
    decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) return refuse('xml.encoding', `the bytes are not ${encoding}`)
    throw error
  }
  return scanner.end()
}

/** By the declaration; the documents of the tax service have it on the first line. */
function encodingOf(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  if (head.slice(0, 4).includes('\0')) return undefined
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/
    .exec(head)?.[1]
    ?.toLowerCase()
  if (declared === undefined || declared === 'utf-8' || declared === 'utf8') return 'utf-8'
  return declared === 'windows-1251' || declared === 'cp1251' ? 'windows-1251' : undefined
}

type Scanner = {
  write(text: string): void
  refusal(): Refusal | undefined
  end(): DocumentScan | Refusal
}

function createScanner(): Scanner {
  const parser = new SaxesParser()
  const found: { scan: DocumentScan | undefined; refusal: Refusal | undefined } = {
    scan: undefined,
    refusal: undefined,
  }
  const open: SaxesTagPlain[] = []
  const note = (refusal: Refusal): void => {
    found.refusal ??= refusal
  }
  parser.on('doctype', () => note(refuse('xml.doctype', 'a DOCTYPE')))
  parser.on('error', () => note(refuse('xml.broken', 'not well-formed')))
  parser.on('attribute', countXmlStep)
  parser.on('opentag', (tag) => {
    countXmlStep()
    if (found.refusal !== undefined) return
    found.scan ??= startScan(tag)
    const signatory = open.at(-1)
    if (tag.name === 'СвДоверЭл' && signatory?.name === 'Подписант') {
      addRequisites(found.scan.requisites, tag, signatory)
    }
    open.push(tag)
    if (open.length > limits.xmlDepthMax) note(refuse('xml.limits', 'elements nest too deep'))
  })
  parser.on('closetag', () => {
    open.pop()
  })
  return {
    write: (text) => void parser.write(text),
    refusal: () => found.refusal,
    end() {
      if (found.refusal === undefined) parser.close()
      return found.refusal ?? found.scan ?? refuse('xml.broken', 'no root element')
    },
  }
}

function startScan(root: SaxesTagPlain): DocumentScan {
  return {
    root: root.name.replace(/^.*:/, ''),
    ...given('fileId', root.attributes['ИдФайл']),
    ...given('version', root.attributes['ВерсФорм']),
    requisites: [],
  }
}

/** ИОП names its store ИдСистХран, УОУ СвСистХран, УПД also УРЛСист (domain rules 13.2, 13.4). */
function addRequisites(
  requisites: AttorneyRequisites[],
  { attributes }: SaxesTagPlain,
  signatory: SaxesTagPlain,
): void {
  const number = attributes['НомДовер']?.toLowerCase()
  if (number === undefined || requisites.some((one) => one.number === number)) return
  if (requisites.length >= limits.attorneyRequisitesMax) return
  const presented = attributes['СпособПредставл'] ?? signatory.attributes['СпосПодтПолном']
  const system = attributes['УРЛСист'] ?? attributes['ИдСистХран'] ?? attributes['СвСистХран']
  requisites.push({
    source: 'document',
    number: number.slice(0, limits.quotedLengthMax),
    ...given('issued', isoDay(attributes['ДатаВыдДовер'])),
    ...given('presented', presented?.slice(0, limits.quotedLengthMax)),
    ...given('system', system?.slice(0, limits.routeTextLengthMax)),
  })
}

/** ДД.ММ.ГГГГ of the documents as YYYY-MM-DD. */
function isoDay(text: string | undefined): string | undefined {
  const [, day, month, year] = /^(\d\d)\.(\d\d)\.(\d{4})$/.exec(text ?? '') ?? []
  return day === undefined ? undefined : `${year}-${month}-${day}`
}
