// Reads distribution points of certificates and of revocation lists (RFC 5280, 4.2.1.13 and 5.2.5).

import { limits } from '../../../schemas/limits.ts'
import { context, DerError, DerReader, type Element, tags } from '../der/reader.ts'
import { expectElement, readSequence } from '../der/values.ts'
import { constructed, join, sequence } from '../der/write.ts'
import { type Extension, insideOf, readBoolean, readFlags } from './extensions.ts'
import { nameKey } from './name-key.ts'

/** A GeneralName as far as it is compared here. */
export type GeneralName = {
  /** Equal for equal names. */
  readonly key: string
  /** The raw Name of a directoryName. */
  readonly directory?: Uint8Array
  /** The text of a uniformResourceIdentifier. */
  readonly uri?: string
}

/** DistributionPointName: whole names, or what is added to the issuer's name. */
export type PointName =
  | { readonly kind: 'full'; readonly names: readonly GeneralName[] }
  | { readonly kind: 'relative'; readonly component: Uint8Array }

/** Every reason of ReasonFlags: bits 1 to 8, bit 0 is unused (RFC 5280, 4.2.1.13). */
export const allReasons = 0x1fe

/** DistributionPoint of a certificate. */
export type DistributionPoint = {
  readonly name: PointName | undefined
  readonly reasons: number
  /** Who issues the list when the certificate's issuer does not; empty when the field is omitted. */
  readonly crlIssuers: readonly GeneralName[]
}

/** IssuingDistributionPoint of a list. `encoded` is the value as it stands, for comparing lists with each other. */
export type IssuingPoint = {
  readonly encoded: Uint8Array
  readonly name: PointName | undefined
  readonly onlyUsers: boolean
  readonly onlyAuthorities: boolean
  readonly onlyAttributes: boolean
  readonly isIndirect: boolean
  readonly reasons: number
}

/** Reads CRLDistributionPoints, at most distributionPointsMax. Throws DerError. */
export function readDistributionPoints(extension: Extension): DistributionPoint[] {
  const { reader, whole } = insideOf(extension)
  const points = readSequence(reader, whole)
  if (points.length > limits.distributionPointsMax)
    throw new DerError('too-complex', `${points.length} points`)
  return points.map((point) => {
    const fields = fieldsOf(reader, readSequence(reader, point), 2)
    const [name, reasons, issuers] = [fields.get(0), fields.get(1), fields.get(2)]
    return {
      name: name === undefined ? undefined : readPointName(reader, name),
      reasons: reasons === undefined ? allReasons : readFlags(reader, reasons, context(1)) & allReasons,
      crlIssuers: issuers === undefined ? [] : readGeneralNames(reader, issuers),
    }
  })
}

/** Reads IssuingDistributionPoint. Throws DerError, also when two kinds of certificates are said to be alone. */
export function readIssuingPoint(extension: Extension): IssuingPoint {
  const { reader, whole } = insideOf(extension)
  const fields = fieldsOf(reader, readSequence(reader, whole), 5)
  const flag = (number: number) => {
    const field = fields.get(number)
    return field !== undefined && readBoolean(reader, field, context(number))
  }
  const [name, reasons] = [fields.get(0), fields.get(3)]
  const point = {
    encoded: extension.value,
    name: name === undefined ? undefined : readPointName(reader, name),
    onlyUsers: flag(1),
    onlyAuthorities: flag(2),
    reasons: reasons === undefined ? allReasons : readFlags(reader, reasons, context(3)) & allReasons,
    isIndirect: flag(4),
    onlyAttributes: flag(5),
  }
  const alone = [point.onlyUsers, point.onlyAuthorities, point.onlyAttributes].filter(Boolean).length
  if (alone > 1) throw new DerError('broken', 'a list of certificates of two kinds, each alone')
  return point
}

/** The names a point stands for; what is relative is added to the name of the issuer of the list. */
export function pointKeys(name: PointName, listIssuer: Uint8Array): readonly string[] {
  if (name.kind === 'full') return name.names.map(({ key }) => key)
  const base = contentOf(listIssuer)
  return base === undefined ? [] : [directoryKey(join(sequence(base, name.component)))]
}

/** The key of a directoryName. */
export function directoryKey(name: Uint8Array): string {
  return `directory:${nameKey(name)}`
}

/** Reads GeneralNames. Throws DerError. */
export function readGeneralNames(reader: DerReader, element: Element): GeneralName[] {
  return reader.children(element).map((name) => readGeneralName(reader, name))
}

/** Reads one GeneralName; kinds not compared by their meaning are compared by their octets. Throws DerError. */
export function readGeneralName(reader: DerReader, element: Element): GeneralName {
  if (element.tag === context(4)) {
    const [name] = reader.children(element)
    const directory = reader.encoding(expectElement(name, tags.sequence, true))
    return { key: directoryKey(directory), directory }
  }
  const octets = Buffer.from(reader.content(element))
  if (element.tag !== context(6)) return { key: `${element.tag}:${octets.toString('hex')}` }
  const uri = octets.toString('latin1')
  return { key: `uri:${uri}`, uri }
}

function readPointName(reader: DerReader, element: Element): PointName {
  const [choice] = reader.children(element)
  if (choice?.tag === context(0)) return { kind: 'full', names: readGeneralNames(reader, choice) }
  const component = expectElement(choice, context(1), true)
  return { kind: 'relative', component: join(constructed(tags.set, reader.content(component))) }
}

/** Fields by the number of their context-specific tags, each at most once and none beyond the last one known. */
function fieldsOf(
  reader: DerReader,
  elements: readonly Element[],
  last: number,
): ReadonlyMap<number, Element> {
  const fields = new Map<number, Element>()
  for (const element of elements) {
    const number = element.tag & 0x1f
    if (element.tag !== context(number) || number > last || fields.has(number)) {
      throw new DerError('broken', `an unexpected field at ${element.start} of ${reader.bytes.length} octets`)
    }
    fields.set(number, element)
  }
  return fields
}

function contentOf(name: Uint8Array): Uint8Array | undefined {
  try {
    const reader = new DerReader(name)
    return reader.content(reader.whole())
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
