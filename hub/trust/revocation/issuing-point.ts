// The point a list is issued for (RFC 5280, 5.2.5), and names of points made comparable with those of certificates.

import { type PointName, readFields, readPointName, readReasons } from '../certificate/distribution-points.ts'
import { readBoolean } from '../certificate/extension-list.ts'
import type { GeneralName } from '../certificate/general-names.ts'
import { context, DerError, DerReader } from '../der/reader.ts'
import { readSequence } from '../der/values.ts'
import { join, sequence } from '../der/write.ts'
import { type Extension, insideOf } from './extensions.ts'
import { nameKey } from './name-key.ts'

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

/** Reads IssuingDistributionPoint. Throws DerError, also when two kinds of certificates are said to be alone. */
export function readIssuingPoint(extension: Extension): IssuingPoint {
  const { reader, whole } = insideOf(extension)
  const fields = readFields(reader, readSequence(reader, whole), 5)
  const flag = (number: number) => {
    const field = fields.get(number)
    return field !== undefined && readBoolean(reader, field, context(number))
  }
  const point = {
    encoded: extension.value,
    name: readPointName(reader, fields.get(0)),
    onlyUsers: flag(1),
    onlyAuthorities: flag(2),
    reasons: readReasons(reader, fields.get(3)),
    isIndirect: flag(4),
    onlyAttributes: flag(5),
  }
  const alone = [point.onlyUsers, point.onlyAuthorities, point.onlyAttributes].filter(Boolean).length
  if (alone > 1) throw new DerError('broken', 'a list of certificates of two kinds, each alone')
  return point
}

/** The names a point stands for; what is relative is added to the name of the issuer of the list. */
export function pointKeys(name: PointName, listIssuer: Uint8Array): readonly string[] {
  if (name.kind === 'full') return name.names.map(generalNameKey)
  const base = contentOf(listIssuer)
  return base === undefined ? [] : [directoryKey(join(sequence(base, name.component)))]
}

/** The key of a directoryName. */
export function directoryKey(name: Uint8Array): string {
  return `directory:${nameKey(name)}`
}

/** Equal for equal names; kinds not compared by their meaning are compared by their octets. */
export function generalNameKey(name: GeneralName): string {
  switch (name.kind) {
    case 'directory':
      return directoryKey(name.name)
    case 'email':
    case 'dns':
    case 'uri':
      return `${name.kind}:${name.text}`
    case 'ip':
      return `ip:${Buffer.from(name.octets).toString('hex')}`
    case 'other':
      return `${name.form}:${Buffer.from(name.octets).toString('hex')}`
  }
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
