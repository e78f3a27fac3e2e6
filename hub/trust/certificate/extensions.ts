// Reads the extensions of a certificate the hub knows, once and when they are first asked for (RFC 5280, 4.2; order ФСБ №795).

import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { context, DerError, DerReader, type Element, tags } from '../der/reader.ts'
import { expectElement, readOid, readSequence, readText } from '../der/values.ts'
import {
  type AuthorityAccess,
  type DistributionPoint,
  readAuthorityAccess,
  readDistributionPoints,
} from './distribution-points.ts'
import { type RawExtension, readBoolean } from './extension-list.ts'
import { type GeneralName, readGeneralName, readGeneralNames } from './general-names.ts'
import {
  type PolicyConstraints,
  type PolicyMapping,
  readCount,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
} from './policies.ts'

/** Subtrees of names allowed and forbidden below an authority (RFC 5280, 4.2.1.10). */
export type NameConstraints = {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** What the extensions say; undefined for those that are absent or malformed. */
export type CertificateExtensions = {
  readonly basicConstraints: { isAuthority: boolean; pathLength: number | undefined } | undefined
  readonly keyUsage: KeyUsage | undefined
  readonly extendedKeyUsage: readonly string[] | undefined
  readonly policies: readonly string[] | undefined
  readonly policyMappings: readonly PolicyMapping[] | undefined
  readonly policyConstraints: PolicyConstraints | undefined
  readonly inhibitAnyPolicy: number | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly subjectAltName: readonly GeneralName[] | undefined
  readonly issuerAltName: readonly GeneralName[] | undefined
  /** Issuer and serial number of authorityKeyIdentifier; its key identifier is a field of the certificate. */
  readonly authorityCertificate: { issuer: readonly GeneralName[]; serial: Uint8Array } | undefined
  readonly crlDistributionPoints: readonly DistributionPoint[] | undefined
  readonly freshestCrl: readonly DistributionPoint[] | undefined
  readonly authorityAccess: AuthorityAccess | undefined
  /** What the owner signs with. */
  readonly subjectSignTool: string | undefined
  /** What the authority signs with: its tool, the tool of the authority, and their certificates of conformity. */
  readonly issuerSignTool: readonly string[] | undefined
  /** How the owner was identified: 0 in person, 1 by a signature, 2 and 3 from afar. */
  readonly identificationKind: number | undefined
  /** Identifiers that stand more than once. */
  readonly repeated: readonly string[]
  readonly malformed: readonly { oid: string; what: string }[]
  /** Critical ones nobody here understands. */
  readonly unknownCritical: readonly string[]
}

/** The uses of a key the hub asks for, as bits of the number (RFC 5280, 4.2.1.3, the first bit is the highest). */
export const keyUses = { digitalSignature: 0x8000, keyCertSign: 0x0400, crlSign: 0x0200 } as const

/** The first sixteen bits of keyUsage. */
export type KeyUsage = number

type Found = { -readonly [Name in keyof CertificateExtensions]?: CertificateExtensions[Name] }
type Reading = (reader: DerReader, element: Element, found: Found) => void

const readings: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  [oids.basicConstraints, readBasicConstraints],
  [oids.keyUsage, readKeyUsage],
  [oids.extendedKeyUsage, readExtendedKeyUsage],
  [oids.nameConstraints, readNameConstraints],
  [oids.authorityKeyIdentifier, readAuthorityCertificate],
  [
    oids.certificatePolicies,
    (reader, element, found) => {
      found.policies = readPolicies(reader, element)
    },
  ],
  [
    oids.policyMappings,
    (reader, element, found) => {
      found.policyMappings = readPolicyMappings(reader, element)
    },
  ],
  [
    oids.policyConstraints,
    (reader, element, found) => {
      found.policyConstraints = readPolicyConstraints(reader, element)
    },
  ],
  [
    oids.inhibitAnyPolicy,
    (reader, element, found) => {
      found.inhibitAnyPolicy = readCount(reader, element)
    },
  ],
  [
    oids.subjectAltName,
    (reader, element, found) => {
      found.subjectAltName = readAltName(reader, element)
    },
  ],
  [
    oids.issuerAltName,
    (reader, element, found) => {
      found.issuerAltName = readAltName(reader, element)
    },
  ],
  [
    oids.crlDistributionPoints,
    (reader, element, found) => {
      found.crlDistributionPoints = readDistributionPoints(reader, element)
    },
  ],
  [
    oids.freshestCrl,
    (reader, element, found) => {
      found.freshestCrl = readDistributionPoints(reader, element)
    },
  ],
  [
    oids.authorityInfoAccess,
    (reader, element, found) => {
      found.authorityAccess = readAuthorityAccess(reader, element)
    },
  ],
  [
    oids.subjectSignTool,
    (reader, element, found) => {
      found.subjectSignTool = readText(reader, element)
    },
  ],
  [
    oids.issuerSignTool,
    (reader, element, found) => {
      found.issuerSignTool = readSequence(reader, element).map((text) => readText(reader, text))
    },
  ],
  [
    oids.identificationKind,
    (reader, element, found) => {
      found.identificationKind = readCount(reader, element)
    },
  ],
])

