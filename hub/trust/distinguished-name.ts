// Reads names of certificates: the attributes the hub shows and compares (X.520, order ФСБ №795).

import { canonicalDer } from './der/canonical.ts'
import { type OidName, oids } from './der/oids.ts'
import { DerError, DerReader, type Element } from './der/reader.ts'
import { equalBytes, expectElement, readOid, readSequence, readSet, readText } from './der/values.ts'

const shownFields = [
  'commonName',
  'organization',
  'organizationUnit',
  'surname',
  'givenName',
  'title',
  'country',
  'state',
  'locality',
  'street',
  'email',
  'innLegal',
  'inn',
  'ogrn',
  'ogrnip',
  'snils',
] as const satisfies readonly OidName[]

/** An attribute of a name the hub reads. */
export type NameField = (typeof shownFields)[number]

/** The first value of each attribute of a name. */
export type NameAttributes = Partial<Record<NameField, string>>

const fieldByOid = new Map<string, NameField>(shownFields.map((field) => [oids[field], field]))
const shownFirst: readonly (readonly [NameField, string])[] = [
  ['commonName', 'CN'],
  ['organization', 'O'],
  ['innLegal', 'ИННЮЛ'],
  ['inn', 'ИНН'],
  ['ogrn', 'ОГРН'],
  ['ogrnip', 'ОГРНИП'],
]

/** Reads a Name; attributes the hub does not know are passed over, of repeated ones the first stands. */
export function readName(reader: DerReader, name: Element | undefined): NameAttributes {
  const attributes: NameAttributes = {}
  for (const relative of readSequence(reader, name)) {
    for (const pair of readSet(reader, relative)) {
      const [type, value] = readSequence(reader, pair)
      const field = fieldByOid.get(readOid(reader, type))
      if (field === undefined || value === undefined || attributes[field] !== undefined) continue
      attributes[field] = readText(reader, expectElement(value, value.tag, false))
    }
  }
  return attributes
}

/** All values of an attribute in a raw Name, in order; none when the name is malformed. */
export function textsOf(name: Uint8Array, oid: string): string[] {
  try {
    const reader = new DerReader(name)
    const pairs = readSequence(reader, reader.whole()).flatMap((relative) => readSet(reader, relative))
    return pairs.flatMap((pair) => {
      const [type, value] = readSequence(reader, pair)
      return value !== undefined && readOid(reader, type) === oid ? [readText(reader, value)] : []
    })
  } catch (error) {
    if (error instanceof DerError) return []
    throw error
  }
}

/** One line for people: name and numbers. The ИНН of a head is left out where the organisation has its own. */
export function describeName(name: NameAttributes): string {
  const parts: string[] = []
  for (const [field, short] of shownFirst) {
    const isPersonal = field === 'inn' && name.innLegal !== undefined
    if (name[field] !== undefined && !isPersonal) parts.push(`${short}=${name[field]}`)
  }
  return parts.join(', ')
}

const shownLast: readonly (readonly [NameField, string])[] = [
  ['organizationUnit', 'OU'],
  ['surname', 'SN'],
  ['givenName', 'G'],
  ['title', 'T'],
  ['snils', 'СНИЛС'],
  ['locality', 'L'],
  ['state', 'ST'],
  ['country', 'C'],
  ['email', 'E'],
]

/** All that the hub reads of a name but the street, in one line for people. */
export function describeFully(name: NameAttributes): string {
  return [...shownFirst, ...shownLast]
    .filter(([field]) => name[field] !== undefined)
    .map(([field, short]) => `${short}=${name[field]}`)
    .join(', ')
}

/**
 * Whether two raw Names are the same: equal bytes, or equal DER when one came in BER. String types and case are not
 * folded: issuers copy the name of a certificate as it stands.
 */
export function isSameName(one: Uint8Array, other: Uint8Array): boolean {
  if (equalBytes(one, other)) return true
  const oneDer = derOf(one)
  const otherDer = derOf(other)
  return oneDer !== undefined && otherDer !== undefined && equalBytes(oneDer, otherDer)
}

function derOf(name: Uint8Array): Uint8Array | undefined {
  try {
    const reader = new DerReader(name)
    return canonicalDer(reader, reader.whole())
  } catch (error) {
    // What is broken inside is the same as nothing else.
    if (error instanceof DerError) return undefined
    throw error
  }
}

/**
 * The ИНН of the organisation a certificate speaks for: ИННЮЛ of 10 digits, or ИНН of 12 digits that older
 * certificates fill up with "00" (order ФСБ №795 before 2021). Undefined for natural persons.
 */
export function organizationInn(name: NameAttributes): string | undefined {
  if (name.innLegal !== undefined) return name.innLegal
  return /^00\d{10}$/.test(name.inn ?? '') ? name.inn?.slice(2) : undefined
}
