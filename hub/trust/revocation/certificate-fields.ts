// What revocation needs to know of a certificate besides its names and key, out of its extensions.

import { limits } from '../../../schemas/limits.ts'
import type { DistributionPoint } from '../certificate/distribution-points.ts'
import { extensionsOf } from '../certificate/extensions.ts'
import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { DerError, DerReader } from '../der/reader.ts'
import { readBitString, readSequence } from '../der/values.ts'
import { revocationOids } from './identifiers.ts'

/** Fields of a certificate that say where its revocation stands and what it may sign. */
export type RevocationFields = {
  readonly isAuthority: boolean
  /** Bits of keyUsage (keyUses), undefined without the extension. */
  readonly keyUsage: number | undefined
  readonly purposes: readonly string[]
  /** At most distributionPointsMax; with more, none is taken. */
  readonly points: readonly DistributionPoint[]
  /** Where deltas stand (RFC 5280, 4.2.1.15); they are found by their issuer, not by these. */
  readonly freshest: readonly DistributionPoint[]
  readonly ocspAddresses: readonly string[]
  readonly hasNoCheck: boolean
  readonly unknownCritical: string | undefined
}

const nothing: RevocationFields = {
  isAuthority: false,
  keyUsage: 0,
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

const known = new WeakMap<Certificate, RevocationFields>()

/**
 * The fields, gathered once for each certificate. Extensions that are malformed leave their fields as if absent, except
 * that keyUsage then allows nothing; of a certificate with an extension that stands twice nothing is believed.
 */
export function revocationFields(certificate: Certificate): RevocationFields {
  const before = known.get(certificate)
  if (before !== undefined) return before
  const fields = gather(certificate)
  known.set(certificate, fields)
  return fields
}

function gather(certificate: Certificate): RevocationFields {
  const read = extensionsOf(certificate)
  if (read.repeated.length > 0) return nothing
  const has = (wanted: string) => certificate.extensions.some(({ oid }) => oid === wanted)
  const unknown = certificate.extensions.find(({ oid, isCritical }) => isCritical && !processed.has(oid))
  return {
    isAuthority: read.basicConstraints?.isAuthority ?? false,
    keyUsage: has(oids.keyUsage) ? (read.keyUsage ?? 0) : undefined,
    purposes: read.extendedKeyUsage ?? [],
    points: pointsWithin(read.crlDistributionPoints),
    freshest: pointsWithin(read.freshestCrl),
    ocspAddresses: read.authorityAccess?.ocsp ?? [],
    hasNoCheck: has(revocationOids.ocspNoCheck),
    unknownCritical: unknown?.oid,
  }
}

function pointsWithin(points: readonly DistributionPoint[] = []): readonly DistributionPoint[] {
  return points.length > limits.distributionPointsMax ? [] : points
}

/** The addresses of full names of points. */
export function addressesOf({ name }: DistributionPoint): string[] {
  const names = name?.kind === 'full' ? name.names : []
  return names.flatMap((one) => (one.kind === 'uri' ? one.text : []))
}

/** The octets of a certificate's key that OCSP hashes: the content of its BIT STRING (RFC 6960, 4.1.1). */
export function keyBits(certificate: Certificate): Uint8Array | undefined {
  try {
    const reader = new DerReader(certificate.publicKey.spki)
    return readBitString(reader, readSequence(reader, reader.whole())[1])
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
