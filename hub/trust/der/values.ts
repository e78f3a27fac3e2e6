// Reads the values of single DER elements: identifiers, numbers, times, texts, octets.

import { decodeOid } from './oids.ts'
import { DerError, type DerReader, type Element, tags } from './reader.ts'

/** Requires an element of a tag and form; the one check before a value is taken. */
export function expectElement(element: Element | undefined, tag: number, constructed: boolean): Element {
  if (element === undefined) throw new DerError('broken', 'an element is missing')
  if (element.tag === tag && element.constructed === constructed) return element
  throw new DerError('broken', `unexpected tag ${element.tag.toString(16)} at ${element.start}`)
}

/** The children of an element that must be a SEQUENCE. */
export function readSequence(reader: DerReader, element: Element | undefined): Element[] {
  return reader.children(expectElement(element, tags.sequence, true))
}

/** The children of an element that must be a SET. */
export function readSet(reader: DerReader, element: Element | undefined): Element[] {
  return reader.children(expectElement(element, tags.set, true))
}

/** The dotted text of an OBJECT IDENTIFIER. */
export function readOid(reader: DerReader, element: Element | undefined): string {
  const oid = decodeOid(reader.content(expectElement(element, tags.oid, false)))
  if (oid === undefined) throw new DerError('broken', `a malformed object identifier at ${element?.start}`)
  return oid
}

/** The content octets of an INTEGER, at least one. */
export function readInteger(reader: DerReader, element: Element | undefined): Uint8Array {
  const content = reader.content(expectElement(element, tags.integer, false))
  if (content.length === 0) throw new DerError('broken', `an empty number at ${element?.start}`)
  return content
}

/** An INTEGER of 0..127, as versions are. */
export function readSmallInteger(reader: DerReader, element: Element | undefined): number {
  const [octet = 0xff, ...rest] = readInteger(reader, element)
  if (octet > 127 || rest.length > 0) throw new DerError('broken', `a number too large at ${element?.start}`)
  return octet
}

/** The octets of an OCTET STRING or of an implicitly tagged one: a view, or a copy when it came in segments. */
export function readOctets(reader: DerReader, element: Element, tag: number = tags.octetString): Uint8Array {
  if (element.tag !== tag) throw new DerError('broken', `no octet string at ${element.start}`)
  return joinSpans(reader.bytes, reader.octetSpans(element))
}

/** Joins spans (pairs of start and end) of an array; one span is a view. */
export function joinSpans(bytes: Uint8Array, spans: readonly number[]): Uint8Array {
  if (spans.length === 2) return bytes.subarray(spans[0], spans[1])
  const parts: Uint8Array[] = []
  for (let i = 0; i < spans.length; i += 2) parts.push(bytes.subarray(spans[i], spans[i + 1]))
  return Buffer.concat(parts)
}

/** The octets of a BIT STRING of whole octets; certificates hold no others that the hub reads. */
export function readBitString(reader: DerReader, element: Element | undefined): Uint8Array {
  const content = reader.content(expectElement(element, tags.bitString, false))
  if (content[0] !== 0) throw new DerError('broken', `bits that fill no octets at ${element?.start}`)
  return content.subarray(1)
}

/** UTCTime or GeneralizedTime in UTC (RFC 5280, 4.1.2.5; RFC 5652, 11.3); fractions of seconds are dropped. */
export function readTime(reader: DerReader, element: Element | undefined): Date {
  const isShort = element?.tag === tags.utcTime
  const expected = expectElement(element, isShort ? tags.utcTime : tags.generalizedTime, false)
  const text = latin1(reader.content(expected))
  const parts = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d{1,9})?Z$/.exec(text)
  const [, year = '', month, day, hour, minute, second] = parts ?? []
  if (year.length !== (isShort ? 2 : 4)) throw new DerError('broken', `a malformed time at ${expected.start}`)
  const fullYear = isShort ? Number(year) + (Number(year) < 50 ? 2000 : 1900) : Number(year)
  const time = new Date(0)
  time.setUTCFullYear(fullYear, Number(month) - 1, Number(day))
  time.setUTCHours(Number(hour), Number(minute), Number(second ?? 0))
  // A day like February 30 rolls over, and so does a second like 99; what rolled over was no time.
  const isAsSaid = time.getUTCMonth() === Number(month) - 1 && time.getUTCHours() === Number(hour)
  if (!isAsSaid || time.getUTCMinutes() !== Number(minute)) {
    throw new DerError('broken', `an impossible time at ${expected.start}`)
  }
  return time
}

const utf8 = new TextDecoder('utf-8')
const utf16 = new TextDecoder('utf-16be')

/** The text of any string type of names; what is malformed is read with replacement characters. */
export function readText(reader: DerReader, element: Element): string {
  const content = reader.content(element)
  if (element.tag === tags.bmpString) return utf16.decode(content)
  if (element.tag === tags.universalString) return decodeUtf32(content)
  return element.tag === tags.utf8String ? utf8.decode(content) : latin1(content)
}

function decodeUtf32(content: Uint8Array): string {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  let text = ''
  for (let at = 0; at + 4 <= content.length; at += 4) {
    const point = view.getUint32(at)
    text += String.fromCodePoint(point <= 0x10ffff ? point : 0xfffd)
  }
  return text
}

function latin1(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1')
}

/** Whether two byte strings are equal. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0
}
