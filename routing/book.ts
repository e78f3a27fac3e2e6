// The partner book: rows of operators, peers and grants made into one frozen, indexed edition.

import { Value } from 'typebox/value'
import { type ParticipantId, participantKey } from '../schemas/ids.ts'
import {
  type Grant,
  type Operator,
  type Override,
  type PartnerBook,
  type Peer,
  PeerPolicy,
  type PeerWithPolicy,
} from '../schemas/partner.ts'
import { SftpSite, type SftpSiteRow } from '../schemas/sftp.ts'

/** What a book is made of. `thumbprints` come from the certificates, which only the hub can read. */
export type BookRows = {
  edition: number
  operators: readonly Operator[]
  peers: readonly Peer[]
  grants: readonly Grant[]
  overrides: readonly Override[]
  thumbprints: ReadonlyMap<string, { peer: string; from?: string; to?: string }>
}

/** Makes the book of one edition. The rows are trusted: they were checked when they were written. */
export function makeBook(rows: BookRows): PartnerBook {
  const codes = new Map<string, { operator: string; from?: string; to?: string }[]>()
  for (const operator of rows.operators) {
    for (const { code, from, to } of operator.codes) {
      const key = code.toUpperCase()
      const owners = codes.get(key) ?? []
      owners.push({
        operator: operator.id,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      })
      codes.set(key, owners)
    }
  }
  return Object.freeze({
    edition: rows.edition,
    operators: new Map(rows.operators.map((operator) => [operator.id, operator])),
    peers: new Map(rows.peers.map((peer) => [peer.id, completePeer(peer)])),
    grants: Object.freeze([...rows.grants]),
    overrides: new Map(rows.overrides.map((row) => [participantKey(row.participant as ParticipantId), row])),
    codes,
    thumbprints: new Map(rows.thumbprints),
  })
}

function completePeer(peer: Peer): PeerWithPolicy {
  const { sftp, ...rest } = peer
  const complete = { ...rest, policy: policyOf(peer) }
  return sftp === undefined ? complete : { ...complete, sftp: siteOf(sftp) }
}

/** The SFTP side of a peer, completed from the defaults of the schema. */
export function siteOf(site: SftpSiteRow): SftpSite {
  return Value.Default(SftpSite, structuredClone(site)) as SftpSite
}

/** The policy of a peer, completed from the defaults of the schema (RULES 30). */
export function policyOf(peer: { policy: Partial<PeerPolicy> }): PeerPolicy {
  return Value.Default(PeerPolicy, structuredClone(peer.policy)) as PeerPolicy
}

type GrantIndex = {
  byOperator: ReadonlyMap<string, readonly Grant[]>
  byPeer: ReadonlyMap<string, readonly Grant[]>
}
const grantIndexes = new WeakMap<PartnerBook, GrantIndex>()

/**
 * Grants for an operator by preference; equal ones by the name of the peer, so that every node decides
 * alike.
 */
export function grantsForOperator(book: PartnerBook, operator: string): readonly Grant[] {
  return indexOf(book).byOperator.get(operator) ?? []
}

/** Grants that a peer holds. */
export function grantsOfPeer(book: PartnerBook, peer: string): readonly Grant[] {
  return indexOf(book).byPeer.get(peer) ?? []
}

// Derived from a frozen book, so making it twice gives the same; kept because a message asks several times.
function indexOf(book: PartnerBook): GrantIndex {
  const known = grantIndexes.get(book)
  if (known !== undefined) return known
  const sorted = [...book.grants].sort((a, b) => a.preference - b.preference || compareText(a.peer, b.peer))
  const index = {
    byOperator: Map.groupBy(sorted, (grant) => grant.operator),
    byPeer: Map.groupBy(sorted, (grant) => grant.peer),
  }
  grantIndexes.set(book, index)
  return index
}

/** Compares by code units: the order must not depend on the locale of a node. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
