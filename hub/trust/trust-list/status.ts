// Says what a trust list knows of an authority's certificate at a time.

import type { Certificate } from '../certificate.ts'
import type { AccreditationStatus, ListedCertificate, TrustList } from './list.ts'

/** The text of the status under which an authority is accredited. Any other text does not accredit. */
const accredited = 'Действует'
/** Beginnings of the texts of a suspension. */
const suspended = /^Приостановлен/

type Listed = { readonly authority: string; readonly addresses: readonly string[] }

/** What the list says of a certificate at a time; `until` is when the next status begins, when one does. */
export type ServiceStatus =
  | (Listed & { readonly kind: 'granted'; readonly since: Date; readonly until: Date | undefined })
  | (Listed & {
      readonly kind: 'suspended' | 'withdrawn'
      readonly statusText: string
      readonly from: Date
      readonly until: Date | undefined
    })
  | (Listed & { readonly kind: 'not-yet'; readonly from: Date | undefined })
  | { readonly kind: 'absent' }

/**
 * Whether the certificate of an authority is listed, and its authority accredited at `at`, which must be a proven time (our
 * receipt or a time-stamp; never the claimed signing time). A status holds from its date, that moment included, until the
 * next one. Accredits only «Действует», letter by letter; unknown texts count as withdrawn. A certificate that stands at
 * several authorities (functions were handed over) is granted when any of them was accredited. The list tells the state
 * of the accreditation, not of the certificate: whether that was valid or revoked is judged elsewhere.
 */
export function statusAt(list: TrustList, certificate: Certificate, at: Date): ServiceStatus {
  const places = list.byThumbprint.get(certificate.thumbprint) ?? []
  const found = places.map((place) => statusOf(place, at))
  return found.find(({ kind }) => kind === 'granted') ?? found[0] ?? { kind: 'absent' }
}

/** The status at both times a policy needs. */
export type ServiceFacts = { readonly atIssuance: ServiceStatus; readonly atControl: ServiceStatus }

/**
 * The status when a certificate was issued under the authority's certificate, and at the control time. A qualified
 * signature needs the accreditation on the day its certificate was issued (63-ФЗ, article 11, 1); what ends or is
 * suspended later forbids new certificates, and those issued before stay usable until they expire or are revoked, as
 * they must be when the authority ends without a successor (article 14, 6). So a policy fails on the first status, and
 * may warn on the second; both are facts here, and nothing is decided (ETSI EN 319 102-1 names the status at both times).
 */
export function serviceFacts(
  list: TrustList,
  authority: Certificate,
  times: { issuedAt: Date; controlAt: Date },
): ServiceFacts {
  return {
    atIssuance: statusAt(list, authority, times.issuedAt),
    atControl: statusAt(list, authority, times.controlAt),
  }
}

/** The time around `at` in which the answer of statusAt is the same, both ends included; milliseconds since 1970. */
export function statusWindow(
  list: TrustList,
  { thumbprint }: Certificate,
  at: number,
): { from: number; until: number } {
  let from = Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const { authority } of list.byThumbprint.get(thumbprint) ?? []) {
    for (const status of authority.statuses) {
      const start = status.from.getTime()
      if (start <= at) from = Math.max(from, start)
      else until = Math.min(until, start - 1)
    }
  }
  return { from, until }
}

function statusOf({ authority, key }: ListedCertificate, at: Date): ServiceStatus {
  const listed = { authority: authority.name, addresses: key.revocationListAddresses }
  const index = authority.statuses.findLastIndex(({ from }) => from <= at)
  const status: AccreditationStatus | undefined = authority.statuses[index]
  if (status === undefined) return { kind: 'not-yet', ...listed, from: authority.statuses[0]?.from }
  const until = authority.statuses[index + 1]?.from
  if (status.text === accredited) return { kind: 'granted', ...listed, since: status.from, until }
  const kind = suspended.test(status.text) ? 'suspended' : 'withdrawn'
  return { kind, ...listed, statusText: status.text, from: status.from, until }
}
