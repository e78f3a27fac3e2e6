// Plans a change of partners: which rows a partner file adds or changes, and what stands afterwards. No IO.

import { isDeepStrictEqual } from 'node:util'
import { type ParticipantId, participantKey } from '../../schemas/ids.ts'
import type { Grant, Operator, Override, PartnerFile, Peer } from '../../schemas/partner.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { readPeerCertificate } from './peer-certificate.ts'

/** Every row by kind and key, as the store holds it (policies as given, certificates in PEM). */
export type PartnerRows = {
  operators: ReadonlyMap<string, Operator>
  peers: ReadonlyMap<string, Peer>
  grants: ReadonlyMap<string, Grant>
  overrides: ReadonlyMap<string, Override>
}

/** One row that changes; `before` is absent for a new row, `after` for a removed one. */
export type PartnerChange =
  | { kind: 'operator'; key: string; before?: Operator; after?: Operator }
  | { kind: 'peer'; key: string; before?: Peer; after?: Peer }
  | { kind: 'grant'; key: string; before?: Grant; after?: Grant }
  | { kind: 'override'; key: string; before?: Override; after?: Override }

/**
 * What a change asks for. `missing`: only rows that do not exist yet (seeds: changes made at run time win).
 */
export type PartnerEdit = {
  file: PartnerFile
  rows: 'all' | 'missing'
  /** Keys of overrides to remove. */
  removeOverrides?: readonly string[]
}

/** What a change comes to, before its rows are checked against each other. */
export type PartnerPlan = { changes: PartnerChange[]; rows: PartnerRows }

/** The key of a grant: one for each peer, operator and first day. */
export function grantKey(grant: Grant): string {
  return `${grant.peer}/${grant.operator}/${grant.from ?? ''}`
}

/**
 * Plans an edit. A row of the file replaces the whole row of the same key. An operator that becomes
 * reachable (a new grant for a peer that exchanges, or such a peer's activation) is switched on with it,
 * unless the file itself says what it shall be. Refusals: partner.conflict for a key given twice,
 * partner.invalid for an unreadable certificate.
 */
export function planChange(rows: PartnerRows, edit: PartnerEdit): PartnerPlan | Refusal[] {
  const refusals: Refusal[] = []
  const { operators = [], peers = [], grants = [], overrides = [] } = edit.file
  const keyed = {
    operators: byKey(operators.map(plainOperator), 'operators', (row) => row.id, refusals),
    peers: byKey(
      peers.map((peer, i) => plainPeer(peer, i, refusals)),
      'peers',
      (row) => row.id,
      refusals,
    ),
    grants: byKey(grants, 'grants', grantKey, refusals),
    overrides: byKey(
      overrides,
      'overrides',
      (row) => participantKey(row.participant as ParticipantId),
      refusals,
    ),
  }
  if (refusals.length > 0) return refusals
  const wanted = edit.rows === 'all' ? keyed : onlyMissing(rows, keyed)
  const given = new Set(operators.map(({ id }) => id))
  const next = {
    operators: new Map([...rows.operators, ...wanted.operators]),
    peers: new Map([...rows.peers, ...wanted.peers]),
    grants: new Map([...rows.grants, ...wanted.grants]),
    overrides: new Map([...rows.overrides, ...wanted.overrides]),
  }
  for (const key of edit.removeOverrides ?? []) next.overrides.delete(key)
  for (const id of newlyReachable(rows, next)) {
    const operator = next.operators.get(id)
    if (operator !== undefined && !given.has(id)) next.operators.set(id, { ...operator, active: true })
  }
  return { rows: next, changes: changesBetween(rows, next) }
}

function byKey<Row>(list: readonly Row[], place: string, keyOf: (row: Row) => string, refusals: Refusal[]) {
  const rows = new Map<string, Row>()
  for (const [index, row] of list.entries()) {
    const key = keyOf(row)
    if (rows.has(key)) refusals.push(refuse('partner.conflict', `${key} указан дважды`, `/${place}/${index}`))
    rows.set(key, row)
  }
  return rows
}

// Codes are compared without case, so they are kept in one.
function plainOperator(operator: Operator): Operator {
  return { ...operator, codes: operator.codes.map((row) => ({ ...row, code: row.code.toUpperCase() })) }
}

function plainPeer(peer: Peer, index: number, refusals: Refusal[]): Peer {
  const certificates = peer.certificates.map((certificate, i) => {
    const read = readPeerCertificate(certificate.pem)
    if (!isRefusal(read)) return { ...certificate, pem: read.pem }
    refusals.push(refuse('partner.invalid', read.seen, `/peers/${index}/certificates/${i}/pem`))
    return certificate
  })
  return { ...peer, certificates }
}

function onlyMissing<Rows extends PartnerRows>(rows: PartnerRows, wanted: Rows) {
  const missing = <Row>(existing: ReadonlyMap<string, unknown>, list: ReadonlyMap<string, Row>) =>
    new Map([...list].filter(([key]) => !existing.has(key)))
  return {
    operators: missing(rows.operators, wanted.operators),
    peers: missing(rows.peers, wanted.peers),
    grants: missing(rows.grants, wanted.grants),
    overrides: missing(rows.overrides, wanted.overrides),
  }
}

function newlyReachable(rows: PartnerRows, next: PartnerRows): string[] {
  const exchanges = (peer: Peer | undefined) => peer !== undefined && peer.state !== 'inactive'
  return [...next.grants].flatMap(([key, { peer, operator }]) => {
    const before = rows.grants.has(key) && exchanges(rows.peers.get(peer))
    return !before && exchanges(next.peers.get(peer)) ? [operator] : []
  })
}

function changesBetween(rows: PartnerRows, next: PartnerRows): PartnerChange[] {
  return [
    ...differences(rows.operators, next.operators).map((row) => ({ kind: 'operator' as const, ...row })),
    ...differences(rows.peers, next.peers).map((row) => ({ kind: 'peer' as const, ...row })),
    ...differences(rows.grants, next.grants).map((row) => ({ kind: 'grant' as const, ...row })),
    ...differences(rows.overrides, next.overrides).map((row) => ({ kind: 'override' as const, ...row })),
  ]
}

function differences<Row>(before: ReadonlyMap<string, Row>, after: ReadonlyMap<string, Row>) {
  const changed: { key: string; before?: Row; after?: Row }[] = []
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)]
    if (isDeepStrictEqual(old, now)) continue
    changed.push({
      key,
      ...(old === undefined ? {} : { before: old }),
      ...(now === undefined ? {} : { after: now }),
    })
  }
  return changed
}
