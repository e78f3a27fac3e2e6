// Says which sources are wanted: those that certificates name, and configured ones.

import { limits } from '../../schemas/limits.ts'
import type { Sql } from '../store/sql.ts'
import { insertEvidence, type SourceKey, upsertSource } from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import { addressesOf, revocationFields } from '../trust/revocation/certificate-fields.ts'

/** A certificate seen, with that of its issuer. */
export type Seen = { readonly certificate: Certificate; readonly issuer: Certificate }

/**
 * Wants the sources of certificates seen in traffic: the addresses of their lists and deltas, and of OCSP where a
 * certificate names no list. Their issuers are kept, for lists are taken only when signed by one known. To be called
 * again when certificates are seen again: sources not wanted for sourceForgottenDays are no longer fetched.
 * Gives the addresses passed over because they are not http(s) or too long.
 */
export async function wantSources(
  sql: Sql,
  seen: readonly Seen[],
  at: Date,
): Promise<{ passedOver: string[] }> {
  const passedOver: string[] = []
  for (const { certificate, issuer } of seen) {
    const wanted = sourcesOf(certificate, issuer)
    passedOver.push(...wanted.passedOver)
    if (wanted.keys.length === 0) continue
    for (const { thumbprint, der } of [issuer, certificate]) {
      await insertEvidence(sql, { sha256: thumbprint, kind: 'certificate', bytes: der, at })
    }
    for (const key of wanted.keys) await upsertSource(sql, { ...key, isKept: false, at })
  }
  return { passedOver }
}

/** Wants sources that a configuration or the trust list names; they stay wanted. */
export async function wantConfigured(
  sql: Sql,
  sources: readonly Pick<SourceKey, 'kind' | 'address'>[],
  at: Date,
): Promise<void> {
  for (const source of sources)
    await upsertSource(sql, { ...source, subject: '', issuer: '', isKept: true, at })
}

function sourcesOf(
  certificate: Certificate,
  issuer: Certificate,
): { keys: (SourceKey & { issuer: string })[]; passedOver: string[] } {
  const { points, freshest, ocspAddresses } = revocationFields(certificate)
  const lists = unique([...points, ...freshest].flatMap(addressesOf))
  const usable = lists.filter(isFetchable).slice(0, limits.sourcesPerCertificateMax)
  const responders = usable.length > 0 ? [] : unique(ocspAddresses)
  const [subject, above] = [certificate.thumbprint, issuer.thumbprint]
  return {
    keys: [
      ...usable.map((address) => ({ kind: 'crl', address, subject: '', issuer: '' }) as const),
      ...responders
        .filter(isFetchable)
        .slice(0, limits.sourcesPerCertificateMax)
        .map((address) => ({ kind: 'ocsp', address, subject, issuer: above }) as const),
    ],
    passedOver: [...lists, ...responders].filter((address) => !isFetchable(address)),
  }
}

/** Whether a source may be fetched from an address a certificate or a list names: http(s), sourceAddressLengthMax. */
export function isFetchable(address: string): boolean {
  return address.length <= limits.sourceAddressLengthMax && /^https?:\/\/./i.test(address)
}

function unique(addresses: readonly string[]): string[] {
  return [...new Set(addresses)]
}
