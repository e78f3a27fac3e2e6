// What revocation needs to know of a certificate besides its names and key, read from its extensions.

import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { context, DerError, DerReader, tags } from '../der/reader.ts'
import { readBitString, readOid, readSequence } from '../der/values.ts'
import { type DistributionPoint, readDistributionPoints, readGeneralName } from './distribution-point.ts'
import {
  type Extension,
  type Extensions,
  insideOf,
  readBoolean,
  readExtensionList,
  readFlags,
  unknownCritical,
} from './extensions.ts'
import { revocationOids } from './identifiers.ts'

/** Fields of a certificate that say where its revocation stands and what it may sign. */
export type RevocationFields = {
  readonly isAuthority: boolean
  /** Bits of keyUsage, undefined without the extension. */
  readonly keyUsage: number | undefined
  readonly purposes: readonly string[]
  readonly points: readonly DistributionPoint[]
  /** Where deltas stand (RFC 5280, 4.2.1.15); they are found by their issuer, not by these. */
  readonly freshest: readonly DistributionPoint[]
  readonly ocspAddresses: readonly string[]
  readonly hasNoCheck: boolean
  readonly unknownCritical: string | undefined
}

/** Bits of keyUsage (RFC 5280, 4.2.1.3). */
export const usageBits = { digitalSignature: 1 << 0, crlSign: 1 << 6 } as const

const nothing: RevocationFields = {
  isAuthority: false,
  keyUsage: undefined,
  purposes: [],
  points: [],
  freshest: [],
  ocspAddresses: [],
  hasNoCheck: false,
  unknownCritical: undefined,
}

/** What validation of certificates processes, here or on the path. */
const processed: ReadonlySet<string> = new Set([
  oids.keyUsage,
  oids.basicConstraints,
  oids.crlDistributionPoints,
  oids.certificatePolicies,
  oids.extendedKeyUsage,
  revocationOids.ocspNoCheck,
])

const read = new WeakMap<Certificate, RevocationFields>()

/**
 * Reads the fields once for each certificate. Extensions that are malformed leave their fields as if absent, except
 * that keyUsage then allows nothing.
 */
export function revocationFields(certificate: Certificate): RevocationFields {
  const before = read.get(certificate)
  if (before !== undefined) return before
  const fields = readFields(extensionsOf(certificate))
  read.set(certificate, fields)
  return fields
}

function extensionsOf(certificate: Certificate): Extensions | undefined {
  return orUndefined(() => {
    const reader = new DerReader(certificate.der)
    const [tbs] = readSequence(reader, reader.whole())
    const wrapper = readSequence(reader, tbs).find((field) => field.tag === context(3))
    return wrapper === undefined ? new Map() : readExtensionList(reader, reader.children(wrapper)[0])
  })
}

function readFields(extensions: Extensions | undefined): RevocationFields {
  if (extensions === undefined) return { ...nothing, keyUsage: 0 }
  const of = <T>(oid: string, reading: (extension: Extension) => T, otherwise: T): T => {
    const extension = extensions.get(oid)
    return extension === undefined ? otherwise : (orUndefined(() => reading(extension)) ?? otherwise)
  }
  return {
    isAuthority: of(oids.basicConstraints, readIsAuthority, false),
    keyUsage: extensions.has(oids.keyUsage) ? of(oids.keyUsage, readUsage, 0) : undefined,
    purposes: of(oids.extendedKeyUsage, readPurposes, []),
    points: of(oids.crlDistributionPoints, readDistributionPoints, []),
    freshest: of(revocationOids.freshestCrl, readDistributionPoints, []),
    ocspAddresses: of(revocationOids.authorityInformationAccess, readOcspAddresses, []),
    hasNoCheck: extensions.has(revocationOids.ocspNoCheck),
    unknownCritical: unknownCritical(extensions, processed),
  }
}

function readIsAuthority(extension: Extension): boolean {
  const { reader, whole } = insideOf(extension)
  const [flag] = readSequence(reader, whole)
  return flag?.tag === tags.boolean && readBoolean(reader, flag)
}

function readUsage(extension: Extension): number {
  const { reader, whole } = insideOf(extension)
  return readFlags(reader, whole, tags.bitString)
}

function readPurposes(extension: Extension): string[] {
  const { reader, whole } = insideOf(extension)
  return readSequence(reader, whole).map((purpose) => readOid(reader, purpose))
}

function readOcspAddresses(extension: Extension): string[] {
  const { reader, whole } = insideOf(extension)
  return readSequence(reader, whole).flatMap((description) => {
    const [method, location] = readSequence(reader, description)
    if (readOid(reader, method) !== revocationOids.ocsp || location === undefined) return []
    return readGeneralName(reader, location).uri ?? []
  })
}

/** The octets of a certificate's key that OCSP hashes: the content of its BIT STRING (RFC 6960, 4.1.1). */
export function keyBits(certificate: Certificate): Uint8Array | undefined {
  return orUndefined(() => {
    const reader = new DerReader(certificate.publicKey.spki)
    return readBitString(reader, readSequence(reader, reader.whole())[1])
  })
}

function orUndefined<T>(reading: () => T): T | undefined {
  try {
    return reading()
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
