// Says which sources are wanted: those that certificates name, and configured ones.

import { limits } from '../../schemas/limits.ts'
import type { Sql } from '../store/sql.ts'
import {
  areLookedAt,
  countSources,
  insertEvidence,
  type SourceKey,
  upsertSource,
  type WantedSource,
} from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import { addressesOf, revocationFields } from '../trust/revocation/certificate-fields.ts'
import type { Issued } from '../trust/view/trust-view.ts'

/**
 * Wants the sources of certificates seen in traffic: the addresses of their lists and deltas, and of OCSP where a
 * certificate names no list. Their issuers are kept, for lists are taken only when signed by one known. To be called
 * again when certificates are seen again: sources not wanted for sourceForgottenDays are no longer fetched.
 * Gives the addresses passed over because they are not http(s) or too long.
 */
export async function wantSources(
  sql: Sql,
  seen: readonly Issued[],
  at: Date,
): Promise<{ passedOver: string[] }> {
  const passedOver: string[] = []
  for (const { certificate, issuer } of seen) {
    const wanted = sourcesOf(certificate, issuer)
    passedOver.push(...wanted.passedOver)
    if (wanted.keys.length === 0) continue
    await keepWanted(sql, { certificate, issuer }, wanted.keys, at)
  }
  return { passedOver }
}

/**
 * Wants the OCSP responders of certificates on which the lists they name tell nothing, though each of these was looked at:
 * one that is silent, out of date or of another scope must not hide a revocation (RFC 5280, 4.2.2.1). Which certificates
 * these are is said by whoever asked in vain. They are left to the lists again after standInForgottenDays. None is wanted
 * while there are standInSourcesMax sources: lists need room. May run twice.
 */
export async function wantResponders(sql: Sql, unanswered: readonly Issued[], at: Date): Promise<void> {
  if (unanswered.length === 0 || (await countSources(sql)) >= limits.standInSourcesMax) return
  for (const { certificate, issuer } of unanswered) {
    const { lists, responders } = namedBy(certificate, issuer)
    // Without a list the responders are wanted from the beginning.
    if (responders.length === 0 || lists.length === 0) continue
    if (!(await areLookedAt(sql, lists))) continue
    const standing = responders.map((key) => ({ ...key, standsIn: true }))
    await keepWanted(sql, { certificate, issuer }, standing, at)
  }
}

async function keepWanted(
  sql: Sql,
  { certificate, issuer }: Issued,
  keys: readonly WantedKey[],
  at: Date,
): Promise<void> {
  for (const { thumbprint, der } of [issuer, certificate]) {
    await insertEvidence(sql, { sha256: thumbprint, kind: 'certificate', bytes: der, at })
  }
  for (const key of keys) await upsertSource(sql, { ...key, isKept: false, at })
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

type WantedKey = Omit<WantedSource, 'isKept'>

function sourcesOf(
  certificate: Certificate,
  issuer: Certificate,
): { keys: WantedKey[]; passedOver: string[] } {
  const { lists, responders, passedOver } = namedBy(certificate, issuer)
  const isAsked = lists.length === 0
  return {
    keys: isAsked ? responders : lists,
    passedOver: isAsked ? [...passedOver.lists, ...passedOver.responders] : passedOver.lists,
  }
}

/** What a certificate names, at most sourcesPerCertificateMax of a kind, and what of it cannot be fetched. */
function namedBy(certificate: Certificate, issuer: Certificate) {
  const { points, freshest, ocspAddresses } = revocationFields(certificate)
  const lists = unique([...points, ...freshest].flatMap(addressesOf))
  const responders = unique(ocspAddresses)
  const usable = (addresses: readonly string[]) =>
    addresses.filter(isFetchable).slice(0, limits.sourcesPerCertificateMax)
  const others = (addresses: readonly string[]) => addresses.filter((address) => !isFetchable(address))
  const [subject, above] = [certificate.thumbprint, issuer.thumbprint]
  return {
    lists: usable(lists).map((address): WantedKey => ({ kind: 'crl', address, subject: '', issuer: '' })),
    responders: usable(responders).map(
      (address): WantedKey => ({ kind: 'ocsp', address, subject, issuer: above }),
    ),
    passedOver: { lists: others(lists), responders: others(responders) },
  }
}

/** Whether a source may be fetched from an address a certificate or a list names: http(s), sourceAddressLengthMax. */
export function isFetchable(address: string): boolean {
  return address.length <= limits.sourceAddressLengthMax && /^https?:\/\/./i.test(address)
}

function unique(addresses: readonly string[]): string[] {
  return [...new Set(addresses)]
}
