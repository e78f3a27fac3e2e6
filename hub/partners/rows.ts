// Reads the rows of partners from the store, and writes planned changes with their history.

import type { EntityManager } from '@mikro-orm/postgresql'
import { IsolationLevel, LockMode } from '@mikro-orm/postgresql'
import { makeBook } from '../../routing/book.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import type { Grant, Operator, Override, PartnerBook, Peer } from '../../schemas/partner.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { journalRow } from '../journal/write.ts'
import { ParticipantOverrideRow, PeerGrantRow } from '../store/entities/grant.ts'
import { OperatorCodeRow, OperatorRow } from '../store/entities/operator.ts'
import { PartnerChangeRow, PartnerEditionRow } from '../store/entities/partner-change.ts'
import { PeerCertificateRow, PeerRow } from '../store/entities/peer.ts'
import { statements } from '../store/hot/inserts.ts'
import { newRowId } from '../store/ids.ts'
import { readPeerCertificate } from './peer-certificate.ts'
import { grantKey, type PartnerChange, type PartnerRows } from './plan.ts'

/** The channel on which every node hears of a new edition. */
export const partnersChannel = 'hub_partners'
// PostgreSQL takes 65 535 parameters in one statement.
const rowsPerInsert = 500

/** Reads the book of the current edition, all tables as of one moment. */
export function readBook(em: EntityManager): Promise<PartnerBook> {
  return em.fork().transactional(
    async (em) => {
      const { edition } = await em.findOneOrFail(PartnerEditionRow, { onlyRow: true })
      const rows = await readRows(em)
      return makeBook({
        edition,
        operators: [...rows.operators.values()],
        peers: [...rows.peers.values()],
        grants: [...rows.grants.values()],
        overrides: [...rows.overrides.values()],
        thumbprints: thumbprintsOf(rows),
      })
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  )
}

/** The current edition alone: cheap enough to be asked for now and then. */
export async function readEdition(em: EntityManager): Promise<number> {
  const row = await em.fork().findOneOrFail(PartnerEditionRow, { onlyRow: true })
  return row.edition
}

/** Reads every row. Tables are small (hundreds of operators and peers, thousands of overrides). */
export async function readRows(em: EntityManager): Promise<PartnerRows> {
  const byId = { orderBy: { id: 'asc' }, disableIdentityMap: true } as const
  const operators = await em.find(OperatorRow, {}, byId)
  const codes = await em.find(OperatorCodeRow, {}, { orderBy: { position: 'asc' }, disableIdentityMap: true })
  const peers = await em.find(PeerRow, {}, byId)
  const certificates = await em.find(
    PeerCertificateRow,
    {},
    { orderBy: { position: 'asc' }, disableIdentityMap: true },
  )
  const grants = await em.find(PeerGrantRow, {}, byId)
  const overrides = await em.find(ParticipantOverrideRow, {}, { disableIdentityMap: true })
  const codesOf = Map.groupBy(codes, ({ operatorId }) => operatorId)
  const certificatesOf = Map.groupBy(certificates, ({ peerId }) => peerId)
  return {
    operators: new Map(operators.map((row) => [row.id, operatorFrom(row, codesOf.get(row.id) ?? [])])),
    peers: new Map(peers.map((row) => [row.id, peerFrom(row, certificatesOf.get(row.id) ?? [])])),
    grants: new Map(grants.map(grantFrom).map((grant) => [grantKey(grant), grant])),
    overrides: new Map(overrides.map((row) => [row.participantKey, overrideFrom(row)])),
  }
}

/** Locks the edition for the rest of the transaction: changes of all nodes come one after the other. */
export async function lockEdition(em: EntityManager): Promise<number> {
  const row = await em.findOneOrFail(
    PartnerEditionRow,
    { onlyRow: true },
    { lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true },
  )
  return row.edition
}

/** Who changes partners, why and when. */
export type Authorship = { actor: string; reason: string; at: Date }

/**
 * Writes changes as the next edition, with their history, and tells every node when the transaction
 * commits.
 */
export async function writeChanges(
  em: EntityManager,
  { edition, changes, by }: { edition: number; changes: readonly PartnerChange[]; by: Authorship },
): Promise<void> {
  // Rows that others refer to go first; certificates are taken away before they are given to another peer.
  for (const change of changes) if (change.kind === 'operator') await writeOperator(em, change)
  const peers = changes.filter((change) => change.kind === 'peer')
  for (const { key } of peers) await em.nativeDelete(PeerCertificateRow, { peerId: key })
  for (const change of peers) await writePeer(em, change)
  for (const change of changes) if (change.kind === 'grant') await writeGrant(em, change)
  for (const change of changes) if (change.kind === 'override') await writeOverride(em, change)
  const history = changes.map(({ kind, key, before, after }) => ({
    edition,
    ...by,
    kind,
    key,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }))
  for (let start = 0; start < history.length; start += rowsPerInsert) {
    await em.insertMany(PartnerChangeRow, history.slice(start, start + rowsPerInsert))
  }
  await em.nativeUpdate(PartnerEditionRow, { onlyRow: true }, { edition })
  const entry = changedEntry(edition, changes, by)
  await em.execute(statements.journal.text.replace('$1', '?'), [JSON.stringify([journalRow(entry)])])
  await em.execute('select pg_notify(?, ?)', [partnersChannel, String(edition)])
}

/** What changed stands in partner_change; the journal has which rows, in which edition (RULES 26). */
function changedEntry(edition: number, changes: readonly PartnerChange[], by: Authorship): JournalEntry {
  const keys = changes.slice(0, limits.journalKeysMax).map(({ kind, key }) => `${kind} ${key}`)
  const facts = { edition, actor: by.actor, changes: changes.length, keys }
  return { id: newRowId(), at: by.at, kind: 'partners.changed', facts }
}

type ChangeOf<Kind extends PartnerChange['kind']> = Extract<PartnerChange, { kind: Kind }>

async function writeOperator(em: EntityManager, { key, before, after }: ChangeOf<'operator'>): Promise<void> {
  if (after === undefined) return
  const { id, name, inn = null, active, note = null, codes } = after
  if (before === undefined) await em.insert(OperatorRow, { id, name, inn, active, note })
  else await em.nativeUpdate(OperatorRow, { id: key }, { name, inn, active, note })
  await em.nativeDelete(OperatorCodeRow, { operatorId: key })
  const rows = codes.map((row, position) => ({
    operatorId: key,
    position,
    code: row.code,
    validFrom: row.from ?? null,
    validTo: row.to ?? null,
    note: row.note ?? null,
  }))
  await em.insertMany(OperatorCodeRow, rows)
}

async function writePeer(em: EntityManager, { key, before, after }: ChangeOf<'peer'>): Promise<void> {
  if (after === undefined) return
  const { id, certificates, address = null, sftp = null, ...rest } = after
  if (before === undefined) await em.insert(PeerRow, { id, address, sftp, ...rest })
  else await em.nativeUpdate(PeerRow, { id: key }, { address, sftp, ...rest })
  const rows = [...thumbprintsOfPeer(after)].map(([thumbprint, row], position) => ({
    thumbprint,
    peerId: key,
    position,
    pem: row.pem,
    validFrom: row.from ?? null,
    validTo: row.to ?? null,
  }))
  if (rows.length > 0) await em.insertMany(PeerCertificateRow, rows)
}

async function writeGrant(em: EntityManager, { before, after }: ChangeOf<'grant'>): Promise<void> {
  if (after === undefined) return
  const {
    peer: peerId,
    operator: operatorId,
    from: validFrom = null,
    to: validTo = null,
    basis,
    preference,
  } = after
  const key = { peerId, operatorId, validFrom }
  if (before === undefined) await em.insert(PeerGrantRow, { ...key, validTo, basis, preference })
  else await em.nativeUpdate(PeerGrantRow, key, { validTo, basis, preference })
}

async function writeOverride(em: EntityManager, { key, before, after }: ChangeOf<'override'>): Promise<void> {
  if (after === undefined) {
    await em.nativeDelete(ParticipantOverrideRow, { participantKey: key })
    return
  }
  const { participant, operator: operatorId, reason } = after
  const row = { participant, operatorId, reason }
  if (before === undefined) await em.insert(ParticipantOverrideRow, { participantKey: key, ...row })
  else await em.nativeUpdate(ParticipantOverrideRow, { participantKey: key }, row)
}

function thumbprintsOf(rows: PartnerRows): Map<string, { peer: string; from?: string; to?: string }> {
  return new Map(
    [...rows.peers.values()].flatMap((peer) =>
      [...thumbprintsOfPeer(peer)].map(([thumbprint, row]) => [
        thumbprint,
        { peer: peer.id, ...periodOf(row) },
      ]),
    ),
  )
}

function thumbprintsOfPeer(peer: Peer): Map<string, Peer['certificates'][number]> {
  const found = new Map<string, Peer['certificates'][number]>()
  for (const row of peer.certificates) {
    const read = readPeerCertificate(row.pem)
    if (isRefusal(read)) throw new Error(`certificate of ${peer.id} in the store: ${read.seen}`)
    found.set(read.thumbprint, row)
  }
  return found
}

function operatorFrom(row: OperatorRow, codes: readonly OperatorCodeRow[]): Operator {
  return {
    id: row.id,
    name: row.name,
    ...optional('inn', row.inn),
    active: row.active,
    codes: codes.map((code) => ({ code: code.code, ...days(code), ...optional('note', code.note) })),
    ...optional('note', row.note),
  }
}

function peerFrom(row: PeerRow, certificates: readonly PeerCertificateRow[]): Peer {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    dialect: row.dialect,
    ...optional('address', row.address),
    receiptAddresses: row.receiptAddresses,
    certificates: certificates.map((certificate) => ({ pem: certificate.pem, ...days(certificate) })),
    ...optional('sftp', row.sftp),
    policy: row.policy,
  }
}

function grantFrom(row: PeerGrantRow): Grant {
  return {
    peer: row.peerId,
    operator: row.operatorId,
    ...days(row),
    basis: row.basis,
    preference: row.preference,
  }
}

function overrideFrom(row: ParticipantOverrideRow): Override {
  return { participant: row.participant, operator: row.operatorId, reason: row.reason }
}

type Days = { validFrom?: string | null | undefined; validTo?: string | null | undefined }

function days({ validFrom, validTo }: Days): { from?: string; to?: string } {
  return { ...optional('from', validFrom), ...optional('to', validTo) }
}

function periodOf({ from, to }: { from?: string; to?: string }): { from?: string; to?: string } {
  return { ...optional('from', from), ...optional('to', to) }
}

// An absent value has no key at all: rows are compared by their keys.
function optional<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { [key in Name]?: Value } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { [key in Name]?: Value }
}
