// Where the authority that issued a certificate stood on the list of accredited ones (63-ФЗ, 11 and 16).

import type { AuthorityFacts, AuthorityStatus } from '../../../schemas/verdict/facts.ts'
import type { ValidatedPath } from '../path/validator.ts'
import type { TrustList } from '../trust-list/list.ts'
import { type ServiceStatus, serviceFacts, statusWindow } from '../trust-list/status.ts'

/** Facts with the time around `at` in which they are the same, both ends included; milliseconds since 1970. */
export type AuthorityFound = { facts: AuthorityFacts; window: { from: number; until: number } }

/** The authority is whoever issued the target: the next certificate of the path, or the anchor. */
export function authorityFacts(
  list: TrustList | undefined,
  path: ValidatedPath,
  at: Date,
): AuthorityFound | undefined {
  const [target, issuer = path.anchor] = path.certificates
  if (list === undefined || target === undefined || issuer === undefined) return undefined
  const { atIssuance, atControl } = serviceFacts(list, issuer, { issuedAt: target.notBefore, controlAt: at })
  const facts = {
    list: list.digest,
    name: nameOf(atControl) ?? nameOf(atIssuance),
    atIssue: statusOf(atIssuance),
    atUse: statusOf(atControl),
    seen: `${textOf(atIssuance)}; ${textOf(atControl)}`,
  }
  return { facts, window: statusWindow(list, issuer, at.getTime()) }
}

const statuses: Record<ServiceStatus['kind'], AuthorityStatus> = {
  granted: 'accredited',
  suspended: 'not-accredited',
  withdrawn: 'not-accredited',
  'not-yet': 'not-accredited',
  absent: 'not-listed',
}

function statusOf({ kind }: ServiceStatus): AuthorityStatus {
  return statuses[kind]
}

function nameOf(status: ServiceStatus): string | undefined {
  return status.kind === 'absent' ? undefined : status.authority
}

function textOf(status: ServiceStatus): string {
  switch (status.kind) {
    case 'granted':
      return `действует с ${status.since.toISOString()}`
    case 'suspended':
    case 'withdrawn':
      return `${status.statusText} с ${status.from.toISOString()}`
    case 'not-yet':
      return `ещё не действует (${status.from?.toISOString() ?? '—'})`
    case 'absent':
      return 'нет в перечне'
  }
}
