// Reads GeneralName, the names that stand in extensions beside the subject's own (RFC 5280, 4.2.1.6).

import { context, DerError, type DerReader, type Element, tags } from '../der/reader.ts'
import { expectElement, readOid, readSequence } from '../der/values.ts'

/** A name by its form. Forms nobody constrains or compares are `other`, told apart by their tag or identifier. */
export type GeneralName =
  | { readonly kind: 'email' | 'dns' | 'uri'; readonly text: string }
  | { readonly kind: 'directory'; readonly name: Uint8Array }
  | { readonly kind: 'ip'; readonly octets: Uint8Array }
  | { readonly kind: 'other'; readonly form: string; readonly octets: Uint8Array }

/** Reads a SEQUENCE OF GeneralName, or one tagged in its place. Throws DerError. */
export function readGeneralNames(reader: DerReader, list: Element): GeneralName[] {
  return reader.children(list).map((name) => readGeneralName(reader, name))
}

/** Reads one GeneralName. Throws DerError for a tag that is none of the nine. */
export function readGeneralName(reader: DerReader, name: Element): GeneralName {
  switch (name.tag) {
    case context(1):
      return { kind: 'email', text: readAscii(reader, name) }
    case context(2):
      return { kind: 'dns', text: readAscii(reader, name) }
    case context(6):
      return { kind: 'uri', text: readAscii(reader, name) }
    case context(7):
      return { kind: 'ip', octets: reader.content(expectElement(name, name.tag, false)) }
    case context(4):
      return { kind: 'directory', name: readDirectoryName(reader, name) }
    case context(0):
      return other(reader, name, `otherName ${readOid(reader, reader.children(name)[0])}`)
    case context(3):
    case context(5):
    case context(8):
      return other(reader, name, otherForms[name.tag - context(0)] ?? '')
    default:
      throw new DerError('broken', `no general name at ${name.start}`)
  }
}

function other(reader: DerReader, name: Element, form: string): GeneralName {
  return { kind: 'other', form, octets: reader.content(name) }
}

const otherForms: Readonly<Record<number, string>> = {
  3: 'x400Address',
  5: 'ediPartyName',
  8: 'registeredID',
}

/** The raw Name of a directoryName, whose tag is explicit because Name is a CHOICE. */
function readDirectoryName(reader: DerReader, element: Element): Uint8Array {
  const name = expectElement(reader.children(element)[0], tags.sequence, true)
  for (const relative of readSequence(reader, name)) expectElement(relative, tags.set, true)
  return reader.encoding(name)
}

/** The text of an IA5String in context; octets above 127 stay as they are and match nothing. */
function readAscii(reader: DerReader, element: Element): string {
  const { buffer, byteOffset, byteLength } = reader.content(expectElement(element, element.tag, false))
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
