// Reads the extensions of certificate policies (RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14) and the classes ФСБ names.

import { oids } from '../der/oids.ts'
import { context, DerError, type DerReader, type Element, tags } from '../der/reader.ts'
import { expectElement, readOid, readSequence } from '../der/values.ts'

/** A policy of the issuer's domain taken as one of the subject's (RFC 5280, 4.2.1.5). */
export type PolicyMapping = { readonly issuerPolicy: string; readonly subjectPolicy: string }

/** How many more certificates may follow before the rule holds (RFC 5280, 4.2.1.11). */
export type PolicyConstraints = {
  readonly requireExplicitPolicy: number | undefined
  readonly inhibitPolicyMapping: number | undefined
}

/** certificatePolicies; qualifiers are passed over. A policy named twice is malformed. Throws DerError. */
export function readPolicies(reader: DerReader, element: Element): string[] {
  const policies = readSequence(reader, element).map((policy) =>
    readOid(reader, readSequence(reader, policy)[0]),
  )
  if (policies.length === 0 || new Set(policies).size !== policies.length)
    throw new DerError('broken', 'no policy, or one named twice')
  return policies
}

/** policyMappings. Throws DerError. */
export function readPolicyMappings(reader: DerReader, element: Element): PolicyMapping[] {
  const mappings = readSequence(reader, element).map((mapping) => {
    const [issuer, subject] = readSequence(reader, mapping)
    return { issuerPolicy: readOid(reader, issuer), subjectPolicy: readOid(reader, subject) }
  })
  if (mappings.length === 0) throw new DerError('broken', 'no mapping')
  return mappings
}

/** policyConstraints; an empty one is malformed. Throws DerError. */
export function readPolicyConstraints(reader: DerReader, element: Element): PolicyConstraints {
  const fields = readSequence(reader, element)
  const numbered = (tag: number) => {
    const field = fields.find((candidate) => candidate.tag === tag)
    return field === undefined ? undefined : readCount(reader, field, tag)
  }
  if (fields.length === 0) throw new DerError('broken', 'policy constraints that constrain nothing')
  return { requireExplicitPolicy: numbered(context(0)), inhibitPolicyMapping: numbered(context(1)) }
}

/** A count of certificates: INTEGER from 0 on; what is beyond 2^31 is as good as 2^31. Throws DerError. */
export function readCount(
  reader: DerReader,
  element: Element | undefined,
  tag: number = tags.integer,
): number {
  const octets = reader.content(expectElement(element, tag, false))
  if (octets.length === 0 || (octets[0] ?? 0) > 0x7f) throw new DerError('broken', 'no count of certificates')
  let count = 0
  for (const octet of octets) count = Math.min(count * 256 + octet, 2 ** 31)
  return count
}

const classes: ReadonlyMap<string, string> = new Map([
  [oids.classKC1, 'КС1'],
  [oids.classKC2, 'КС2'],
  [oids.classKC3, 'КС3'],
  [oids.classKB1, 'КВ1'],
  [oids.classKB2, 'КВ2'],
  [oids.classKA1, 'КА1'],
])

/** The highest class of signature tools among the policies of a certificate (order ФСБ №795, 26), or undefined. */
export function toolClassOf(policies: readonly string[]): string | undefined {
  return [...classes].filter(([oid]) => policies.includes(oid)).at(-1)?.[1]
}