/** Read by certificate.ts itself, or of no consequence for a path: known, so that critical ones are no obstacle. */
const knownElsewhere: ReadonlySet<string> = new Set([oids.subjectKeyIdentifier, oids.privateKeyUsagePeriod])

const known = new WeakMap<Certificate, CertificateExtensions>()

/** The extensions of a certificate. Never throws: what is malformed is listed. The answer is remembered. */
export function extensionsOf(certificate: Certificate): CertificateExtensions {
  const before = known.get(certificate)
  if (before !== undefined) return before
  const read = readAll(certificate.extensions)
  known.set(certificate, read)
  return read
}

function readAll(extensions: readonly RawExtension[]): CertificateExtensions {
  const found: Found = {}
  const seen = new Set<string>()
  const repeated: string[] = []
  const malformed: { oid: string; what: string }[] = []
  const unknownCritical: string[] = []
  for (const { oid, isCritical, value } of extensions) {
    if (seen.has(oid)) repeated.push(oid)
    seen.add(oid)
    const reading = readings.get(oid)
    if (reading === undefined) {
      if (isCritical && !knownElsewhere.has(oid)) unknownCritical.push(oid)
      continue
    }
    try {
      const reader = new DerReader(value)
      reading(reader, reader.whole(), found)
    } catch (error) {
      if (!(error instanceof DerError)) throw error
      malformed.push({ oid, what: error.message })
    }
  }
  return { ...absent, ...found, repeated, malformed, unknownCritical }
}

const absent: Omit<CertificateExtensions, 'repeated' | 'malformed' | 'unknownCritical'> = {
  basicConstraints: undefined,
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  policies: undefined,
  policyMappings: undefined,
  policyConstraints: undefined,
  inhibitAnyPolicy: undefined,
  nameConstraints: undefined,
  subjectAltName: undefined,
  issuerAltName: undefined,
  authorityCertificate: undefined,
  crlDistributionPoints: undefined,
  freshestCrl: undefined,
  authorityAccess: undefined,
  subjectSignTool: undefined,
  issuerSignTool: undefined,
  identificationKind: undefined,
}

function readBasicConstraints(reader: DerReader, element: Element, found: Found): void {
  const fields = readSequence(reader, element)
  const isStated = fields[0]?.tag === tags.boolean
  const length = fields[isStated ? 1 : 0]
  found.basicConstraints = {
    isAuthority: isStated && readBoolean(reader, fields[0]),
    pathLength: length === undefined ? undefined : readCount(reader, length),
  }
}

function readKeyUsage(reader: DerReader, element: Element, found: Found): void {
  const [unused = 8, first = 0, second = 0] = reader.content(expectElement(element, tags.bitString, false))
  if (unused > 7) throw new DerError('broken', 'no string of bits')
  found.keyUsage = (first << 8) | second
}

function readExtendedKeyUsage(reader: DerReader, element: Element, found: Found): void {
  const purposes = readSequence(reader, element).map((purpose) => readOid(reader, purpose))
  if (purposes.length === 0) throw new DerError('broken', 'no purpose of the key')
  found.extendedKeyUsage = purposes
}

function readAltName(reader: DerReader, element: Element): GeneralName[] {
  const names = readGeneralNames(reader, expectElement(element, tags.sequence, true))
  if (names.length === 0) throw new DerError('broken', 'no alternative name')
  return names
}

/** Subtrees are whole: a minimum other than 0 or a maximum has no use in this profile (RFC 5280, 4.2.1.10). */
function readNameConstraints(reader: DerReader, element: Element, found: Found): void {
  const fields = readSequence(reader, element)
  const subtrees = (tag: number): GeneralName[] => {
    const list = fields.find((field) => field.tag === context(tag))
    return list === undefined ? [] : reader.children(list).map((subtree) => readSubtree(reader, subtree))
  }
  found.nameConstraints = { permitted: subtrees(0), excluded: subtrees(1) }
  if (found.nameConstraints.permitted.length + found.nameConstraints.excluded.length === 0)
    throw new DerError('broken', 'constraints of names that constrain nothing')
}

function readSubtree(reader: DerReader, subtree: Element): GeneralName {
  const [base, ...bounds] = readSequence(reader, subtree)
  if (base === undefined) throw new DerError('broken', 'a subtree without a base')
  for (const bound of bounds) {
    if (bound.tag !== context(0) || readCount(reader, bound, bound.tag) !== 0)
      throw new DerError('broken', 'a subtree with bounds')
  }
  return readGeneralName(reader, base)
}

function readAuthorityCertificate(reader: DerReader, element: Element, found: Found): void {
  const fields = readSequence(reader, element)
  const issuer = fields.find((field) => field.tag === context(1))
  const serial = fields.find((field) => field.tag === context(2))
  if (issuer === undefined || serial === undefined) return
  found.authorityCertificate = { issuer: readGeneralNames(reader, issuer), serial: reader.content(serial) }
}
